"""Full text search over titles and messages.

Which words a text has, Python knows: threads of before are noted, and a serving process indexes them in its own time.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

# The pool turns sorts and bitmaps off for the sake of its pages, but a GIN index answers with nothing else; and the order
# of `id + 0` keeps the planner from walking every row of everybody in the order of their ids.
POSTGRESQL = (
    "CREATE INDEX search_words ON search_texts USING gin (array_to_tsvector(string_to_array(words, ' ')))"
    " WITH (fastupdate = off)",
    """
CREATE FUNCTION search_found(question text, below bigint, rows bigint) RETURNS TABLE (id bigint)
LANGUAGE sql STABLE SET enable_bitmapscan = on SET enable_sort = on AS $$
    SELECT s.id FROM search_texts s LEFT JOIN items i ON i.thread_id = s.thread_id AND i.id = s.item_id
    WHERE array_to_tsvector(string_to_array(s.words, ' ')) @@ question::tsquery AND s.id < below
        AND (s.item_id IS NULL OR i.active)
    ORDER BY s.id + 0 DESC LIMIT rows
$$
""",
)


def upgrade() -> None:
    """Makes the tables and the index of the database at hand, and notes what there is to index."""
    op.create_table(
        "search_texts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("thread_id", EXACT, nullable=False),
        sa.Column("item_id", EXACT),
        sa.Column("project", EXACT, nullable=False),
        sa.Column("user_id", EXACT, nullable=False),
        sa.Column("workflow_id", EXACT, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="search_texts_pkey"),
        sa.UniqueConstraint("thread_id", "item_id", name="search_texts_thread_id_item_id_key"),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name="search_texts_thread_id_fkey", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["thread_id", "item_id"],
            ["items.thread_id", "items.id"],
            name="search_texts_thread_id_item_id_fkey",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "search_todo",
        sa.Column("thread_id", EXACT, nullable=False),
        sa.PrimaryKeyConstraint("thread_id", name="search_todo_pkey"),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name="search_todo_thread_id_fkey", ondelete="CASCADE"),
    )
    op.create_index("search_texts_by_owner", "search_texts", ["project", "user_id", "workflow_id", "id"])
    if op.get_context().dialect.name == "postgresql":
        for statement in POSTGRESQL:
            op.execute(statement)
    op.execute("INSERT INTO search_todo (thread_id) SELECT id FROM threads")

"""Items know their parent, and whether they lie on the branch that is read.

Rows of before are one branch: each is the child of the one in front of it.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
CHAIN = """
UPDATE items SET parent_id = chain.before FROM (
    SELECT thread_id, id, LAG(id) OVER (PARTITION BY thread_id ORDER BY position) AS before FROM items
) AS chain
WHERE chain.thread_id = items.thread_id AND chain.id = items.id AND chain.before IS NOT NULL
"""


def upgrade() -> None:
    """Adds the columns, chains the rows, then makes the indexes."""
    op.add_column("items", sa.Column("parent_id", EXACT, nullable=False, server_default=sa.text("''")))
    op.add_column("items", sa.Column("chosen", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("items", sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute(CHAIN)
    op.create_index("items_by_parent", "items", ["thread_id", "parent_id", "position"])
    op.create_index(
        "items_read",
        "items",
        ["thread_id", "position"],
        sqlite_where=sa.text("active = 1"),
        postgresql_where=sa.text("active"),
    )
    op.create_index(
        "items_aside",
        "items",
        ["thread_id", "parent_id"],
        sqlite_where=sa.text("chosen = 0"),
        postgresql_where=sa.text("NOT chosen"),
    )

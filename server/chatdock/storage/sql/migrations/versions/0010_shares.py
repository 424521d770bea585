"""Links to conversations, each with the conversation as it was when it was shared.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds a table."""
    op.create_table(
        "shares",
        sa.Column("id", EXACT, nullable=False),
        sa.Column("thread_id", EXACT, nullable=False),
        sa.Column("project", EXACT, nullable=False),
        sa.Column("user_id", EXACT, nullable=False),
        sa.Column("workflow_id", EXACT, nullable=False),
        sa.Column("digest", EXACT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="shares_pkey"),
        sa.UniqueConstraint("digest", name="shares_digest_key"),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name="shares_thread_id_fkey", ondelete="CASCADE"),
    )
    op.create_index("shares_by_thread", "shares", ["thread_id", "created_at", "id"])

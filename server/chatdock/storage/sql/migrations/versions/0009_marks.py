"""What users make of their threads: pinned, archived, read.

Threads of an earlier release are neither, and read to their end.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SHELVES = {
    "listed": "archived_at IS NULL",
    "pinned": "archived_at IS NULL AND pinned_at IS NOT NULL",
    "archived": "archived_at IS NOT NULL",
    "unread": "archived_at IS NULL AND answered > seen",
}
PLACE = ["project", "user_id", "workflow_id", "created_at", "id"]


def upgrade() -> None:
    """Adds columns that an earlier release leaves alone, and an index for each way to ask."""
    op.add_column("threads", sa.Column("pinned_at", sa.BigInteger()))
    op.add_column("threads", sa.Column("archived_at", sa.BigInteger()))
    op.add_column("threads", sa.Column("answered", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("threads", sa.Column("seen", sa.BigInteger(), nullable=False, server_default="0"))
    for shelf, on_it in SHELVES.items():
        where = sa.text(on_it)
        op.create_index(f"threads_{shelf}", "threads", PLACE, sqlite_where=where, postgresql_where=where)

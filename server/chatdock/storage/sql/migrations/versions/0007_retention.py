"""What keeps records no longer than they may be kept.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ATTACHED = sa.text("thread_id IS NOT NULL")


def upgrade() -> None:
    """Makes leases, the list of bytes to remove, and the order of files by age."""
    op.create_table(
        "leases",
        sa.Column("name", EXACT, nullable=False),
        sa.Column("owner", EXACT, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="leases_pkey"),
    )
    op.create_table(
        "doomed_blobs", sa.Column("id", EXACT, nullable=False), sa.PrimaryKeyConstraint("id", name="doomed_blobs_pkey")
    )
    place = ["project", "workflow_id", "created_at", "id"]
    op.create_index("files_attached_by_age", "files", place, sqlite_where=ATTACHED, postgresql_where=ATTACHED)

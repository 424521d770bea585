"""Who is at work on a run and until when, what it takes to run it again, and which effects its tools have had.

A run of an earlier release has no lease: nobody takes it over before its time is up, and nobody runs it again.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds columns that an earlier release leaves alone, and a table."""
    op.add_column("runs", sa.Column("owner", EXACT))
    op.add_column("runs", sa.Column("epoch", sa.BigInteger(), nullable=False, server_default="1"))
    op.add_column("runs", sa.Column("lease_until", sa.BigInteger()))
    op.add_column("runs", sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="1"))
    op.add_column("runs", sa.Column("shown", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("runs", sa.Column("job", sa.Text()))
    op.create_table(
        "effects",
        sa.Column(
            "run_id", EXACT, sa.ForeignKey("runs.id", ondelete="CASCADE", name="effects_run_id_fkey"), nullable=False
        ),
        sa.Column("key", EXACT, nullable=False),
        sa.Column("project", EXACT, nullable=False),
        sa.Column("user_id", EXACT, nullable=False),
        sa.Column("workflow_id", EXACT, nullable=False),
        sa.Column("tool", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("run_id", "key", name="effects_pkey"),
    )

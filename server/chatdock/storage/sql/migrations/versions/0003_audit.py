"""Who did what, when.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the table of audit entries."""
    op.create_table(
        "audit",
        sa.Column("id", EXACT, nullable=False),
        sa.Column("project", EXACT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("actor", EXACT, nullable=False),
        sa.Column("action", EXACT, nullable=False),
        sa.Column("subject", EXACT, nullable=False),
        sa.Column("request_id", EXACT),
        sa.PrimaryKeyConstraint("id", name="audit_pkey"),
    )

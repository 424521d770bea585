"""What it takes to repeat an effect that a crash cut short, and whether that is safe.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds three columns."""
    op.add_column("effects", sa.Column("call_id", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("effects", sa.Column("arguments", sa.Text(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("effects", sa.Column("idempotent", sa.Boolean(), nullable=False, server_default=sa.false()))

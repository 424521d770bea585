"""Endpoints that are told what was said, and endpoints that are told nothing any more.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds two columns; lists a user's deliveries in order."""
    op.add_column("webhooks", sa.Column("include_text", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("webhooks", sa.Column("disabled_at", sa.BigInteger()))
    op.drop_index("webhook_deliveries_by_user", "webhook_deliveries")
    op.create_index("webhook_deliveries_by_user", "webhook_deliveries", ["project", "user_id", "id"])

"""Webhook endpoints, and what is to be delivered to them.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
PENDING = sa.text("status = 'pending'")


def upgrade() -> None:
    """Makes two tables."""
    op.create_table(
        "webhooks",
        sa.Column("id", EXACT, nullable=False),
        sa.Column("project", EXACT, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("kid", EXACT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("previous_kid", EXACT),
        sa.Column("previous_until", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="webhooks_pkey"),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", EXACT, nullable=False),
        sa.Column("webhook_id", EXACT, nullable=False),
        sa.Column("project", EXACT, nullable=False),
        sa.Column("user_id", EXACT, nullable=False),
        sa.Column("workflow_id", EXACT, nullable=False),
        sa.Column("type", EXACT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("status", EXACT, nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger()),
        sa.Column("response_status", sa.BigInteger()),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="webhook_deliveries_pkey"),
    )
    op.create_index("webhook_deliveries_by_project", "webhook_deliveries", ["project", "id"])
    op.create_index("webhook_deliveries_by_user", "webhook_deliveries", ["project", "user_id"])
    op.create_index("webhook_deliveries_by_webhook", "webhook_deliveries", ["webhook_id"])
    op.create_index(
        "webhook_deliveries_due",
        "webhook_deliveries",
        ["webhook_id", "next_at"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )

"""Queued runs: more than one may wait in a thread, and each knows what it will need.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

AT_WORK = sa.text("status = 'in_progress' OR status = 'cancelling'")


def upgrade() -> None:
    """A column, and the index that keeps two runs of a thread from being at work."""
    op.add_column("runs", sa.Column("cause", sa.Text()))
    op.drop_index("runs_one_running", "runs")
    op.create_index(
        "runs_one_running", "runs", ["thread_id"], unique=True, sqlite_where=AT_WORK, postgresql_where=AT_WORK
    )

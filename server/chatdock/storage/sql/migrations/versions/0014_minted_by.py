"""Who minted a session, in its own row instead of one beside it.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds two columns; sessions that are here have their entries in `audit` already."""
    op.add_column("sessions", sa.Column("minted_by", sa.Text()))
    op.add_column("sessions", sa.Column("minted_in", sa.Text()))

"""The first tables.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
RUNNING = sa.text("status IN ('queued', 'in_progress', 'cancelling')")
ACTIVE = sa.text("status IN ('queued', 'in_progress', 'cancelling', 'requires_action')")
LOOSE = sa.text("thread_id IS NULL")


def _owner() -> tuple[sa.Column[str], sa.Column[str], sa.Column[str]]:
    return (
        sa.Column("project", EXACT, nullable=False),
        sa.Column("user_id", EXACT, nullable=False),
        sa.Column("workflow_id", EXACT, nullable=False),
    )


def upgrade() -> None:
    """Makes every table."""
    _keys_and_sessions()
    _threads_and_items()
    _runs()
    _files()


def _keys_and_sessions() -> None:
    op.create_table(
        "server_keys",
        sa.Column("id", EXACT, nullable=False),
        sa.Column("project", EXACT, nullable=False),
        sa.Column("name", EXACT, nullable=False),
        sa.Column("digest", EXACT, nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("last_used_at", sa.BigInteger()),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="server_keys_pkey"),
    )
    op.create_table(
        "secrets",
        sa.Column("name", EXACT, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="secrets_pkey"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", EXACT, nullable=False),
        *_owner(),
        sa.Column("status", EXACT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="sessions_pkey"),
    )


def _threads_and_items() -> None:
    op.create_table(
        "threads",
        sa.Column("id", EXACT, nullable=False),
        *_owner(),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="threads_pkey"),
    )
    place = ["created_at", "id"]
    op.create_index("threads_by_project", "threads", ["project", *place])
    op.create_index("threads_by_user", "threads", ["project", "user_id", *place])
    op.create_index("threads_by_workflow", "threads", ["project", "workflow_id", *place])
    op.create_index("threads_by_user_and_workflow", "threads", ["project", "user_id", "workflow_id", *place])
    op.create_table(
        "items",
        sa.Column("thread_id", EXACT, nullable=False),
        sa.Column("id", EXACT, nullable=False),
        *_owner(),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", EXACT, nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", "id", name="items_pkey"),
        sa.UniqueConstraint("thread_id", "position", name="items_thread_id_position_key"),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name="items_thread_id_fkey", ondelete="CASCADE"),
    )
    op.create_table(
        "feedback",
        sa.Column("thread_id", EXACT, nullable=False),
        sa.Column("item_id", EXACT, nullable=False),
        *_owner(),
        sa.Column("kind", EXACT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", "item_id", "user_id", name="feedback_pkey"),
        sa.ForeignKeyConstraint(
            ["thread_id", "item_id"],
            ["items.thread_id", "items.id"],
            name="feedback_thread_id_item_id_fkey",
            ondelete="CASCADE",
        ),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", EXACT, nullable=False),
        *_owner(),
        sa.Column("thread_id", EXACT, nullable=False),
        sa.Column("workflow_version", EXACT, nullable=False),
        sa.Column("session_id", EXACT),
        sa.Column("status", EXACT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("completed_at", sa.BigInteger()),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("usage", sa.Text()),
        sa.Column("client_message_id", EXACT),
        sa.Column("fingerprint", EXACT),
        sa.PrimaryKeyConstraint("id", name="runs_pkey"),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name="runs_thread_id_fkey", ondelete="CASCADE"),
    )
    place = ["thread_id", "created_at", "id"]
    op.create_index("runs_by_thread", "runs", place)
    op.create_index(
        "runs_one_running", "runs", ["thread_id"], unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING
    )
    op.create_index("runs_active", "runs", place, sqlite_where=ACTIVE, postgresql_where=ACTIVE)
    sent = sa.text("client_message_id IS NOT NULL")
    op.create_index(
        "runs_one_a_message",
        "runs",
        ["project", "user_id", "client_message_id"],
        unique=True,
        sqlite_where=sent,
        postgresql_where=sent,
    )


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("id", EXACT, nullable=False),
        *_owner(),
        sa.Column("session_id", EXACT, nullable=False),
        sa.Column("thread_id", EXACT),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="files_pkey"),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name="files_thread_id_fkey", ondelete="CASCADE"),
    )
    attached = sa.text("thread_id IS NOT NULL")
    op.create_index("files_by_thread", "files", ["thread_id"], sqlite_where=attached, postgresql_where=attached)
    op.create_index("files_loose_by_session", "files", ["session_id"], sqlite_where=LOOSE, postgresql_where=LOOSE)
    op.create_index("files_loose_by_age", "files", ["created_at", "id"], sqlite_where=LOOSE, postgresql_where=LOOSE)

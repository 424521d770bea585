"""Runs: one answer being made, and its states.

    queued -> in_progress -> completed | incomplete | failed | expired
                          -> cancelling -> cancelled
                          -> requires_action (ended: a client tool call or a form waits for the user)

A pause is the end of a run: `requires_action` holds no task and does not block the thread. The answer starts the next
run and moves the waiting one to `completed`; any other message moves it to `cancelled`.

A queued run waits behind another of its thread, its message stored: the oldest is taken up when nothing of the thread is
at work and nothing waits for the user.
"""

from datetime import datetime
from typing import Any, Literal

from chatdock.types.wire import Wire

RunStatus = Literal[
    "queued",
    "in_progress",
    "requires_action",
    "cancelling",
    "completed",
    "incomplete",
    "failed",
    "cancelled",
    "expired",
]

AT_WORK: tuple[RunStatus, ...] = ("in_progress", "cancelling")  # at most one of these a thread
RUNNING: tuple[RunStatus, ...] = ("queued", *AT_WORK)  # these are still to be answered
ACTIVE: tuple[RunStatus, ...] = (*RUNNING, "requires_action")  # what `status=active` lists


RUN_REQUEST = "runs.create"  # the `type` of the request of a run that a backend started


class RunError(Wire):
    """Why a run failed: a code, and a sentence without detail."""

    code: str
    message: str
    allow_retry: bool | None = None  # whether the same may be asked again; None: no


class Usage(Wire):
    """Tokens, summed over every model call of the run."""

    input_tokens: int
    output_tokens: int
    total_tokens: int


class Cause(Wire):
    """What a queued run needs besides its request: the message it answers, and what its sender said about himself."""

    item_id: str
    locale: str
    can_resume: bool
    state: dict[str, Any]


class Run(Wire):
    """The server's record. `request` is the validated chat request as JSON, which a restart can run again."""

    id: str
    thread_id: str
    user: str
    workflow_id: str
    workflow_version: str
    session_id: str | None
    status: RunStatus
    created_at: datetime
    expires_at: datetime
    last_seq: int
    request: dict[str, Any]
    started_at: datetime | None = None
    completed_at: datetime | None = None
    error: RunError | None = None
    usage: Usage | None = None
    client_message_id: str | None = None
    fingerprint: str | None = None
    cause: Cause | None = None


def is_running(run: Run) -> bool:
    """Whether a task somewhere is still at work on it."""
    return run.status in RUNNING

"""Who owns a run: records that go between the engine and the store."""

import msgspec

from chatdock.types.run import Run, RunStatus

LEASE_SECONDS = 15.0  # how long a process that says nothing keeps its runs


class Hold(msgspec.Struct, frozen=True):
    """A commit by the owner of a run: `epoch` is the one it owns the run in, `shown` whether the user sees an answer."""

    run_id: str
    epoch: int
    shown: bool = False


class NewLease(msgspec.Struct, frozen=True):
    """How a run begins: owned by a process, or waiting for one; `job` is what it takes to run it, for the engine to read."""

    owner: str | None = None
    job: str | None = None


class Unqueued(msgspec.Struct, frozen=True):
    """A run that stands in its queue no more, and the epoch of whoever took it out: the tape is his under it."""

    run: Run
    epoch: int


class Held(msgspec.Struct, frozen=True):
    """What the store says of a run that a process is at work on."""

    epoch: int
    status: RunStatus


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Something a tool did to the world, or began to, for the call `call_id` with these arguments, which are JSON.

    `is_done`: it is over, well or badly. `is_idempotent`: whoever does it tells by the key that it is the same once more.
    """

    key: str
    tool: str
    call_id: str
    arguments: str = "{}"
    is_idempotent: bool = False
    is_done: bool = False

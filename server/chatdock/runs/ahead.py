"""Asking ahead: while a new thread's first message is being stored, the model is asked already.

    commit ------------ fsync -------------------------- | first frames | the model's first words
    question -- model's first words -- first frames made -- waits -----/

A disk's time and a model's pass together instead of one after the other, and the loop makes the first frames while it has
nothing else to do. Until the commit is done nothing is shown, stored or called: a context's doors wait for it. Where it
fails, the question is taken back.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from chatdock.runs.active import ActiveRun
from chatdock.runs.responder import Definition
from chatdock.runs.start import Start
from chatdock.types.actor import Scope

Work = Callable[[Start, Definition, ActiveRun, asyncio.Event], None]
Own = Callable[[Definition, Scope, ActiveRun], None]


class Ahead:
    """`work` sets a run's responder to work, with the event that its commit is done; `own` has the run looked after."""

    def __init__(self, work: Work, own: Own) -> None:
        self._work = work
        self._own = own
        self._sent: set[tuple[str, str, str]] = set()

    def may(self, start: Start, definition: Definition) -> bool:
        """Whether the responder only asks at first, and nothing but the commit could be in its way.

        Of a message that was sent twice at once, the second would ask in vain.
        """
        asks_first = getattr(definition.responder, "asks_first", False)
        return asks_first and start.is_new_thread and not start.attach_files and _name(start) not in self._sent

    async def begin(self, start: Start, definition: Definition, active: ActiveRun, commit: Awaitable[None]) -> None:
        """Returns when the run is in the store and its first events are on the tape. Raises: what the commit raises."""
        stored = Stored(lambda: active.writer.prepare(*start.events))
        self._work(start, definition, active, stored)
        name = _name(start)
        self._sent.add(name)
        try:
            await commit
        except BaseException:
            active.withdraw()
            raise
        finally:
            self._sent.discard(name)
        active.writer.begin(*start.events)
        self._own(definition, start.actor.scope, active)
        stored.set()
        await asyncio.sleep(0)  # what was said meanwhile leaves in one write with the first frames


class Stored(asyncio.Event):
    """Set once the commit is done. Who comes to wait for it prepares what follows it."""

    def __init__(self, prepare: Callable[[], None]) -> None:
        super().__init__()
        self._prepare = prepare

    async def wait(self) -> Literal[True]:
        """As the event's."""
        if not self.is_set():
            self._prepare()
        return await super().wait()


def _name(start: Start) -> tuple[str, str, str]:
    """What tells a message from all others, where its client has given it an id."""
    return start.actor.project, start.actor.user, start.client_message_id or start.thread.id

"""Sessions in this process: is one still active, and which streams does it hold open?

Rules: the row is the authority. A good answer is remembered for a second at most, a bad one never; a store that is away
is an error, never a pass. A cancel through this process counts at once, one through another within a second, on open
streams too: while there are any, a single query asks about all their sessions twice a second.
"""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from chatdock.errors import ChatdockError, NotFound, RateLimited, Unauthorized
from chatdock.storage.base import Sessions
from chatdock.types.actor import Actor
from chatdock.types.audit import AuditEntry
from chatdock.types.session import Session, SessionStatus

CACHE_SECONDS = 1.0
MAX_CACHED_SESSIONS = 10_000  # about 20 MB; more sessions than a process serves in a second
WATCH_SECONDS = 0.5  # twice within the second a cancel may take
RETRY_AFTER_SECONDS = 5.0  # streams end when answers do; there is no better guess

logger = logging.getLogger(__name__)


class Lease:
    """One open stream. `cancelled` turns true, and the callback is called, when its session is cancelled."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.cancelled = False
        self._callback: Callable[[], None] | None = None

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """What to do when the session is cancelled: at once if it already is. It must not block."""
        self._callback = callback
        if self.cancelled:
            callback()

    def cancel(self) -> None:
        """The session is gone. Idempotent."""
        if not self.cancelled:
            self.cancelled = True
            if self._callback:
                self._callback()


class SessionRegistry:
    """Status by session and open streams by session and user. `close` ends the watcher."""

    def __init__(self, sessions: Sessions, *, streams_per_session: int = 6, streams_per_user: int = 20) -> None:
        self._sessions = sessions
        self._streams_per_session = streams_per_session
        self._streams_per_user = streams_per_user
        self._cache: dict[str, tuple[float, Session]] = {}
        self._cancels = 0
        self._leases: dict[str, set[Lease]] = {}
        self._users: Counter[tuple[str, str]] = Counter()
        self._watcher: asyncio.Task[None] | None = None

    async def require(self, actor: Actor) -> Session:
        """The actor's session, active and saying what its secret says. Raises: Unauthorized; Unavailable."""
        session = await self.active(actor.session_id)
        row = (session.project, session.user, session.workflow_id, session.workflow_version)
        if row != (actor.project, actor.user, actor.workflow, actor.workflow_version):
            raise Unauthorized("This client secret is not valid.", code="invalid_client_secret")
        return session

    async def active(self, session_id: str) -> Session:
        """A session that was not cancelled, for credentials that only name it. Raises: Unauthorized; Unavailable."""
        session = await self._load(session_id)
        if session.status == "cancelled":
            raise Unauthorized("This session was cancelled.", code="session_cancelled")
        return session

    async def cancel(self, project: str, session_id: str, audit: AuditEntry | None = None) -> Session:
        """Cancels for good and ends the session's streams here. Idempotent. Raises: NotFound."""
        session = await self._sessions.cancel(project, session_id, audit)
        self._cancels += 1
        self._cache.pop(session_id, None)
        self._end(session_id)
        return session

    @contextlib.contextmanager
    def stream(self, actor: Actor) -> Iterator[Lease]:
        """Counts an open stream for as long as the block lasts. Raises: RateLimited over either limit."""
        lease, user = Lease(actor), (actor.project, actor.user)
        leases = self._leases.setdefault(actor.session_id, set())
        if len(leases) >= self._streams_per_session:
            raise _too_many(self._streams_per_session)
        if self._users[user] >= self._streams_per_user:
            self._drop_if_empty(actor.session_id)
            raise _too_many(self._streams_per_user)
        leases.add(lease)
        self._users[user] += 1
        self._watch()
        try:
            yield lease
        finally:
            leases.discard(lease)
            self._drop_if_empty(actor.session_id)
            self._users[user] -= 1
            if not self._users[user]:
                del self._users[user]

    @property
    def open_streams(self) -> int:
        """How many streams are open in this process."""
        return self._users.total()

    async def close(self) -> None:
        """Ends the watcher."""
        if self._watcher:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher

    async def _load(self, session_id: str) -> Session:
        cached = self._cache.get(session_id)
        if cached and time.monotonic() - cached[0] < CACHE_SECONDS:
            return cached[1]
        asked_at, cancels = time.monotonic(), self._cancels
        try:
            session = await self._sessions.get(session_id)
        except NotFound:
            self._cache.pop(session_id, None)
            raise Unauthorized("This client secret is not valid.", code="invalid_client_secret") from None
        if session.status == "active" and cancels == self._cancels:  # a cancel meanwhile may be newer than this answer
            self._remember(session, asked_at)
        else:
            self._cache.pop(session_id, None)
        return session

    def _remember(self, session: Session, asked_at: float) -> None:
        self._cache.pop(session.id, None)  # so that the newest answer is the last in line
        while len(self._cache) >= MAX_CACHED_SESSIONS:
            del self._cache[next(iter(self._cache))]
        self._cache[session.id] = (asked_at, session)

    def _drop_if_empty(self, session_id: str) -> None:
        if not self._leases.get(session_id):
            self._leases.pop(session_id, None)

    def _end(self, session_id: str) -> None:
        for lease in list(self._leases.get(session_id, ())):
            lease.cancel()

    def _watch(self) -> None:
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._end_cancelled(), name="session-watcher")

    async def _end_cancelled(self) -> None:
        while self._leases:
            try:
                for session_id in await self._sessions.cancelled(list(self._leases)):
                    self._cache.pop(session_id, None)
                    self._end(session_id)
            except ChatdockError as error:  # streams already open go on while the store is away
                logger.warning("session watch failed: %s", error.code)
            await asyncio.sleep(WATCH_SECONDS)


def status_of(session: Session, now: datetime | None = None) -> SessionStatus:
    """What the API says about a session: `expired` is a matter of time, not of the row."""
    if session.status != "active":
        return session.status
    return "active" if (now or datetime.now(UTC)) < session.expires_at else "expired"


def _too_many(limit: int) -> RateLimited:
    return RateLimited(
        "Too many conversations are open at once. Please close one and try again.",
        retry_after_seconds=RETRY_AFTER_SECONDS,
        limit=limit,
    )

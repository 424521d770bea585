"""The sweeper: removes what is over its time, a little at a time, so that nobody who chats waits for it.

Any replica may sweep, one at a time does: a lease in the database says which. It lasts until half the time to the next
sweep is over, so that the others, who wake at moments of their own, find that it was done.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from chatdock.blobs.base import BlobStore
from chatdock.clock import now
from chatdock.errors import BadRequest, ChatdockError, NotFound
from chatdock.ids import new_id
from chatdock.runs.engine import Engine
from chatdock.runs.removal import remove_blobs
from chatdock.runs.responder import Catalog
from chatdock.storage.base import Store
from chatdock.types.actor import Scope
from chatdock.types.attachment import StoredFile

T = TypeVar("T")

LEASE = "sweeper"
MIN_LEASE_SECONDS = 30.0  # a step takes milliseconds; a disk that hangs may hold one up
PAGE = 100  # rows a look
ITEMS = 200  # of one thread, removed in one transaction: a few milliseconds
SESSIONS = 500
SHARE = 0.2  # of the time, at most, goes to sweeping
UPLOAD_HOURS = 1.0  # no upload takes as long
LOOSE_FILES_DAYS = 1.0  # uploads that no message took up
SESSION_DAYS = 2.0  # after its end: longer than the longest run and the address of a preview may need it
DELIVERY_DAYS = 30.0  # of webhooks, delivered or given up
FOREVER = float("inf")
MAX_DAYS = 36_500.0  # a century is for ever, and dates have an end

log = logging.getLogger(__name__)


class Keep(msgspec.Struct, frozen=True, kw_only=True):
    """How long things are kept where their workflow does not say, in days; `inf` is for ever."""

    threads_days: float = FOREVER
    files_days: float = FOREVER
    audit_days: float = 90.0


class Swept(msgspec.Struct):
    """How many of each are gone."""

    threads: int = 0
    files: int = 0
    sessions: int = 0
    audit: int = 0
    deliveries: int = 0
    blobs: int = 0

    @property
    def content(self) -> int:
        """Of those that hold something somebody said or sent."""
        return self.threads + self.files + self.sessions


class _Lost(Exception):
    """The lease went to somebody else: they go on."""


class Sweeper:
    """One a process. `run` is its life; `sweep` is one round."""

    def __init__(
        self, store: Store, blobs: BlobStore, engine: Engine, catalog: Catalog, keep: Keep, *, every_seconds: float
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._engine = engine
        self._catalog = catalog
        self._keep = keep
        self._every_seconds = every_seconds
        self._owner = new_id("sweeper_")
        self._lease_seconds = max(MIN_LEASE_SECONDS, every_seconds / 2)
        self._renew_at = 0.0
        self._swept = Swept()

    async def run(self) -> None:
        """Round after round, at moments of its own."""
        while True:
            await asyncio.sleep(self._every_seconds * random.uniform(0.5, 1.5))
            try:
                await self.sweep()
            except ChatdockError as error:
                log.warning("sweeping failed: %s", error.code)

    async def sweep(self) -> Swept | None:
        """What was removed; None where another process sweeps, or has just done so. Raises: Unavailable."""
        if not await self._store.retention.lease(LEASE, self._owner, self._lease_seconds):
            return None
        self._renew_at = time.monotonic() + self._lease_seconds / 2
        self._swept = swept = Swept()
        try:
            await self._blobs_left_behind()
            await self._loose_files()
            for project, workflow in await self._store.retention.places():
                await self._place(project, workflow)
            await self._count("sessions", SESSION_DAYS)
            await self._count("audit", self._keep.audit_days)
            await self._deliveries()
        except _Lost:
            log.info("another process goes on sweeping")
        if swept.content:
            await self._store.retention.scrub()
            log.info("swept", extra={"fields": msgspec.structs.asdict(swept)})
        return swept

    async def _step(self, work: Awaitable[T]) -> T:
        """One small piece of work, then a rest four times as long."""
        began = time.monotonic()
        result = await work
        ended = time.monotonic()
        await asyncio.sleep((ended - began) * (1 / SHARE - 1))
        if ended >= self._renew_at:
            if not await self._store.retention.lease(LEASE, self._owner, self._lease_seconds):
                raise _Lost
            self._renew_at = ended + self._lease_seconds / 2
        return result

    async def _place(self, project: str, workflow: str) -> None:
        threads_days, files_days = self._days_of(workflow)
        before = _before(threads_days)
        after = None
        while before is not None:
            found = await self._step(self._store.retention.idle_threads(project, workflow, before, after, PAGE))
            for scope, thread_id in found.threads:
                await self._thread(scope, thread_id, before)
            after = found.next
            if after is None:
                break
        before = _before(files_days)
        while before is not None:
            files = await self._step(self._store.retention.old_files(project, workflow, before, PAGE))
            for scope, file in files:
                await self._file(scope, file)
            if len(files) < PAGE:
                break

    def _days_of(self, workflow: str) -> tuple[float, float]:
        definition = self._catalog.find(workflow)
        threads = definition.keep_threads_days if definition else None
        files = definition.keep_files_days if definition else None
        return (
            self._keep.threads_days if threads is None else threads,
            self._keep.files_days if files is None else files,
        )

    async def _thread(self, scope: Scope, thread_id: str, idle_since: datetime) -> None:
        deleted = None
        try:
            while deleted is None:
                deleted = await self._step(self._store.retention.remove_thread(scope, thread_id, idle_since, ITEMS))
        except NotFound:  # deleted or used meanwhile
            return
        for run_id in deleted.run_ids:
            await self._engine.forget(run_id)
        await remove_blobs(self._store, self._blobs, deleted.blob_ids)
        self._swept.threads += 1

    async def _file(self, scope: Scope, file: StoredFile) -> None:
        try:
            removed = await self._step(self._store.retention.remove_file(scope, file.id))
        except NotFound:
            return
        await remove_blobs(self._store, self._blobs, removed.blob_ids)
        self._swept.files += 1

    async def _loose_files(self) -> None:
        before = now() - timedelta(days=LOOSE_FILES_DAYS)
        while True:
            files = await self._step(self._store.upkeep.stale_files(before, PAGE))
            for scope, file in files:
                try:
                    removed = await self._step(self._store.scoped(scope).files.delete(file.id))
                except (NotFound, BadRequest):  # deleted, or sent, meanwhile
                    continue
                await remove_blobs(self._store, self._blobs, removed.blob_ids)
                self._swept.files += 1
            if len(files) < PAGE:
                return

    async def _blobs_left_behind(self) -> None:
        """By a crash between a row's end and its bytes', or between the bytes of an upload and their row."""
        before = now() - timedelta(hours=UPLOAD_HOURS)
        while blob_ids := await self._step(self._store.retention.doomed_blobs(before, PAGE)):
            await remove_blobs(self._store, self._blobs, blob_ids)
            self._swept.blobs += len(blob_ids)

    async def _deliveries(self) -> None:
        before = now() - timedelta(days=DELIVERY_DAYS)
        removed = SESSIONS
        while removed == SESSIONS:
            removed = await self._step(self._store.webhooks.remove_old(before, SESSIONS))
            self._swept.deliveries += removed

    async def _count(self, noun: str, days: float) -> None:
        before = _before(days)
        if before is None:
            return
        retention = self._store.retention
        remove = retention.remove_expired_sessions if noun == "sessions" else retention.remove_audit
        removed = SESSIONS
        while removed == SESSIONS:
            removed = await self._step(remove(before, SESSIONS))
            setattr(self._swept, noun, getattr(self._swept, noun) + removed)


def _before(days: float) -> datetime | None:
    """The instant since which something is kept; None where it is kept for ever."""
    return None if days >= MAX_DAYS else now() - timedelta(days=days)

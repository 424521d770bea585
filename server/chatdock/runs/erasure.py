"""Erasing a user: sessions first, so that nothing new begins, then runs, threads, files, and the sessions' rows.

Safe to repeat, and to be interrupted: what is gone is gone, the rest is found again.
"""

import asyncio
from typing import Protocol

import msgspec

from chatdock.blobs.base import BlobStore
from chatdock.errors import NotFound
from chatdock.runs.removal import remove_blobs
from chatdock.storage.base import Store
from chatdock.types.actor import Scope
from chatdock.types.page import PageQuery
from chatdock.types.run import RUNNING, Run
from chatdock.types.thread import Thread

SETTLE_SECONDS = 1.2  # other processes may believe a session for one more second
PAGE = 50
ITEMS = 200  # of one thread, removed in one transaction
ROUNDS = 5  # a message that was let in while we looked is found in the next


class Erased(msgspec.Struct):
    """How many of each there were."""

    sessions: int = 0
    threads: int = 0
    files: int = 0


class Hands(Protocol):
    """What reaches into running processes: the engine and the registry of sessions, or what stands in for them."""

    async def cancel_session(self, project: str, session_id: str) -> None:
        """Its secret is void. Raises: NotFound."""

    async def stop(self, scope: Scope, run: Run) -> None:
        """Whatever is at work ends. Raises: NotFound."""

    async def forget(self, run_id: str) -> None:
        """The tape is gone."""


async def erase_user(store: Store, blobs: BlobStore, hands: Hands, project: str, user: str) -> Erased:
    """Everything of this user of this project. Raises: Unavailable (begin again)."""
    erased = Erased()
    was_active = await _end_sessions(store, hands, project, user)
    if was_active:
        await asyncio.sleep(SETTLE_SECONDS)
    for _ in range(ROUNDS):
        found = await _remove_threads(store, blobs, hands, Scope(project=project, user=user))
        files = await store.records.files(project, user)
        for scope, file in files:
            try:
                removed = await store.retention.remove_file(scope, file.id)
            except NotFound:
                continue
            await remove_blobs(store, blobs, removed.blob_ids)
        erased.threads += found
        erased.files += len(files)
        if not found and not files:
            break
    await store.webhooks.erase(project, user)
    sessions = [session.id for session in await store.records.sessions(project, user)]
    await store.records.remove_sessions(sessions)
    erased.sessions = len(sessions)
    await store.retention.scrub()
    return erased


async def _end_sessions(store: Store, hands: Hands, project: str, user: str) -> bool:
    """Whether one of them was still good for something."""
    active = [session for session in await store.records.sessions(project, user) if session.status == "active"]
    for session in active:
        await hands.cancel_session(project, session.id)
    return bool(active)


async def _remove_threads(store: Store, blobs: BlobStore, hands: Hands, whose: Scope) -> int:
    removed = 0
    while True:
        page = await store.scoped(whose).threads.page(PageQuery(limit=PAGE, order="asc"))
        for thread in page.data:
            await _remove_thread(store, blobs, hands, whose, thread)
        removed += len(page.data)
        if not page.has_more:
            return removed


async def _remove_thread(store: Store, blobs: BlobStore, hands: Hands, whose: Scope, thread: Thread) -> None:
    scope = Scope(project=whose.project, user=whose.user, workflow=thread.workflow_id)
    try:
        running = await store.scoped(scope).runs.page(thread.id, RUNNING, PageQuery())
        for run in running.data:
            await hands.stop(scope, run)
        deleted = None
        while deleted is None:
            deleted = await store.retention.remove_thread(scope, thread.id, None, ITEMS)
            await asyncio.sleep(0)
    except NotFound:  # somebody else was faster
        return
    for run_id in deleted.run_ids:
        await hands.forget(run_id)
    await remove_blobs(store, blobs, deleted.blob_ids)

"""Removing a thread: what is at work on it ends first, then rows, then tapes and files."""

from collections.abc import Iterable

from chatdock.blobs.base import BlobStore
from chatdock.runs.engine import Engine
from chatdock.storage.base import Store
from chatdock.types.actor import Scope
from chatdock.types.audit import AuditEntry


async def remove_thread(
    store: Store, engine: Engine, blobs: BlobStore, scope: Scope, thread_id: str, audit: AuditEntry | None = None
) -> None:
    """Raises: NotFound."""
    scoped = store.scoped(scope)
    await scoped.threads.get(thread_id)
    await engine.stop_thread(thread_id)
    deleted = await scoped.threads.delete(thread_id, audit)
    for run_id in deleted.run_ids:
        await engine.forget(run_id)
    await remove_blobs(store, blobs, deleted.blob_ids)


async def remove_blobs(store: Store, blobs: BlobStore, blob_ids: Iterable[str]) -> None:
    """The bytes of rows that are gone. Whatever interrupts this, the sweeper finds them on the list of doomed ones."""
    gone = []
    for blob_id in blob_ids:
        await blobs.delete(blob_id)
        gone.append(blob_id)
    await store.retention.blobs_gone(gone)

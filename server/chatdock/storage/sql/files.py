"""The files of a scope. A message carries a file once its `thread_id` is set."""

from collections.abc import Sequence
from typing import Any

from chatdock.clock import to_micros
from chatdock.errors import BadRequest
from chatdock.storage.sql.audit import note
from chatdock.storage.sql.road import Plan, Road
from chatdock.storage.sql.rows import missing, to_text, within
from chatdock.types.actor import Scope
from chatdock.types.attachment import StoredFile
from chatdock.types.audit import AuditEntry
from chatdock.types.wire import decode


class SqlFiles:
    """`storage.base.Files`."""

    def __init__(self, road: Road, scope: Scope) -> None:
        self._road = road
        self._scope = scope

    async def add(self, file: StoredFile) -> None:
        """One row."""
        await self._road.write(lambda: _add(self._scope, file))

    async def get(self, file_id: str) -> StoredFile:
        """One row."""
        return await self._road.read(lambda: _get(self._scope, file_id))

    async def save(self, file: StoredFile) -> None:
        """What the upload found out; who owns it and what it is called stay."""
        await self._road.write(lambda: _save(self._scope, file))

    async def delete(self, file_id: str, audit: AuditEntry | None = None) -> StoredFile:
        """One row, while no message carries it."""
        return await self._road.write(lambda: _delete(self._scope, file_id, audit))

    async def unattached_count(self, session_id: str) -> int:
        """From the index of loose files."""
        return await self._road.read(lambda: _unattached_count(self._scope, session_id))


def lock_file(scope: Scope, file_id: str) -> Plan[StoredFile]:
    """The file, and nobody else changes it until this transaction ends. Raises: NotFound."""
    rows = yield "file.lock", within(scope, file=file_id)
    if not rows:
        raise missing("file", file_id)
    return to_file(rows[0])


def doom(file: StoredFile) -> Plan[list[str]]:
    """The blobs of a file whose row goes: on the list until their bytes are gone, so that a crash in between leaves none."""
    for blob_id in file.blob_ids:
        yield "blob.doom", {"name": blob_id}
    return file.blob_ids


def to_file(row: Sequence[Any]) -> StoredFile:
    """A file from its thread's id and its data."""
    file = decode(row[1], StoredFile)
    file.thread_id = row[0]
    return file


def _add(scope: Scope, file: StoredFile) -> Plan[None]:
    if scope.user is None or scope.workflow is None:
        raise ValueError("a file is added in the scope of a user and a workflow")
    yield (
        "file.add",
        {
            "id": file.id,
            "project": scope.project,
            "user_id": scope.user,
            "workflow_id": scope.workflow,
            "session_id": file.session_id,
            "thread_id": None,
            "created_at": to_micros(file.created_at),
            "data": to_text(file),
        },
    )


def _get(scope: Scope, file_id: str) -> Plan[StoredFile]:
    rows = yield "file.get", within(scope, file=file_id)
    if not rows:
        raise missing("file", file_id)
    return to_file(rows[0])


def _save(scope: Scope, file: StoredFile) -> Plan[None]:
    stored = yield from lock_file(scope, file.id)
    yield from doom(stored)  # of two uploads at once the later one counts
    yield "blob.gone", {"ids": file.blob_ids}
    stored.blob_id = file.blob_id
    stored.preview_blob_id = file.preview_blob_id
    stored.size_bytes = file.size_bytes
    stored.mime_type = file.mime_type
    stored.kind = file.kind
    yield "file.save", {"file": file.id, "data": to_text(stored)}


def _delete(scope: Scope, file_id: str, audit: AuditEntry | None) -> Plan[StoredFile]:
    stored = yield from lock_file(scope, file_id)
    if stored.thread_id is not None:
        raise BadRequest("The file belongs to a message: it goes when its thread is deleted.")
    yield "file.remove", {"file": file_id}
    yield from doom(stored)
    yield from note(audit)
    return stored


def _unattached_count(scope: Scope, session_id: str) -> Plan[int]:
    rows = yield "file.loose", within(scope, session=session_id)
    return int(rows[0][0])

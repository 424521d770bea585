"""Blobs as files in one directory, for a single machine.

A file gets its name only once all of it is on the disk: written under a temporary name, synced, renamed. All file I/O
runs in threads.
"""

import asyncio
import contextlib
import os
import re
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

from chatdock.errors import NotFound, TooLarge, Unavailable

T = TypeVar("T")

CHUNK_BYTES = 256 * 1024  # what one trip to a thread reads, and gathers before it writes
UNFINISHED = ".part"
ABANDONED_SECONDS = 3600.0  # an unfinished file this old was left by a crash: no upload takes an hour
_ID = re.compile(r"[A-Za-z0-9_]{1,100}")  # nothing that a path could mean more by


class DiskBlobs:
    """`blobs.base.BlobStore` under `directory`, which is made when the first blob arrives."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._is_prepared = False

    async def put(self, blob_id: str, chunks: AsyncIterator[bytes], limit_bytes: int) -> int:
        """Whole and synced, or not there at all."""
        target = self._path(blob_id)
        unfinished = target.with_name(f".{target.name}{UNFINISHED}")
        file = await _in_thread(lambda: self._begin(unfinished))
        try:
            size = await _copy(chunks, file, limit_bytes)
            await _in_thread(lambda: _finish(file, unfinished, target))
        except BaseException:
            await _in_thread(lambda: _abandon(file, unfinished))
            raise
        return size

    async def get(self, blob_id: str) -> bytes:
        """All of it in memory."""
        path = self._path(blob_id)
        return await _in_thread(path.read_bytes)

    async def read(self, blob_id: str) -> AsyncIterator[bytes]:
        """In pieces of `CHUNK_BYTES`; NotFound comes with the first one."""
        path = self._path(blob_id)
        file = await _in_thread(lambda: path.open("rb"))
        try:
            while chunk := await _in_thread(lambda: file.read(CHUNK_BYTES)):
                yield chunk
        finally:
            await _in_thread(file.close)

    async def delete(self, blob_id: str) -> None:
        """Gone, whether it was there or not."""
        path = self._path(blob_id)
        await _in_thread(lambda: path.unlink(missing_ok=True))

    def _path(self, blob_id: str) -> Path:
        if not _ID.fullmatch(blob_id):
            raise NotFound("No such file.")
        return self._directory / blob_id

    def _begin(self, unfinished: Path) -> BinaryIO:
        if not self._is_prepared:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            _sweep(self._directory)
            self._is_prepared = True
        descriptor = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        return os.fdopen(descriptor, "wb", buffering=0)


async def _copy(chunks: AsyncIterator[bytes], file: BinaryIO, limit_bytes: int) -> int:
    size = 0
    gathered = bytearray()
    async for chunk in chunks:
        size += len(chunk)
        if size > limit_bytes:
            raise TooLarge(f"The file is larger than {limit_bytes} bytes.")
        gathered += chunk
        if len(gathered) >= CHUNK_BYTES:
            whole, gathered = gathered, bytearray()
            await _in_thread(partial(_write, file, whole))
    await _in_thread(partial(_write, file, gathered))
    return size


def _write(file: BinaryIO, data: bytearray) -> None:
    rest = memoryview(data)
    while rest:  # a nearly full disk takes a part and refuses the rest
        rest = rest[file.write(rest) :]


def _finish(file: BinaryIO, unfinished: Path, target: Path) -> None:
    os.fsync(file.fileno())
    file.close()
    unfinished.rename(target)
    directory = os.open(target.parent, os.O_RDONLY)  # the new name lives in the directory: that needs its own sync
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _abandon(file: BinaryIO, unfinished: Path) -> None:
    with contextlib.suppress(OSError):
        file.close()
    with contextlib.suppress(OSError):
        unfinished.unlink(missing_ok=True)


def _sweep(directory: Path) -> None:
    for path in directory.glob(f".*{UNFINISHED}"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                path.unlink()


async def _in_thread(work: Callable[[], T]) -> T:
    """Runs it off the loop. A cancelled caller still waits for the thread, so nobody closes a file that is in use."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
    except FileNotFoundError as error:
        raise NotFound("No such file.") from error
    except OSError as error:
        raise Unavailable("Files cannot be stored or read right now.") from error

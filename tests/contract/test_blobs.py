"""Every blob store keeps these promises; a new backend joins by one line in BACKENDS."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from chatdock.blobs.base import BlobStore
from chatdock.blobs.disk import DiskBlobs
from chatdock.errors import NotFound, TooLarge
from chatdock.ids import BLOB, new_id

BACKENDS: dict[str, Callable[[Path], BlobStore]] = {"disk": DiskBlobs}
LIMIT_BYTES = 2_000_000


@pytest.fixture(params=BACKENDS)
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return BACKENDS[request.param](tmp_path / "files")


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def all_of(blobs: BlobStore, blob_id: str) -> bytes:
    return b"".join([chunk async for chunk in blobs.read(blob_id)])


async def test_a_blob_reads_back_byte_for_byte_in_one_piece_and_in_chunks(blobs: BlobStore) -> None:
    parts = [os.urandom(size) for size in (1, 300_000, 0, 700_001)]
    blob_id = new_id(BLOB)
    assert await blobs.put(blob_id, chunks(*parts), LIMIT_BYTES) == 1_000_002
    assert await blobs.get(blob_id) == b"".join(parts)
    assert await all_of(blobs, blob_id) == b"".join(parts)


async def test_an_empty_blob_is_a_blob(blobs: BlobStore) -> None:
    blob_id = new_id(BLOB)
    assert await blobs.put(blob_id, chunks(), LIMIT_BYTES) == 0
    assert await blobs.get(blob_id) == b""
    assert await all_of(blobs, blob_id) == b""


async def test_a_blob_of_exactly_the_limit_is_taken_and_one_byte_more_is_too_large(blobs: BlobStore) -> None:
    exact, larger = new_id(BLOB), new_id(BLOB)
    assert await blobs.put(exact, chunks(b"12345", b"67890"), 10) == 10
    with pytest.raises(TooLarge):
        await blobs.put(larger, chunks(b"12345", b"678901"), 10)
    with pytest.raises(NotFound):
        await blobs.get(larger)


async def test_a_stream_that_goes_on_for_ever_is_cut_at_the_limit(blobs: BlobStore) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100_000

    with pytest.raises(TooLarge):
        await blobs.put(new_id(BLOB), endless(), LIMIT_BYTES)


async def test_a_blob_that_is_not_there_is_not_found(blobs: BlobStore) -> None:
    await blobs.put(new_id(BLOB), chunks(b"another"), LIMIT_BYTES)
    missing = new_id(BLOB)
    with pytest.raises(NotFound):
        await blobs.get(missing)
    with pytest.raises(NotFound):
        await all_of(blobs, missing)


async def test_deleting_is_idempotent_and_takes_only_that_blob(blobs: BlobStore) -> None:
    gone, kept = new_id(BLOB), new_id(BLOB)
    for blob_id in (gone, kept):
        await blobs.put(blob_id, chunks(b"bytes"), LIMIT_BYTES)
    await blobs.delete(gone)
    await blobs.delete(gone)
    with pytest.raises(NotFound):
        await blobs.get(gone)
    assert await blobs.get(kept) == b"bytes"


async def test_a_reader_that_has_begun_ends_whole_though_the_blob_is_deleted_meanwhile(blobs: BlobStore) -> None:
    blob_id, data = new_id(BLOB), os.urandom(1_000_000)
    await blobs.put(blob_id, chunks(data), LIMIT_BYTES)
    reader = blobs.read(blob_id)
    first = await anext(reader)
    await blobs.delete(blob_id)
    assert first + b"".join([chunk async for chunk in reader]) == data


@pytest.mark.parametrize("name", ["../outside", "a/b", "..", ".", "", "a\0b", ".blob.part", "/etc/passwd", "x" * 101])
async def test_a_name_that_could_be_a_path_is_not_found_and_never_written(blobs: BlobStore, name: str) -> None:
    with pytest.raises(NotFound):
        await blobs.get(name)
    with pytest.raises(NotFound):
        await blobs.put(name, chunks(b"bytes"), LIMIT_BYTES)
    with pytest.raises(NotFound):
        await blobs.delete(name)


async def test_a_stream_that_breaks_leaves_nothing_behind_and_its_error_is_passed_on(blobs: BlobStore) -> None:
    class BrokenStream(Exception):
        pass

    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 400_000
        raise BrokenStream

    blob_id = new_id(BLOB)
    with pytest.raises(BrokenStream):
        await blobs.put(blob_id, broken(), LIMIT_BYTES)
    with pytest.raises(NotFound):
        await blobs.get(blob_id)
    assert await blobs.put(blob_id, chunks(b"again"), LIMIT_BYTES) == 5


async def test_an_upload_that_is_cancelled_leaves_nothing_behind(blobs: BlobStore) -> None:
    has_begun = asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        yield b"x" * 400_000
        has_begun.set()
        await asyncio.Event().wait()

    blob_id = new_id(BLOB)
    upload = asyncio.create_task(blobs.put(blob_id, stalling(), LIMIT_BYTES))
    await has_begun.wait()
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert await blobs.put(blob_id, chunks(b"again"), LIMIT_BYTES) == 5

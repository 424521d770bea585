"""The disk's own troubles: full, forbidden, crashed."""

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatdock.blobs.disk import ABANDONED_SECONDS, DiskBlobs
from chatdock.errors import TooLarge, Unavailable


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def test_a_refused_upload_leaves_no_file_of_any_name(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)
    await blobs.put("blob_kept", chunks(b"kept"), 10)
    with pytest.raises(TooLarge):
        await blobs.put("blob_large", chunks(b"x" * 600_000, b"x"), 600_000)
    assert names(tmp_path) == ["blob_kept"]


FILL = """
import asyncio, resource, signal, sys
from pathlib import Path
from chatdock.blobs.disk import DiskBlobs
from chatdock.errors import Unavailable

async def chunks():
    for _ in range(8):
        yield b"x" * 300_000

async def main():
    try:
        await DiskBlobs(Path(sys.argv[1])).put("blob_full", chunks(), 10_000_000)
    except Unavailable:
        print("unavailable")

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that write() fails, as on a full disk
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
asyncio.run(main())
"""


def test_a_disk_that_takes_no_more_is_unavailable_and_leaves_nothing_behind(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", FILL, tmp_path], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "unavailable"
    assert names(tmp_path) == []


async def test_a_directory_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable):
        await DiskBlobs(tmp_path / "file" / "blobs").put("blob_a", chunks(b"bytes"), 10)


async def test_what_a_crash_left_is_swept_once_it_is_old_and_an_upload_of_another_process_is_not(
    tmp_path: Path,
) -> None:
    old, fresh = tmp_path / ".blob_old.part", tmp_path / ".blob_fresh.part"
    for path in (old, fresh):
        path.write_bytes(b"half")
    long_ago = time.time() - ABANDONED_SECONDS - 60
    os.utime(old, (long_ago, long_ago))
    await DiskBlobs(tmp_path).put("blob_new", chunks(b"whole"), 10)
    assert names(tmp_path) == [".blob_fresh.part", "blob_new"]


async def test_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    directory = tmp_path / "files"
    await DiskBlobs(directory).put("blob_a", chunks(b"private"), 10)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / "blob_a").stat().st_mode & 0o777 == 0o600

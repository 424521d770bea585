"""Previews of images: decoded and encoded again in a process of its own, with limits on memory, processor and time.

A decoder is the likeliest place for a bad file to do harm; there it can only end its own process.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

MEDIA_TYPE = "image/webp"
MAX_PREVIEW_BYTES = 4 * 1024 * 1024  # 1,280 pixels square come to a tenth of it
TIMEOUT_SECONDS = 10.0
CONCURRENCY = 2  # each takes a core and up to a gigabyte while it lasts

_WORKER = Path(__file__).with_name("raster_worker.py")


class Raster:
    """Makes previews, a few at a time."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(CONCURRENCY)

    async def preview(self, image: AsyncIterator[bytes]) -> bytes | None:
        """A WebP no larger than 1,280 pixels, or None if this is no image that can be read within the limits."""
        async with self._free:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                str(_WORKER),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
            )
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    preview = await _exchange(process, image)
                    return preview if await process.wait() == 0 else None
            except TimeoutError:
                return None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()


async def _exchange(process: asyncio.subprocess.Process, image: AsyncIterator[bytes]) -> bytes | None:
    stdin, stdout = process.stdin, process.stdout
    if stdin is None or stdout is None:
        raise RuntimeError("the worker has no pipes")
    try:
        async for chunk in image:
            stdin.write(chunk)
            await stdin.drain()
        stdin.close()
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has seen enough to refuse
    preview = await stdout.read(MAX_PREVIEW_BYTES + 1)
    pieces = [preview]
    while preview and sum(map(len, pieces)) <= MAX_PREVIEW_BYTES:
        preview = await stdout.read(MAX_PREVIEW_BYTES + 1)
        pieces.append(preview)
    whole = b"".join(pieces)
    return whole if 0 < len(whole) <= MAX_PREVIEW_BYTES else None

"""The seam for bytes by id."""

from collections.abc import AsyncIterator
from typing import Protocol


class BlobStore(Protocol):
    """Bytes under ids of our own making; a client's file name never becomes a path."""

    async def put(self, blob_id: str, chunks: AsyncIterator[bytes], limit_bytes: int) -> int:
        """Stores a stream whole or not at all; returns its size.

        Raises: TooLarge once `limit_bytes` is passed; Unavailable when the disk is full or away. Nothing is left behind.
        """

    async def get(self, blob_id: str) -> bytes:
        """Raises: NotFound."""

    def read(self, blob_id: str) -> AsyncIterator[bytes]:
        """The bytes in chunks. Raises: NotFound."""

    async def delete(self, blob_id: str) -> None:
        """Idempotent."""

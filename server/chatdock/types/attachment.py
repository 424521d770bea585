"""Attachments: what clients see of a file, and what the server keeps about it."""

from datetime import datetime
from typing import Literal

from chatdock.types.wire import Wire

Method = Literal["POST", "PUT"]


class UploadDescriptor(Wire):
    """Where the second phase of a two-phase upload sends the bytes."""

    url: str
    method: Method
    headers: dict[str, str]


class FileAttachment(Wire, tag="file", tag_field="type"):
    """A file of any kind, as clients see it."""

    id: str
    name: str
    mime_type: str
    upload_descriptor: UploadDescriptor | None = None
    thread_id: str | None = None


class ImageAttachment(Wire, tag="image", tag_field="type"):
    """An image; `preview_url` can be read by the page."""

    id: str
    name: str
    mime_type: str
    preview_url: str
    upload_descriptor: UploadDescriptor | None = None
    thread_id: str | None = None


Attachment = FileAttachment | ImageAttachment


class StoredFile(Wire):
    """The server's own record of an attachment; never sent to a client.

    `blob_id` is None until the bytes have arrived; `preview_blob_id` holds a re-encoded raster preview of an image.
    `size_bytes` is the declared size until then and the real one afterwards.
    """

    id: str
    session_id: str
    name: str
    mime_type: str
    size_bytes: int
    kind: Literal["file", "image"]
    created_at: datetime
    blob_id: str | None = None
    preview_blob_id: str | None = None
    thread_id: str | None = None

    @property
    def blob_ids(self) -> list[str]:
        """What it has in the blob store."""
        return [blob_id for blob_id in (self.blob_id, self.preview_blob_id) if blob_id]

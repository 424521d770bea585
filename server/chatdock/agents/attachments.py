"""What a model gets of an attachment: a picture as it is, a text file's text, of anything else the name."""

from chatdock.context import RunContext
from chatdock.errors import NotFound
from chatdock.models.base import ImagePart, TextPart
from chatdock.types.attachment import Attachment

IMAGE_TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")  # what providers read
TEXT_TYPES = ("application/json", "application/xml", "application/yaml", "application/x-yaml", "application/toml")
IMAGE_BYTES = 20 * 1024 * 1024  # providers refuse larger ones, and with them the whole request
FILE_CHARS = 48_000  # about 12,000 tokens of one text file


async def read_attachment(attachment: Attachment, ctx: RunContext, *, images: bool) -> TextPart | ImagePart:
    """The part of a user's turn that an attachment becomes."""
    mime_type = attachment.mime_type.partition(";")[0].strip().lower()
    is_image = mime_type in IMAGE_TYPES and images
    if not is_image and not mime_type.startswith("text/") and mime_type not in TEXT_TYPES:
        return TextPart(f"Attached file: {attachment.name} ({mime_type}); its content cannot be read here.")
    try:
        _, data = await ctx.file(attachment.id)
    except NotFound:
        return TextPart(f"Attached file: {attachment.name} ({mime_type}); it is no longer there.")
    if is_image and len(data) > IMAGE_BYTES:
        return TextPart(f"Attached image: {attachment.name} ({mime_type}); it is too large to be looked at.")
    if is_image:
        return ImagePart(mime_type, data)
    return TextPart(_inlined(attachment.name, data))


def _inlined(name: str, data: bytes) -> str:
    text = data[: FILE_CHARS * 4].decode(errors="replace")  # four bytes are the longest character
    if len(text) > FILE_CHARS:
        text = f"{text[:FILE_CHARS]}\n… (cut)"
    return f"Attached file: {name}\n\n{text}"

"""Shared conversations: what a link of a user's shows to whoever has it, and how the link is known.

Rules: a share is a snapshot, made once; what is said, edited or regenerated later is not in it. It holds what one reads and
nothing that acts: no hidden context, no calls of the page's tools, no actions of widgets, no data behind tags, no ids but
its own, no addresses of uploads. A picture in a message is kept as a mark that only the server reads, and shown from an
address below the link, so that it goes with the link and with the file. The token is nowhere but in the link: what is kept is its digest.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from chatdock.types.attachment import Attachment, FileAttachment, ImageAttachment
from chatdock.types.content import Annotation, EntitySource, InferenceOptions, InputTag, OutputText
from chatdock.types.item import (
    AssistantMessage,
    EndOfTurn,
    GeneratedImage,
    Item,
    StructuredInput,
    TaskItem,
    UserMessage,
    WidgetItem,
    WorkflowItem,
)
from chatdock.types.page import Page
from chatdock.types.thread import Closed, Thread, ThreadView
from chatdock.types.wire import encode

TOKEN_BYTES = 24  # 192 random bits, 32 characters in an address
DIGEST = "chatdock-share\0"
PICTURE = "chatdock-picture:"  # and the file's id, in place of a picture's address
_PREVIEW = re.compile(r"/v1/chatkit/files/([A-Za-z0-9_]{1,64})/preview/")
_ACTIONS = frozenset({"confirm", "cancel"})  # of a card: buttons that exist for their action alone


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A link to a conversation as it was at `created_at`. `digest` is the token's."""

    id: str
    thread_id: str
    created_at: datetime
    digest: str


def new_token() -> str:
    """What a link ends in."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> str:
    """What is kept of a token. It is random and long, so that a plain hash keeps it."""
    return hashlib.sha256(f"{DIGEST}{token}".encode("utf-8", "surrogatepass")).hexdigest()


def snapshot(share_id: str, thread: Thread, items: Iterable[Item]) -> bytes:
    """The thread as its readers get it, a `ThreadView` with every item, as JSON."""
    shown = [each for item in items if (each := _shown(item)) is not None]
    for place, item in enumerate(shown):
        item.id = f"{share_id}-{place}"
        item.thread_id = share_id
    view = ThreadView(
        id=share_id,
        created_at=thread.created_at,
        status=Closed(),
        metadata={},
        items=Page(data=[msgspec.Raw(encode(item)) for item in shown], has_more=False),
        title=thread.title,
        allowed_image_domains=thread.allowed_image_domains,
    )
    return encode(view)


def _shown(item: Item) -> Item | None:
    """A copy to be read, or None for what is not for reading."""
    match item:
        case UserMessage():
            content = [
                InputTag(id=str(place), text=part.text, data={}, group=part.group)
                if isinstance(part, InputTag)
                else part
                for place, part in enumerate(item.content)
            ]
            files = [_file(str(place), file) for place, file in enumerate(item.attachments)]
            return msgspec.structs.replace(
                item, content=content, attachments=files, inference_options=InferenceOptions()
            )
        case AssistantMessage():
            return msgspec.structs.replace(item, content=[_text(part) for part in item.content])
        case WidgetItem():
            return msgspec.structs.replace(item, widget=_without_actions(item.widget))
        case GeneratedImage():
            # An address of ours holds for a while, and for its user.
            is_whole = item.image is not None and item.image.url.startswith("data:image/")
            return msgspec.structs.replace(item) if is_whole else None
        case StructuredInput():
            return None if item.status == "pending" else msgspec.structs.replace(item)
        case WorkflowItem() | TaskItem() | EndOfTurn():
            return msgspec.structs.replace(item)
        case _:
            return None


def _file(place: str, file: Attachment) -> Attachment:
    preview = _PREVIEW.search(file.preview_url) if isinstance(file, ImageAttachment) else None
    if preview is None or preview[1] != file.id:
        return FileAttachment(id=place, name=file.name, mime_type=file.mime_type)
    return ImageAttachment(id=place, name=file.name, mime_type=file.mime_type, preview_url=PICTURE + file.id)


def with_pictures(data: bytes, address: str) -> bytes:
    """What a link's reader gets of what is kept: pictures from `<address>/<place>`."""
    if PICTURE.encode() not in data:
        return data
    view = msgspec.json.decode(data)
    for place, picture in enumerate(_pictures(view)):
        picture["preview_url"] = f"{address}/{place}"
    return msgspec.json.encode(view)


def picture_of(data: bytes, place: int) -> str | None:
    """The id of the file behind a picture of what is kept."""
    found = [str(each["preview_url"]) for each in _pictures(msgspec.json.decode(data))]
    return found[place].removeprefix(PICTURE) if 0 <= place < len(found) else None


def _pictures(view: Any) -> list[dict[str, Any]]:
    # Only in a user's own messages: whatever else holds such a mark was written by somebody.
    return [
        file
        for item in view.get("items", {}).get("data", [])
        if item.get("type") == "user_message"
        for file in item.get("attachments", [])
        if file.get("type") == "image" and str(file.get("preview_url", "")).startswith(PICTURE)
    ]


def _text(part: OutputText) -> OutputText:
    return OutputText(text=part.text, annotations=[_annotation(each) for each in part.annotations])


def _annotation(annotation: Annotation) -> Annotation:
    source = annotation.source
    if isinstance(source, EntitySource):
        source = msgspec.structs.replace(source, id="", interactive=False, data={}, preview=None)
    return Annotation(source=source, index=annotation.index)


def _without_actions(node: Any) -> Any:
    """The tree without what its parts would do."""
    if isinstance(node, dict):
        is_card = node.get("type") == "Card"
        return {
            key: _without_actions(child)
            for key, child in node.items()
            if not (key.startswith("on") and key.endswith("Action")) and not (is_card and key in _ACTIONS)
        }
    if isinstance(node, list):
        return [_without_actions(child) for child in node]
    return node

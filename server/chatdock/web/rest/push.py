"""Server push: a customer's backend says something in a thread, without a run. For server keys.

Source: docs/protocol.md. The item is stored first; then the user's tabs and devices are told to load it.
"""

import hashlib
from typing import Annotated, Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chatdock.clock import now
from chatdock.errors import BadRequest, NotFound, Unprocessable
from chatdock.ids import ITEM, new_id
from chatdock.storage.base import Changes, Scoped
from chatdock.types.content import output_text
from chatdock.types.item import AssistantMessage, Item, WidgetItem
from chatdock.types.wire import encode, without_nulls
from chatdock.web.auth import authenticate_key
from chatdock.web.body import read_json
from chatdock.web.parts import parts_of
from chatdock.web.rest.items import rest_item

MAX_BODY_BYTES = 256 * 1024
MAX_KEY_CHARS = 128
MAX_TEXT_CHARS = 100_000
MAX_NOTICE_CHARS = 4_000
NOTICE_COLOURS = {"info": "info", "warning": "warning", "danger": "danger"}


class PushMessage(msgspec.Struct, tag="assistant_message", tag_field="type", forbid_unknown_fields=True):
    """A message of the assistant's, in Markdown."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT_CHARS)]


class PushWidget(msgspec.Struct, tag="widget", tag_field="type", forbid_unknown_fields=True):
    """A finished widget; `copy_text` is what the user's copy button yields."""

    widget: dict[str, Any]
    copy_text: str | None = None


class PushNotice(msgspec.Struct, tag="notice", tag_field="type", forbid_unknown_fields=True):
    """A notice of the service's own, in Markdown, which stays in the thread: a card in the colour of its level."""

    message: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NOTICE_CHARS)]
    level: Literal["info", "warning", "danger"] = "info"
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None


PushItem = PushMessage | PushWidget | PushNotice


async def add_item(request: Request) -> Response:
    """`POST /v1/chatkit/threads/{thread_id}/items`: once for each `Idempotency-Key`."""
    holder = await authenticate_key(request, "threads:write")
    thread_id = request.path_params["thread_id"]
    key = idempotency_key(request)
    pushed = await read_json(request, PushItem, MAX_BODY_BYTES)
    scoped = parts_of(request).store.scoped(holder.scope)
    item = _item(pushed, thread_id, _item_id(thread_id, key))
    before = await _sent_before(scoped, item) if key is not None else None
    if before is None:
        await scoped.commit(Changes(thread_id=thread_id, put_items=[item], is_push=True))
    return Response(encode(rest_item(before or item)), media_type="application/json")


def idempotency_key(request: Request) -> str | None:
    """What makes sending again safe. Raises: BadRequest."""
    key = request.headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= MAX_KEY_CHARS:
        raise BadRequest(f"Idempotency-Key must have 1 to {MAX_KEY_CHARS} characters.", param="Idempotency-Key")
    return key


def _item_id(thread_id: str, key: str | None) -> str:
    """The same id for the same key in a thread, so that sending again cannot make two."""
    if key is None:
        return new_id(ITEM)
    return ITEM + hashlib.sha256(f"{thread_id}\0{key}".encode()).hexdigest()[:30]


def _item(pushed: PushItem, thread_id: str, item_id: str) -> AssistantMessage | WidgetItem:
    at = now()
    if isinstance(pushed, PushMessage):
        content = [output_text(pushed.text)]
        return AssistantMessage(id=item_id, thread_id=thread_id, created_at=at, content=content)
    if isinstance(pushed, PushNotice):
        copied = pushed.message if pushed.title is None else f"{pushed.title}\n{pushed.message}"
        return WidgetItem(id=item_id, thread_id=thread_id, created_at=at, widget=_card(pushed), copy_text=copied)
    widget = without_nulls(pushed.widget)
    if not isinstance(widget.get("type"), str):
        raise BadRequest("A widget has a type.", param="widget")
    return WidgetItem(id=item_id, thread_id=thread_id, created_at=at, widget=widget, copy_text=pushed.copy_text)


def _card(notice: PushNotice) -> dict[str, Any]:
    """A notice as every ChatKit client can show it: they know no item of that kind."""
    title = [] if notice.title is None else [{"type": "Title", "value": notice.title, "size": "sm"}]
    icon = {"type": "Icon", "name": "info", "color": NOTICE_COLOURS[notice.level]}
    words = {"type": "Col", "gap": 1, "flex": 1, "children": [*title, {"type": "Markdown", "value": notice.message}]}
    row = {"type": "Row", "gap": 3, "align": "start", "children": [icon, words]}
    return {"type": "Card", "size": "md", "children": [row]}


async def _sent_before(scoped: Scoped, item: Item) -> Item | None:
    """What this key put there already. Raises: Unprocessable if that was something else."""
    try:
        found = await scoped.items.get(item.thread_id, item.id)
    except NotFound:
        return None
    if msgspec.structs.replace(found, created_at=item.created_at) != item:
        raise Unprocessable("This Idempotency-Key was used for another item.", param="Idempotency-Key")
    return found

"""What a run that ended as `requires_action` left open, and how it is closed when nobody answers any more."""

import msgspec

from chatdock.storage.base import Scoped
from chatdock.types.content import StructuredAnswer
from chatdock.types.event import Event, ItemRemoved, ItemReplaced
from chatdock.types.item import ClientToolCall, StructuredInput
from chatdock.types.page import PageQuery

LOOK_BACK = 20  # a pending client tool call is found among the latest items, not only at the very end


class LeftOpen(msgspec.Struct):
    """Calls to remove and forms to put away as skipped, and what viewers are told of it."""

    calls: list[str] = []
    skipped: list[StructuredInput] = []

    @property
    def events(self) -> list[Event]:
        """In the order of the items' kinds."""
        removed: list[Event] = [ItemRemoved(item_id=item_id) for item_id in self.calls]
        return [*removed, *(ItemReplaced(item=form) for form in self.skipped)]


async def left_open(scope: Scoped, thread_id: str) -> LeftOpen:
    """What waits in a thread; nothing, and one small question to the store, where no run does."""
    waiting = await scope.runs.page(thread_id, ("requires_action",), PageQuery(limit=1))
    if not waiting.data:
        return LeftOpen()
    latest = await scope.items.latest(thread_id, LOOK_BACK)
    return LeftOpen(
        calls=[item.id for item in latest if isinstance(item, ClientToolCall) and item.status == "pending"],
        skipped=[_skipped(item) for item in latest if isinstance(item, StructuredInput) and item.status == "pending"],
    )


def _skipped(form: StructuredInput) -> StructuredInput:
    nothing = StructuredAnswer(values=[], skipped=True)
    inputs = [msgspec.structs.replace(question, answer=nothing) for question in form.inputs]
    return msgspec.structs.replace(form, status="skipped", inputs=inputs)

"""The model's reasoning while it comes in: a workflow item with one task a thought.

ChatKit's task updates carry the whole thought so far. Sending one a delta would cost the square of the thought's length,
so a thought is told again only once it has grown by a fair part; what all updates carry together then stays a fixed
multiple of the thought.
"""

import time

from chatdock.clock import now
from chatdock.context import RunContext
from chatdock.types.event import Event, ItemAdded, ItemDone, ItemUpdated, TaskAdded, TaskUpdated
from chatdock.types.item import WorkflowItem
from chatdock.types.task import ThoughtTask, Workflow, WorkflowSummary

GROWTH = 32  # a thought is told again when a 32nd is new: smooth to the eye, and at most 33 times its length in all


class Reasoning:
    """One stretch of thinking, before an answer or a tool call."""

    def __init__(self, ctx: RunContext) -> None:
        self.id = ctx.item_id()
        self._thread_id = ctx.thread.id
        self._created_at = now()
        self._started = time.monotonic()
        self._thoughts: list[str] = []
        self._places: dict[int, int] = {}  # the model's index of a thought -> its task
        self._untold: dict[int, int] = {}  # task -> characters not told yet

    def begin(self) -> list[Event]:
        """The empty item."""
        return [ItemAdded(item=self._item(None))]

    def think(self, index: int, delta: str) -> list[Event]:
        """More of the thought with that index; a new index begins a new thought."""
        place = self._places.get(index)
        if place is None:
            events = self._tell_rest()
            place = self._places[index] = len(self._thoughts)
            self._thoughts.append(delta)
            added = TaskAdded(task_index=place, task=self._task(delta))
            return [*events, ItemUpdated(item_id=self.id, update=added)]
        thought = self._thoughts[place] = self._thoughts[place] + delta
        untold = self._untold[place] = self._untold.get(place, 0) + len(delta)
        return [self._tell(place)] if untold * GROWTH >= len(thought) else []

    def end(self) -> list[Event]:
        """What was not told yet, and the item with how long it took, in whole seconds."""
        seconds = round(time.monotonic() - self._started)
        return [*self._tell_rest(), ItemDone(item=self._item(WorkflowSummary(duration=seconds)))]

    def _tell(self, place: int) -> Event:
        self._untold.pop(place, None)
        update = TaskUpdated(task_index=place, task=self._task(self._thoughts[place]))
        return ItemUpdated(item_id=self.id, update=update)

    def _tell_rest(self) -> list[Event]:
        return [self._tell(place) for place in list(self._untold)]

    def _task(self, content: str) -> ThoughtTask:
        return ThoughtTask(status_indicator="none", content=content)

    def _item(self, summary: WorkflowSummary | None) -> WorkflowItem:
        tasks = [self._task(thought) for thought in self._thoughts]
        workflow = Workflow(type="reasoning", tasks=list(tasks), expanded=False, summary=summary)
        return WorkflowItem(id=self.id, thread_id=self._thread_id, created_at=self._created_at, workflow=workflow)

"""The tool calls of one model response as the user sees them: a workflow item with one task a call.

A task's content shows the arguments, then progress, then the result. The item appears with its first call.
"""

import re

import msgspec

from chatdock.clock import now
from chatdock.context import RunContext
from chatdock.types.event import Event, ItemAdded, ItemDone, ItemRemoved, ItemUpdated, TaskAdded, TaskUpdated
from chatdock.types.item import WorkflowItem
from chatdock.types.task import CustomTask, StatusIndicator, Workflow, WorkflowSummary, custom_task

SHOWN_CHARS = 2_000  # of arguments and of a result: enough to judge a call by; the model has the rest
ICON = "bolt"
_BACKTICKS = re.compile("`{3,}")


class _Step(msgspec.Struct):
    name: str
    arguments: str = ""
    progress: str = ""
    result: str | None = None

    def task(self, status: StatusIndicator) -> CustomTask:
        """The step as a task."""
        parts = [fenced(self.arguments, "json") if self.arguments not in ("", "{}") else "", self.progress]
        if self.result is not None:
            parts = [parts[0], fenced(self.result, "json" if _is_json(self.result) else "")]
        content = "\n\n".join(part for part in parts if part)
        return custom_task(self.name, status=status, icon=ICON, content=content or None)


class Steps:
    """One batch of calls, by call id."""

    def __init__(self, ctx: RunContext) -> None:
        self.id = ctx.item_id()
        self._thread_id = ctx.thread.id
        self._created_at = now()
        self._steps: dict[str, _Step] = {}

    def begin(self, call_id: str, name: str) -> list[Event]:
        """A call the model has begun; one that is known already adds nothing."""
        if call_id in self._steps:
            return []
        first = [] if self._steps else [ItemAdded(item=self._item([], None))]
        step = self._steps[call_id] = _Step(name)
        added = TaskAdded(task_index=len(self._steps) - 1, task=step.task("loading"))
        return [*first, ItemUpdated(item_id=self.id, update=added)]

    def arguments(self, call_id: str, arguments: str) -> list[Event]:
        """The call's arguments, whole."""
        self._steps[call_id].arguments = arguments
        return [self._update(call_id, "loading")]

    def progress(self, call_id: str, text: str) -> list[Event]:
        """A word about how far the call is."""
        self._steps[call_id].progress = text
        return [self._update(call_id, "loading")]

    def result(self, call_id: str, output: str) -> list[Event]:
        """What the call gave."""
        self._steps[call_id].result = output
        return [self._update(call_id, "complete")]

    def end(self) -> list[Event]:
        """The finished item, or nothing where no call was shown."""
        if not self._steps:
            return []
        names = ", ".join(dict.fromkeys(step.name for step in self._steps.values()))
        tasks = [step.task("complete") for step in self._steps.values()]
        return [ItemDone(item=self._item(tasks, WorkflowSummary(title=names, icon=ICON)))]

    def drop(self) -> list[Event]:
        """Takes back calls that will not be made."""
        return [ItemRemoved(item_id=self.id)] if self._steps else []

    def _update(self, call_id: str, status: StatusIndicator) -> Event:
        index = list(self._steps).index(call_id)
        return ItemUpdated(
            item_id=self.id, update=TaskUpdated(task_index=index, task=self._steps[call_id].task(status))
        )

    def _item(self, tasks: list[CustomTask], summary: WorkflowSummary | None) -> WorkflowItem:
        workflow = Workflow(type="custom", tasks=list(tasks), expanded=False, summary=summary)
        return WorkflowItem(id=self.id, thread_id=self._thread_id, created_at=self._created_at, workflow=workflow)


def fenced(text: str, language: str) -> str:
    """Text as a Markdown code block that it cannot break out of, cut to what is shown."""
    shown = text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]} …"
    fence = "`" * max([2, *(len(run) for run in _BACKTICKS.findall(shown))])
    return f"{fence}`{language}\n{shown}\n{fence}`"


def _is_json(text: str) -> bool:
    return text.startswith(("{", "["))

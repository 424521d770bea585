"""Work in progress: reasoning with its thoughts, and a workflow of tasks of every kind."""

import asyncio

from chatdock.agents.thought import Reasoning
from chatdock.clock import now
from chatdock.context import RunContext
from chatdock.types.content import FileSource, UrlSource
from chatdock.types.event import ItemAdded, ItemDone, ItemUpdated, TaskAdded, TaskUpdated, Update
from chatdock.types.item import WorkflowItem
from chatdock.types.task import FileTask, ImageTask, Task, WebSearchTask, Workflow, WorkflowSummary, custom_task
from chatdock.workflows.builtin.gallery.command import PAUSE_SECONDS
from chatdock.workflows.builtin.gallery.talk import speak

_THOUGHTS = (
    "The user wants to see how thinking is shown. First I recall what they asked for before.",
    "There are two ways to go on: explain it, or simply do it. Doing it is shorter.",
    "So I will answer in two sentences and stop.",
)


async def think(ctx: RunContext, rest: str) -> None:
    """`/think`."""
    reasoning = Reasoning(ctx)
    await ctx.emit(*reasoning.begin())
    for index, thought in enumerate(_THOUGHTS):
        for number, word in enumerate(thought.split(" ")):
            await ctx.emit(*reasoning.think(index, f" {word}" if number else word))
            await asyncio.sleep(PAUSE_SECONDS / 3)
    await ctx.emit(*reasoning.end())
    await speak(ctx, "I have thought about it in three steps. They are folded away above this answer.")


_LOADING: tuple[Task, ...] = (
    custom_task("Reading your request", status="loading", icon="search"),
    WebSearchTask(status_indicator="loading", title="Searching the web", queries=["linen cushion care"], sources=[]),
    FileTask(status_indicator="loading", title="Reading files", sources=[]),
    ImageTask(status_indicator="loading", title="Looking at the photo"),
)
_COMPLETE: tuple[Task, ...] = (
    custom_task(
        "Read your request", status="complete", icon="search", content="You asked how to wash a **linen cushion**."
    ),
    WebSearchTask(
        status_indicator="complete",
        title="Searched the web",
        title_query="linen cushion care",
        queries=["linen cushion care", "wash linen 40 degrees"],
        sources=[
            UrlSource(title="How to wash linen", url="https://example.com/linen", attribution="example.com"),
            UrlSource(title="Care symbols", url="https://example.org/symbols", attribution="example.org"),
        ],
    ),
    FileTask(
        status_indicator="complete",
        title="Read two files",
        sources=[
            FileSource(title="Care guide", filename="care-guide.pdf"),
            FileSource(title="Product sheet", filename="cushion-sage.pdf"),
        ],
    ),
    ImageTask(status_indicator="complete", title="Looked at the photo"),
)


async def tasks(ctx: RunContext, rest: str) -> None:
    """`/tasks`: each task is added, then completed; at the end they fold into a summary."""
    item = _item(ctx, [], None)
    await ctx.emit(ItemAdded(item=item))
    for index, (loading, complete) in enumerate(zip(_LOADING, _COMPLETE, strict=True)):
        changes: tuple[Update, ...] = (
            TaskAdded(task_index=index, task=loading),
            TaskUpdated(task_index=index, task=complete),
        )
        for update in changes:
            await ctx.emit(ItemUpdated(item_id=item.id, update=update))
            await asyncio.sleep(PAUSE_SECONDS * 2)
    summary = WorkflowSummary(title="Looked into it", icon="check-circle")
    done = _item(ctx, list(_COMPLETE), summary)
    done.id, done.created_at = item.id, item.created_at
    await ctx.emit(ItemDone(item=done))
    await ctx.text("Wash it at 40 °C, and iron it while it is damp.")


def _item(ctx: RunContext, tasks: list[Task], summary: WorkflowSummary | None) -> WorkflowItem:
    return WorkflowItem(
        id=ctx.item_id(),
        thread_id=ctx.thread.id,
        created_at=now(),
        workflow=Workflow(type="custom", tasks=tasks, expanded=True, summary=summary),
    )

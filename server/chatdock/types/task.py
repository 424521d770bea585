"""Tasks and workflow items: what the assistant shows while it works."""

from typing import Literal

from chatdock.types.content import FileSource, UrlSource
from chatdock.types.wire import Wire

StatusIndicator = Literal["none", "loading", "complete"]


class CustomTask(Wire, tag="custom", tag_field="type"):
    """A step of the integration's own; `content` is Markdown."""

    status_indicator: StatusIndicator
    title: str | None = None
    icon: str | None = None
    content: str | None = None


class WebSearchTask(Wire, tag="web_search", tag_field="type"):
    """A search, its queries and what it found."""

    status_indicator: StatusIndicator
    queries: list[str]
    sources: list[UrlSource]
    title: str | None = None
    title_query: str | None = None


class ThoughtTask(Wire, tag="thought", tag_field="type"):
    """A stretch of reasoning the model let us see."""

    status_indicator: StatusIndicator
    content: str
    title: str | None = None


class FileTask(Wire, tag="file", tag_field="type"):
    """Files that were read."""

    status_indicator: StatusIndicator
    sources: list[FileSource]
    title: str | None = None


class ImageTask(Wire, tag="image", tag_field="type"):
    """An image that was looked at or made."""

    status_indicator: StatusIndicator
    title: str | None = None


Task = CustomTask | WebSearchTask | ThoughtTask | FileTask | ImageTask


class WorkflowSummary(Wire):
    """Either `{title, icon?}` or `{duration}` in whole seconds; the presence of `duration` decides."""

    title: str | None = None
    icon: str | None = None
    duration: int | None = None


class Workflow(Wire):
    """A group of tasks shown as one row: `reasoning` is the model's thinking, `custom` anything else."""

    type: Literal["custom", "reasoning"]
    tasks: list[Task]
    expanded: bool
    summary: WorkflowSummary | None = None


def custom_task(
    title: str, *, status: StatusIndicator = "none", icon: str | None = None, content: str | None = None
) -> CustomTask:
    """A custom task; the usual way to build one."""
    return CustomTask(title=title, status_indicator=status, icon=icon, content=content)

"""What answers a run: a responder, the definition that names it, and the catalog of definitions."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, Protocol

import msgspec

from chatdock.context import RunContext
from chatdock.errors import BadRequest
from chatdock.types.item import WidgetItem
from chatdock.types.thread import Thread


class Responder(Protocol):
    """Answers one run by pushing events into its context; returns when the turn is over.

    One with `goes_on = True` can go on with an answer whose tools were cut short: it repeats what `ctx.cut_short` holds, under
    the same keys, and what was said before is in the thread.

    One with `asks_first = True` may be set to work while the message it answers is still being stored: until `ctx.begun()`
    it does nothing but ask a model.
    """

    async def respond(self, ctx: RunContext) -> None:
        """Raises UserFacingError for a message the user may read; anything else is told as `stream.error`."""

    async def sync_action(
        self, thread: Thread, sender: WidgetItem | None, kind: str, payload: Any
    ) -> WidgetItem | None:
        """A widget's synchronous action: the updated item, or None. Raises BadRequest where there is no handler."""

    async def title(self, text: str) -> str | None:
        """A short title for a thread that begins with this user text, or None."""


class Prompt(msgspec.Struct, frozen=True):
    """A starter prompt of the start screen."""

    label: str
    prompt: str
    icon: str | None = None


ConcurrentInput = Literal["reject", "enqueue", "interrupt"]
"""What a message does that meets an answer in the making: it is refused, waits its turn, or stops that answer."""


class Definition(msgspec.Struct, kw_only=True):
    """A workflow a session may be bound to. `version` is a content hash or a number, opaque to clients."""

    id: str
    version: str
    name: str
    responder: Responder
    greeting: str | None = None
    prompts: list[Prompt] = []
    on_disconnect_grace_seconds: float | None = None
    concurrent_input: ConcurrentInput = "reject"
    accepts_images: bool = True
    keep_threads_days: float | None = None  # after the last message; None: as the server does, inf: for ever
    keep_files_days: float | None = None


class Catalog:
    """The workflows this server knows, newest version last."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self._versions: dict[str, dict[str, Definition]] = {}
        for definition in definitions:
            self._versions.setdefault(definition.id, {})[definition.version] = definition

    def get(self, workflow_id: str, version: str | None = None) -> Definition:
        """The definition; without a version the newest. Raises: BadRequest naming the field that is wrong."""
        versions = self._versions.get(workflow_id)
        if versions is None:
            raise BadRequest("No workflow found with this id.", code="workflow_not_found", param="workflow.id")
        if version is None:
            return next(reversed(versions.values()))
        if version not in versions:
            raise BadRequest(
                "This workflow has no such version.", code="workflow_version_not_found", param="workflow.version"
            )
        return versions[version]

    def find(self, workflow_id: str) -> Definition | None:
        """The newest version; None for a workflow that is no longer deployed."""
        versions = self._versions.get(workflow_id)
        return next(reversed(versions.values())) if versions else None

    def current(self, workflow_id: str, version: str) -> Definition:
        """That version, or the newest where it is no longer deployed: a thread outlives its workflow's versions."""
        versions = self._versions.get(workflow_id, {})
        return versions.get(version) or self.get(workflow_id)

    def __iter__(self) -> Iterator[Definition]:
        for versions in self._versions.values():
            yield next(reversed(versions.values()))

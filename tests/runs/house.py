"""The smallest engine a test needs: a real store in memory, a real tape, and a responder written in the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from chatdock.clock import now
from chatdock.context import NewMessage, RunContext
from chatdock.errors import NotFound
from chatdock.eventlog.base import EventLog, tail
from chatdock.eventlog.memory import MemoryEventLog
from chatdock.ids import ITEM, THREAD, new_id
from chatdock.runs.engine import Engine
from chatdock.runs.responder import Catalog, Definition
from chatdock.runs.start import Start
from chatdock.storage.base import Scoped, Store
from chatdock.storage.sql import create_store
from chatdock.types.actor import Actor
from chatdock.types.content import InferenceOptions, InputText
from chatdock.types.event import ItemDone, ThreadCreated
from chatdock.types.item import UserMessage, WidgetItem
from chatdock.types.run import Run
from chatdock.types.thread import Active, Thread, view

ACTOR = Actor(project="p", user="ada", workflow="wf_t", workflow_version="1", session_id="cksess_1", expires_at=2**31)

Respond = Callable[[RunContext], Awaitable[None]]


class Responder:
    """A responder made of one function."""

    def __init__(self, respond: Respond, title: str | None = None) -> None:
        self._respond = respond
        self._title = title

    async def respond(self, ctx: RunContext) -> None:
        await self._respond(ctx)

    async def sync_action(
        self, thread: Thread, sender: WidgetItem | None, kind: str, payload: Any
    ) -> WidgetItem | None:
        return None

    async def title(self, text: str) -> str | None:
        return self._title


class NoBlobs:
    """There are no files in these tests."""

    async def get(self, blob_id: str) -> bytes:
        raise NotFound("No such file.")


class House:
    """An engine, its store and its tape."""

    def __init__(self, store: Store, respond: Respond, **options: Any) -> None:
        title = options.pop("title", None)
        grace = options.pop("grace_seconds", 30.0)
        timeout = options.pop("timeout_seconds", 60.0)
        mode = options.pop("concurrent_input", "reject")
        workflow = options.pop("workflow", "wf_t")
        responder = options.pop("responder", None) or Responder(respond, title)
        self.store = store
        self.tape: EventLog = options.pop("tape", None) or MemoryEventLog(**options)
        definition = Definition(id=workflow, version="1", name="Test", responder=responder, concurrent_input=mode)
        self.engine = Engine(
            store,
            self.tape,
            Catalog([definition]),
            NoBlobs(),  # type: ignore[arg-type]
            run_timeout_seconds=timeout,
            on_disconnect_grace_seconds=grace,
        )

    @property
    def scope(self) -> Scoped:
        return self.store.scoped(ACTOR.scope)

    def message(self, text: str = "Hello", thread: Thread | None = None, **fields: Any) -> Start:
        """A user message in a new thread, or in a given one."""
        target = thread or Thread(
            id=new_id(THREAD), created_at=now(), user="ada", workflow_id="wf_t", status=Active(), metadata={}
        )
        item = UserMessage(
            id=new_id(ITEM),
            thread_id=target.id,
            created_at=now(),
            content=[InputText(text=text)],
            attachments=[],
            inference_options=InferenceOptions(),
        )
        events = [ItemDone(item=item)] if thread else [ThreadCreated(thread=view(target)), ItemDone(item=item)]
        return Start(
            actor=ACTOR,
            thread=target,
            trigger=NewMessage(item),
            events=list(events),
            request={},
            is_new_thread=thread is None,
            put_items=[item],
            **fields,
        )

    async def watch(self, run: Run, after: int = 0) -> list[bytes]:
        """Every frame of a run, to its end, as a viewer sees it: one that is being taken up has its tape in a moment."""
        await self.engine.taped(ACTOR.scope, run, after)
        frames: list[bytes] = []
        async for part in tail(self.tape, run.id, after):
            if part is not None:
                frames.extend(part.frames())
        return frames

    async def ended(self, run: Run) -> Run:
        """The stored run, once it has ended."""
        async with asyncio.timeout(10):
            await self.watch(run)
        return await self.scope.runs.get(run.id)


@pytest.fixture
async def memory_store() -> AsyncIterator[Store]:
    """A store that no file keeps."""
    store = create_store("sqlite:///:memory:")
    await store.migrate()
    await store.open()
    yield store
    await store.close()

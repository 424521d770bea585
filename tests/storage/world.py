"""Small records for tests of the store: every test makes a project of its own, so one database serves them all."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec import Raw

from chatdock import clock
from chatdock.ids import BLOB, FILE, ITEM, RUN, SESSION, THREAD, new_id
from chatdock.storage.base import Changes, Scoped, Store
from chatdock.types.actor import Scope
from chatdock.types.attachment import StoredFile
from chatdock.types.content import InferenceOptions, InputText
from chatdock.types.item import HiddenContext, Item, UserMessage
from chatdock.types.page import Page, PageQuery
from chatdock.types.run import Run
from chatdock.types.session import (
    Configuration,
    HistoryConfiguration,
    Session,
    TitlingConfiguration,
    UploadConfiguration,
)
from chatdock.types.thread import Active, Thread
from chatdock.types.wire import decode

_instants = itertools.count()


def later() -> datetime:
    """An instant behind every other one a test has made, so that creation order is known."""
    return clock.now() + timedelta(milliseconds=next(_instants))


@dataclass
class World:
    """A store, and one scope in it to work in."""

    store: Store
    project: str = field(default_factory=lambda: new_id("proj_"))
    user: str = "user-1"
    workflow: str = "wf_a"

    @property
    def scope(self) -> Scope:
        return Scope(project=self.project, user=self.user, workflow=self.workflow)

    @property
    def scoped(self) -> Scoped:
        return self.store.scoped(self.scope)

    @property
    def whole_project(self) -> Scoped:
        """What a server key reaches."""
        return self.store.scoped(Scope(project=self.project))

    def beside(self, **other: str) -> "World":
        """The same store, with another project, user or workflow."""
        return World(self.store, **{"project": self.project, "user": self.user, "workflow": self.workflow, **other})

    def thread(self, **fields: Any) -> Thread:
        given = {"id": new_id(THREAD), "created_at": later(), "status": Active(), "metadata": {}, **fields}
        return Thread(user=self.user, workflow_id=self.workflow, **given)

    def run(self, thread: Thread, **fields: Any) -> Run:
        now = later()
        given = {
            "id": new_id(RUN),
            "workflow_version": "1",
            "session_id": None,
            "status": "in_progress",
            "created_at": now,
            "expires_at": now + timedelta(seconds=600),
            "last_seq": 0,
            "request": {"type": "threads.create"},
            **fields,
        }
        return Run(thread_id=thread.id, user=self.user, workflow_id=self.workflow, **given)

    def session(self, **fields: Any) -> Session:
        now = clock.now()
        given = {
            "id": new_id(SESSION),
            "project": self.project,
            "user": self.user,
            "workflow_id": self.workflow,
            "workflow_version": "1",
            "state_variables": {"plan": "pro"},
            "tracing": True,
            "configuration": Configuration(
                automatic_thread_titling=TitlingConfiguration(),
                file_upload=UploadConfiguration(),
                history=HistoryConfiguration(),
            ),
            "max_requests_per_minute": 10,
            "created_at": now,
            "expires_at": now + timedelta(seconds=600),
            "status": "active",
            "key_id": "key-1",
            "origins": [],
            **fields,
        }
        return Session(**given)

    def file(self, **fields: Any) -> StoredFile:
        given = {
            "id": new_id(FILE),
            "session_id": "cksess_1",
            "name": "holiday.png",
            "mime_type": "image/png",
            "size_bytes": 100,
            "kind": "image",
            "created_at": later(),
            "blob_id": new_id(BLOB),
            **fields,
        }
        return StoredFile(**given)

    async def new_thread(self, *texts: str, **fields: Any) -> Thread:
        """A thread with these messages, committed."""
        thread = self.thread(**fields)
        items = [message(thread, text) for text in texts]
        await self.scoped.commit(Changes(thread_id=thread.id, create_thread=thread, put_items=items))
        return thread

    async def put(self, thread: Thread, *items: Item) -> None:
        await self.scoped.commit(Changes(thread_id=thread.id, put_items=items))

    async def texts(self, thread: Thread, query: PageQuery | None = None) -> list[str]:
        """The words of a page, oldest first unless the query says otherwise."""
        page = await self.scoped.items.page(thread.id, query or PageQuery(limit=1000, order="asc"))
        return texts_of(page)

    async def new_file(self, **fields: Any) -> StoredFile:
        file = self.file(**fields)
        await self.scoped.files.add(file)
        return file


def message(thread: Thread, text: str, **fields: Any) -> UserMessage:
    given = {"id": new_id(ITEM), "created_at": later(), "content": [InputText(text=text)], **fields}
    return UserMessage(thread_id=thread.id, attachments=[], inference_options=InferenceOptions(), **given)


def hidden(thread: Thread, content: Any = "secret", **fields: Any) -> HiddenContext:
    return HiddenContext(id=new_id(ITEM), thread_id=thread.id, created_at=later(), content=content, **fields)


def text_of(item: Item) -> str:
    assert isinstance(item, UserMessage)
    part = item.content[0]
    assert isinstance(part, InputText)
    return part.text


def texts_of(page: Page[Raw]) -> list[str]:
    return [text_of(decode(bytes(raw), UserMessage)) for raw in page.data]


def ids_of(page: Page[Any]) -> list[str]:
    return [record.id for record in page.data]

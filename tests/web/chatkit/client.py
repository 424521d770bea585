"""A chat client for tests: what a widget sends, over HTTP, and what the reference's own models make of the answer."""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import openai
from pydantic import TypeAdapter

from servers.service import Service

with warnings.catch_warnings():  # the reference deprecates widget classes that its own types are made of
    warnings.simplefilter("ignore", DeprecationWarning)
    from chatkit.types import ThreadStreamEvent

EVENTS: TypeAdapter[Any] = TypeAdapter(ThreadStreamEvent)


def message(text: str, **fields: Any) -> dict[str, Any]:
    """A UserMessageInput."""
    return {"content": [{"type": "input_text", "text": text}], "attachments": [], "inference_options": {}, **fields}


class Chat:
    """One user with one session."""

    def __init__(self, service: Service, user: str = "ada", workflow: str = "wf_gallery", **session: Any) -> None:
        self.url = service.url
        self.api = openai.OpenAI(api_key=service.key, base_url=f"{service.url}/v1", max_retries=0)
        session.setdefault("rate_limits", {"max_requests_per_1_minute": 1_000})
        variables = session.pop("state_variables", {})
        self.session = self.api.beta.chatkit.sessions.create(
            user=user, workflow={"id": workflow, "state_variables": variables}, **session
        )
        self.headers = {"authorization": f"Bearer {self.session.client_secret}"}
        self.http = httpx.Client(base_url=service.url, headers=self.headers, timeout=30)

    def at(self, service: Service) -> httpx.Client:
        """The same session at another replica. Close it, or use it in a `with`."""
        return httpx.Client(base_url=service.url, headers=self.headers, timeout=30)

    def close(self) -> None:
        """Ends both clients' connections."""
        self.api.close()
        self.http.close()

    def post(self, op: str, metadata: dict[str, Any] | None = None, **params: Any) -> httpx.Response:
        """Any operation, read to its end."""
        body: dict[str, Any] = {"type": op, "params": params}
        if metadata is not None:
            body["metadata"] = metadata
        return self.http.post("/chatkit", json=body)

    def ask(self, op: str, **params: Any) -> Any:
        """A JSON operation that must succeed."""
        answer = self.post(op, **params)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        return answer.json()

    def stream(self, op: str, metadata: dict[str, Any] | None = None, **params: Any) -> list[dict[str, Any]]:
        """A streaming operation's events; each must be one that the reference's own models accept."""
        answer = self.post(op, metadata, **params)
        assert answer.status_code == 200, answer.text
        return events(answer.text)

    def say(self, text: str, thread_id: str | None = None, **fields: Any) -> list[dict[str, Any]]:
        """A message in a new thread, or in that one."""
        if thread_id is None:
            return self.stream("threads.create", input=message(text, **fields))
        return self.stream("threads.add_user_message", thread_id=thread_id, input=message(text, **fields))

    @contextmanager
    def open(self, op: str, headers: dict[str, str] | None = None, **params: Any) -> Iterator[httpx.Response]:
        """A streaming operation that is still running."""
        metadata = params.pop("metadata", None)
        body: dict[str, Any] = {"type": op, "params": params, **({"metadata": metadata} if metadata else {})}
        with self.http.stream("POST", "/chatkit", json=body, headers=headers or {}) as response:
            yield response


def events(text: str) -> list[dict[str, Any]]:
    """Plain ChatKit bytes: nothing but `data:` frames."""
    assert text.endswith("\n\n"), text[-100:]
    parsed = []
    for block in text.removesuffix("\n\n").split("\n\n"):
        assert block.startswith("data: ") and "\n" not in block, block
        event = json.loads(block[6:])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            EVENTS.validate_python(event)
        parsed.append(event)
    return parsed


def thread_of(stream: list[dict[str, Any]]) -> str:
    """The id of the thread that this stream created."""
    assert stream[0]["type"] == "thread.created"
    return str(stream[0]["thread"]["id"])


def items_of(stream: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The finished items of a kind."""
    return [e["item"] for e in stream if e["type"] == "thread.item.done" and e["item"]["type"] == kind]


def answer_of(stream: list[dict[str, Any]]) -> str:
    """The text of the last assistant message."""
    return str(items_of(stream, "assistant_message")[-1]["content"][0]["text"])

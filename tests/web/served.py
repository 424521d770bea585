"""A real service for tests: the whole app behind a real uvicorn on a free port, with its parts within reach."""

import asyncio
import base64
import contextlib
import hashlib
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import openai
import uvicorn
from starlette.applications import Starlette

from chatdock.app import create_app
from chatdock.settings import Settings
from chatdock.web.parts import Parts
from chatdock.web.protocol import ChatdockProtocol

T = TypeVar("T")

SERVER_KEY = "a-server-key-for-tests-0123456789"
SIGNING_KEY = hashlib.sha256(b"a signing key for tests").digest()
APP_ORIGIN = "https://app.example.com"


class _Server(uvicorn.Server):
    loop: asyncio.AbstractEventLoop

    async def startup(self, sockets: list[Any] | None = None) -> None:  # type: ignore[override]
        self.loop = asyncio.get_running_loop()
        await super().startup(sockets)


class Served:
    """`url` is where it is; `on_loop` runs something beside its handlers."""

    def __init__(self, app: Starlette, server: _Server, url: str) -> None:
        self._app = app
        self._server = server
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=20)
        self._clients: list[openai.OpenAI] = []

    @property
    def parts(self) -> Parts:
        """The app's own parts."""
        parts: Parts = self._app.parts
        return parts

    def on_loop(self, call: Callable[[Parts], Awaitable[T]]) -> T:
        """The result of `call`, awaited on the server's loop."""

        async def run() -> T:
            return await call(self.parts)

        return asyncio.run_coroutine_threadsafe(run(), self._server.loop).result(20)

    def sdk(self, key: str = SERVER_KEY, **options: Any) -> openai.OpenAI:
        """The stock SDK, pointed here."""
        client = openai.OpenAI(api_key=key, base_url=f"{self.url}/v1", max_retries=0, **options)
        self._clients.append(client)
        return client

    def close(self) -> None:
        """Closes every client this handed out."""
        for client in (self.http, *self._clients):
            client.close()

    def mint(self, user: str = "ada", workflow: str = "wf_gallery", **body: Any) -> dict[str, Any]:
        """A session, minted as a customer's backend does."""
        answer = self.http.post(
            "/v1/chatkit/sessions",
            json={"user": user, "workflow": {"id": workflow}, **body},
            headers={"authorization": f"Bearer {SERVER_KEY}"},
        )
        assert answer.status_code == 200, answer.text
        session: dict[str, Any] = answer.json()
        return session

    def chat(self, secret: str, kind: str, params: dict[str, Any], **headers: str) -> httpx.Response:
        """One operation of the chat protocol, its whole answer."""
        return self.http.post(
            "/chatkit",
            json={"type": kind, "params": params},
            headers={"authorization": f"Bearer {secret}", **headers},
        )


def settings(data_dir: Path, **overrides: Any) -> Settings:
    """What most tests need."""
    values: dict[str, Any] = {
        "data_dir": data_dir,
        "database_url": "sqlite:///:memory:",
        "api_key": SERVER_KEY,
        "signing_keys": "t:" + base64.b64encode(SIGNING_KEY).decode(),
        "allowed_origins": (APP_ORIGIN, "https://*.preview.example.com"),
        "address_requests_per_minute": 1_000_000,
        "user_requests_per_minute": 1_000_000,
    }
    return Settings(**{**values, **overrides})


@contextlib.contextmanager
def serving(configured: Settings) -> Iterator[Served]:
    """Serves until the block ends."""
    app = create_app(configured)
    config = uvicorn.Config(
        app,
        http=ChatdockProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the service did not start"
        time.sleep(0.01)
    served = Served(app, server, f"http://127.0.0.1:{listener.getsockname()[1]}")
    try:
        yield served
    finally:
        served.close()
        server.should_exit = True
        thread.join(20)


def text_message(text: str) -> dict[str, Any]:
    """A user message's input."""
    return {"content": [{"type": "input_text", "text": text}], "attachments": [], "inference_options": {}}

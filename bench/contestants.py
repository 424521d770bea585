"""Who is measured: how each server is started and how a client of it asks to chat, mint and page."""

import base64
import http.client
import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.jobs import Request
from bench.processes import (
    LOAD_CORE,
    ROOT,
    SERVER_CORE,
    BenchError,
    Process,
    free_port,
    own_module,
    run_script,
    serving,
    talking,
)

CHATDOCK = "Chatdock"
CHATKIT_PYTHON = "chatkit-python"
CEILING = "bare ASGI"
SSE_STARLETTE = "sse-starlette"
WORKFLOW_ID = "wf_bench"
STREAMS_PER_SESSION = 64
_WORKFLOW_YAML = """\
id: wf_bench
name: Bench
model: openai_responses/bench-1
instructions: You are a helpful assistant.
"""
_REQUESTS_PER_MINUTE = 1_000_000
_SESSION_SECONDS = 600


@dataclass
class Contestant:
    """A server that speaks the ChatKit protocol without authorisation, as chatkit-python and the ceiling do."""

    name: str
    process: Process

    def chat(self, text: str, sessions: int = 1) -> list[Request]:
        """`threads.create` with a text, once for each of as many sessions."""
        return [self.post({"type": "threads.create", "params": {"input": user_input(text)}})] * sessions

    # A request of the protocol is JSON: its values are of any type.
    def post(self, operation: dict[str, object], session: int = 0) -> Request:
        """Any operation of the protocol."""
        return Request(path="/chatkit", headers=self.headers(session), body=json.dumps(operation))

    def headers(self, session: int) -> dict[str, str]:
        return {}

    def mint(self) -> Request:
        """What a customer's backend sends to open a session."""
        body = {"user": "bench-user", "workflow": {"id": WORKFLOW_ID}}
        headers = {"authorization": "Bearer sk-bench", "openai-beta": "chatkit_beta=v1"}
        return Request(path="/v1/chatkit/sessions", headers=headers, body=json.dumps(body))

    def poll(self) -> Request:
        """The cheapest thing to ask."""
        return Request(method="GET", path="/healthz")


@dataclass
class Chatdock(Contestant):
    """Our own server: a session first, then its secret with every request."""

    api_key: str
    signing_keys: str
    env: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)

    def chat(self, text: str, sessions: int = 1) -> list[Request]:
        operation: dict[str, object] = {"type": "threads.create", "params": {"input": user_input(text)}}
        return [self.post(operation, session) for session in range(sessions)]

    def headers(self, session: int) -> dict[str, str]:
        while len(self.secrets) <= session:
            self.secrets.append(self._new_secret(f"bench-{len(self.secrets)}"))
        return {"authorization": f"Bearer {self.secrets[session]}"}

    def mint(self) -> Request:
        return self._mint_for("bench-user")

    def _mint_for(self, user: str) -> Request:
        body = {
            "user": user,
            "workflow": {"id": WORKFLOW_ID},
            "expires_after": {"anchor": "created_at", "seconds": _SESSION_SECONDS},
            "rate_limits": {"max_requests_per_1_minute": _REQUESTS_PER_MINUTE},
            # A title would be a second call to the model, which the peer does not make.
            "chatkit_configuration": {"automatic_thread_titling": {"enabled": False}},
        }
        headers = {"authorization": f"Bearer {self.api_key}", "openai-beta": "chatkit_beta=v1"}
        return Request(path="/v1/chatkit/sessions", headers=headers, body=json.dumps(body))

    def _new_secret(self, user: str) -> str:
        return str(json.loads(ask(self.process.port, self._mint_for(user)))["client_secret"])


def user_input(text: str) -> dict[str, object]:
    """A `UserMessageInput`."""
    return {"content": [{"type": "input_text", "text": text}], "attachments": [], "inference_options": {}}


def ask(port: int, request: Request) -> bytes:
    """Send one request from the harness and return the body of its 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        headers = {"content-type": "application/json", **request.headers}
        connection.request(request.method, request.path, request.body or None, headers)
        reply = connection.getresponse()
        body = reply.read()
    finally:
        connection.close()
    if reply.status != 200:
        raise BenchError(f"{request.method} {request.path} answered {reply.status}: {body[:400]!r}")
    return body


@contextmanager
def chatkit_python(upstream: Process) -> Iterator[Contestant]:
    """The peer."""
    port = free_port()
    argv = own_module("bench.peers.chatkit_python", "--port", str(port))
    with serving("chatkit_python", argv, port=port, core=SERVER_CORE, env=_upstream_env(upstream)) as process:
        yield Contestant(CHATKIT_PYTHON, process)


@contextmanager
def ceiling() -> Iterator[Contestant]:
    """The bare ASGI app."""
    port = free_port()
    argv = own_module("bench.peers.ceiling", "--port", str(port))
    with serving("ceiling", argv, port=port, core=SERVER_CORE) as process:
        yield Contestant(CEILING, process)


@contextmanager
def sse_starlette() -> Iterator[Contestant]:
    """Idle streams only."""
    port = free_port()
    argv = own_module("bench.peers.sse_starlette_idle", "--port", str(port))
    with serving("sse_starlette", argv, port=port, core=SERVER_CORE) as process:
        yield Contestant(SSE_STARLETTE, process)


@contextmanager
def chatdock(
    upstream: Process, database_url: str | None = None, *, env: Mapping[str, str] | None = None
) -> Iterator[Chatdock]:
    """`chatdock serve` with a SQLite file of its own, or with another `database_url`, or whatever `env` says."""
    more = env or {}
    port = free_port()
    api_key = f"sk-{secrets.token_hex(24)}"
    with tempfile.TemporaryDirectory(prefix="chatdock-bench-") as directory:
        env = _chatdock_env(Path(directory), port, api_key, database_url) | _upstream_env(upstream) | dict(more)
        # As its guide says to install it: the schema is made once, and no start afterwards pays for that.
        if not env["DATABASE_URL"].endswith(":memory:"):
            run_script([chatdock_python(), "-m", "chatdock", "migrate"], question="", env=env)
        argv = [chatdock_python(), "-m", "chatdock", "serve"]
        with serving("chatdock", argv, port=port, core=SERVER_CORE, env=env) as process:
            yield Chatdock(CHATDOCK, process, api_key, env["CHATDOCK_SIGNING_KEYS"], env)


@contextmanager
def beside(first: Chatdock) -> Iterator[Chatdock]:
    """Another replica of the same service, which knows the same sessions."""
    port = free_port()
    env = first.env | {"PORT": str(port)}
    argv = [chatdock_python(), "-m", "chatdock", "serve"]
    with serving("chatdock-2", argv, port=port, core=SERVER_CORE, env=env) as process:
        yield Chatdock(CHATDOCK, process, first.api_key, first.signing_keys, env)


@contextmanager
def backends() -> Iterator[dict[str, str]]:
    """A PostgreSQL and a Redis, as the environment names them; they share the load's core."""
    argv = [chatdock_python(), str(ROOT / "bench" / "backends.py")]
    with talking(argv, core=LOAD_CORE) as line:
        yield json.loads(line)


def chatdock_python() -> str:
    """The interpreter of the project's own environment; `BENCH_CHATDOCK_PYTHON` names another."""
    return os.environ.get("BENCH_CHATDOCK_PYTHON", str(ROOT / ".venv" / "bin" / "python"))


def _chatdock_env(directory: Path, port: int, api_key: str, database_url: str | None) -> dict[str, str]:
    workflows = directory / "workflows"
    workflows.mkdir()
    (workflows / "bench.yaml").write_text(_WORKFLOW_YAML)
    return {
        "PYTHONPATH": str(ROOT / "server"),
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "CHATDOCK_DATA_DIR": str(directory / "data"),
        "DATABASE_URL": database_url or f"sqlite:///{directory / 'bench.db'}",
        "CHATDOCK_API_KEY": api_key,
        "CHATDOCK_SIGNING_KEYS": f"bench:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        # The limits stay in the path; only their numbers are out of the way.
        "CHATDOCK_USER_REQUESTS_PER_MINUTE": str(_REQUESTS_PER_MINUTE),
        "CHATDOCK_ADDRESS_REQUESTS_PER_MINUTE": str(_REQUESTS_PER_MINUTE),
        "CHATDOCK_STREAMS_PER_SESSION": str(STREAMS_PER_SESSION),
        "CHATDOCK_STREAMS_PER_USER": str(STREAMS_PER_SESSION),
        "CHATDOCK_MODEL": "openai_responses/bench-1",
        "CHATDOCK_WORKFLOWS": str(workflows),
        "LOG_LEVEL": "warning",
    }


def _upstream_env(upstream: Process) -> dict[str, str]:
    return {"OPENAI_BASE_URL": f"http://127.0.0.1:{upstream.port}/v1", "OPENAI_API_KEY": "sk-upstream"}

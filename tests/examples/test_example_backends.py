"""The backends under `examples/`, each as its own process, mint sessions that the real service accepts."""

import http.client
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from servers.processes import free_port
from servers.service import Service, running

EXAMPLES = Path(__file__).parents[2] / "examples"
START_SECONDS = 60.0  # on a busy machine; it takes about two
STOP_SECONDS = 10.0
BACKENDS = {
    "starlette": ["-m", "uvicorn", "--app-dir", str(EXAMPLES), "backend_starlette:app", "--port"],
    "plain": [str(EXAMPLES / "backend_plain.py")],
}


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that also knows the example workflows."""
    environment = {"CHATDOCK_WORKFLOWS": str(EXAMPLES / "workflows")}
    with running(tmp_path_factory.mktemp("service"), environment=environment) as started:
        yield started


@pytest.fixture(scope="module", params=list(BACKENDS))
def backend(request: pytest.FixtureRequest, chat: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one example, told of the service as its docstring says."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "CHATDOCK_URL": chat.url,
        "CHATDOCK_API_KEY": chat.key,
        "CHATDOCK_WORKFLOW": "wf_booking",
    }
    log = tmp_path_factory.mktemp("backend") / "log"
    with process([sys.executable, *BACKENDS[request.param], str(port)], environment, log):
        until = time.monotonic() + START_SECONDS
        while not is_listening(port):
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def process(command: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    """A process for the length of the block."""
    with log.open("wb") as out:
        started = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        yield
    finally:
        started.terminate()
        started.wait(STOP_SECONDS)


def is_listening(port: int) -> bool:
    """Whether somebody answers there, whatever the answer is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def post(url: str, headers: dict[str, str], body: Any = None) -> tuple[int, bytes]:
    """The status and the body of the answer."""
    data = b"" if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json", **headers}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_a_signed_in_user_gets_a_secret_that_opens_the_chat(backend: str, chat: Service) -> None:
    status, body = post(f"{backend}/chat-session", {"cookie": "user=ada"})
    assert status == 200
    secret = json.loads(body)["client_secret"]
    message = {
        "content": [{"type": "input_text", "text": "A table, please"}],
        "attachments": [],
        "inference_options": {},
    }
    status, stream = post(
        f"{chat.url}/chatkit",
        {"authorization": f"Bearer {secret}"},
        {"type": "threads.create", "params": {"input": message}},
    )
    assert status == 200
    assert b'"type":"structured_input"' in stream and b"Which evening?" in stream


def test_nobody_gets_a_secret_without_signing_in(backend: str) -> None:
    assert post(f"{backend}/chat-session", {})[0] == 401

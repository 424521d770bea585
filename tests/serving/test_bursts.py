"""Long answers from a model that is faster than the service, and than some readers: all get every word, to the end."""

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fakes.upstream import Answer, FakeUpstream
from models.apis import RESPONSES
from servers.postgres import Postgres
from servers.redis import RedisServer
from servers.service import Service, running
from serving.test_recovery import text_of
from serving.test_replicas import RESUMABLE, WAIT_SECONDS, posting
from serving.test_upstream import Upstream
from web.chatkit.client import Chat

STREAMS_EACH = 4
SLICE_BYTES = 64 * 1024
WORDS = [f"word{n} " for n in range(8_000)]  # two megabytes of the model's own events for each answer
MANY_WORDS = [f"word{n} " for n in range(30_000)]  # seven megabytes of frames: more than all buffers on the way hold
RECEIVE_BYTES = 16 * 1024
IDLE_SECONDS = 10.0  # half a minute, and it is cut off
UNTITLED = {"automatic_thread_titling": {"enabled": False}}


@pytest.fixture(scope="module")
def upstream() -> Iterator[FakeUpstream]:
    with Upstream(Answer(RESPONSES.text(*WORDS), slice_bytes=SLICE_BYTES)) as started:
        yield started


@pytest.fixture(params=["alone", "replicated"])
def service(request: pytest.FixtureRequest, tmp_path: Path, upstream: FakeUpstream) -> Iterator[Service]:
    environment = {
        "OPENAI_API_KEY": "sk-up",
        "OPENAI_BASE_URL": upstream.url,
        "CHATDOCK_MODEL": "openai_responses/m",
    }
    if request.param == "replicated":
        postgres: Postgres = request.getfixturevalue("postgres")
        redis_server: RedisServer = request.getfixturevalue("redis_server")
        environment |= {"DATABASE_URL": postgres.create_database(), "REDIS_URL": redis_server.url}
    with running(tmp_path, environment=environment) as started:
        yield started


class Lazy:
    """A viewer with a small window that has asked, and reads when it is told to."""

    def __init__(self, chat: Chat, run_id: str) -> None:
        address = urlsplit(chat.url)
        self._connection = http.client.HTTPConnection(str(address.hostname), address.port)
        self._connection.sock = socket.socket()
        self._connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self._connection.sock.settimeout(WAIT_SECONDS)
        self._connection.sock.connect((address.hostname, address.port))
        headers = {**RESUMABLE, "authorization": chat.http.headers["authorization"]}
        self._connection.request("GET", f"/v1/chatkit/runs/{run_id}/events", headers=headers)

    def read_all(self) -> str:
        """To the end of the body."""
        with self._connection.getresponse() as response:
            return response.read().decode()

    def close(self) -> None:
        """Goes away."""
        self._connection.close()


@pytest.fixture
def chats(service: Service) -> Iterator[list[Chat]]:
    users = [Chat(service, user, workflow="wf_demo", chatkit_configuration=UNTITLED) for user in ("ann", "bob", "cy")]
    yield users
    for chat in users:
        chat.close()


def test_every_answer_of_a_burst_arrives_whole(chats: list[Chat]) -> None:
    readers = [posting(chat, chat.http, "Tell me everything") for chat in chats for _ in range(STREAMS_EACH)]
    for reader in readers:
        reader.join(90)
        assert not reader.is_alive(), f"{len(reader.text)} characters, then nothing more"
    for reader in readers:
        assert text_of(reader) == "".join(WORDS), reader.text[-2000:]


def test_who_does_not_read_for_a_while_misses_nothing_and_holds_up_nobody(
    chats: list[Chat], upstream: FakeUpstream
) -> None:
    upstream.play(Answer(RESPONSES.text(*MANY_WORDS), slice_bytes=SLICE_BYTES))
    reader = posting(chats[0], chats[0].http, "Tell me everything").wait_for("word0 ")
    lazy = Lazy(chats[0], reader.run_id)
    try:
        reader.join(IDLE_SECONDS)  # to its end, as a rule, while the other one has not read a byte
        seen = lazy.read_all()
    finally:
        lazy.close()
    reader.join(90)
    assert text_of(reader) == "".join(MANY_WORDS)
    assert ids(seen) == ids(reader.text)


def ids(text: str) -> list[str]:
    """Of the frames."""
    return [line for line in text.split("\n") if line.startswith("id: ")]

"""Many long answers at once from a model that is faster than the service: every reader gets every word, to the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.upstream import Answer, FakeUpstream
from models.apis import RESPONSES
from servers.postgres import Postgres
from servers.redis import RedisServer
from servers.service import Service, running
from serving.test_recovery import text_of
from serving.test_replicas import posting
from serving.test_upstream import Upstream
from web.chatkit.client import Chat

STREAMS_EACH = 4
WORDS = [f"word{n} " for n in range(8_000)]  # two megabytes of the model's own events for each answer
UNTITLED = {"automatic_thread_titling": {"enabled": False}}


@pytest.fixture(scope="module")
def upstream() -> Iterator[FakeUpstream]:
    with Upstream(Answer(RESPONSES.text(*WORDS), slice_bytes=64 * 1024)) as started:
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

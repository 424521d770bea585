"""Two processes sweep one database, even both at once: what is over its time goes once, and nobody errs."""

import asyncio
import json
import time
from collections import Counter
from pathlib import Path

import pytest

from servers.cluster import Cluster, cluster
from servers.postgres import Postgres
from servers.redis import RedisServer
from serving.test_replicas import Reader, until
from storage import raw
from web.chatkit.client import Chat, thread_of

AT_ONCE = 10
DAY_MICROS = 86_400_000_000
CONTENT = b"swept with its conversation"
UPLOADS = {"file_upload": {"enabled": True, "max_file_size": 1, "max_files": 10}}
WAIT_SECONDS = 120.0
# A replica that has swept holds the lease for half a minute; it ends here all the time, so that both sweep at once.
LAPSE = "UPDATE leases SET expires_at = 0 WHERE name = 'sweeper'"
AGE = ("UPDATE items SET created_at = created_at - $1 WHERE thread_id = ANY($2)",)
AGE += ("UPDATE threads SET created_at = created_at - $1 WHERE id = ANY($2)",)


def said(cluster: Cluster) -> list[list[dict[str, object]]]:
    """What each replica's log has."""
    logs = [replica.log.read_text().splitlines() for replica in cluster.replicas]
    return [[json.loads(line) for line in log if line.startswith("{") and line.endswith("}")] for log in logs]


def swept(cluster: Cluster) -> list[int]:
    """How many threads each replica says it has removed."""
    return [sum(int(str(line["threads"])) for line in log if line["message"] == "swept") for log in said(cluster)]


async def age(url: str, threads: list[str]) -> None:
    for statement in AGE:
        await raw.fetch(url, statement, 2 * DAY_MICROS, threads)


async def lapse_until_gone(url: str, threads: list[str]) -> None:
    count = "SELECT count(*) FROM threads WHERE id = ANY($1)"
    async with asyncio.timeout(WAIT_SECONDS):
        while (await raw.fetch(url, count, threads))[0][0]:
            await raw.fetch(url, LAPSE)


@pytest.mark.timeout(600)
def test_what_is_over_its_time_is_removed_once_while_two_processes_sweep(
    tmp_path: Path, postgres: Postgres, redis_server: RedisServer
) -> None:
    url = postgres.create_database()
    environment = {
        "CHATDOCK_SWEEP_SECONDS": "0.2",
        "CHATDOCK_KEEP_THREADS_DAYS": "1",
        "CHATDOCK_USER_REQUESTS_PER_MINUTE": "100000",
    }
    with cluster(tmp_path, url, redis_server.url, environment=environment) as replicas:
        chat = Chat(replicas[0], "swept", chatkit_configuration=UPLOADS)
        young = thread_of(chat.say("I stay."))
        with chat.at(replicas[1]) as elsewhere:
            feed = Reader(elsewhere, "GET", "/v1/chatkit/events")
            feed.start()
            feed.wait_for("stream.ready")
            removed: list[str] = []
            deadline = time.monotonic() + WAIT_SECONDS
            while not all(swept(replicas)):
                assert time.monotonic() < deadline, f"both sweep: {swept(replicas)}"
                batch = [thread_of(_say(chat, number)) for number in range(AT_ONCE)]
                removed += batch
                asyncio.run(age(url, batch))
                asyncio.run(lapse_until_gone(url, batch))
                until(lambda so_far=tuple(removed): sum(swept(replicas)) >= len(so_far))
            until(lambda: removed[-1] in _deleted(feed) and len(_deleted(feed)) >= len(removed))
            assert sum(swept(replicas)) == len(removed), "each by one of them"
            assert _deleted(feed) == Counter(removed), "and its user's tabs were told once"
        until(lambda: not _content(tmp_path))
        assert [thread["id"] for thread in chat.ask("threads.list")["data"]] == [young]
        for log in said(replicas):
            assert [line for line in log if line["level"] in ("warning", "error")] == []
        chat.close()


def _say(chat: Chat, number: int) -> list[dict[str, object]]:
    """Every other one with a file."""
    files = {"file": ("a.txt", CONTENT)}
    sent = [chat.http.post("/v1/chatkit/files", files=files).json()["id"]] if number % 2 else []
    return chat.say("I am old.", attachments=sent)


def _deleted(feed: Reader) -> Counter[str]:
    events = [json.loads(line[6:]) for line in feed.text.rpartition("\n\n")[0].split("\n") if line.startswith("data: ")]
    return Counter(event["thread_id"] for event in events if event["type"] == "thread.deleted")


def _content(folder: Path) -> list[Path]:
    """Files with what was uploaded."""
    found = []
    for path in (folder / "data").rglob("*"):
        try:
            found += [path] if path.is_file() and path.read_bytes() == CONTENT else []
        except FileNotFoundError:  # just now
            continue
    return found

"""A word planted wherever a user can leave one is found nowhere once the user is erased."""

import asyncio
import contextlib
import json
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis as redis_client

from cli.command import Command
from servers.cluster import cluster
from servers.postgres import Postgres
from servers.redis import RedisServer
from servers.service import Service, running
from storage import raw
from web.chatkit.client import Chat, message

WORD = "qzxcanaryxzq"
USER = f"{WORD}-user@example.com"
UPLOADS = {"file_upload": {"enabled": True, "max_file_size": 1, "max_files": 10}}
STRANGER = "eve"
KEPT = "wordsofsomebodyelse"
WAIT_SECONDS = 60.0
IN_REDIS_SECONDS = 30.0  # less than a minute, after which what is counted for the limits goes by itself
SHARING = {"CHATDOCK_SHARING": "on"}
READ = {"type": "threads.get_by_id", "params": {"thread_id": "whatever"}}
TABLES = {"sessions", "threads", "items", "runs", "files", "shares", "search_texts", "webhook_deliveries"}


def plant(server: Service) -> str:
    """The word in every field a user, a page, an answer or a backend can fill; gives a link that shares it."""
    backend = httpx.Client(base_url=server.url, headers={"authorization": f"Bearer {server.key}"}, timeout=60)
    events = ["thread.created", "run.completed", "run.failed", "run.requires_action", "feedback.created"]
    hook = {"url": "https://127.0.0.1:9/refused", "events": events, "include_text": True}
    assert backend.post("/v1/chatkit/webhooks", json=hook).status_code == 200
    chat = Chat(server, USER, state_variables={WORD: WORD}, chatkit_configuration=UPLOADS)
    files = {"file": (f"{WORD}.txt", f"{WORD} in a file".encode())}
    sent = chat.http.post("/v1/chatkit/files", files=files).json()
    loose = chat.http.post("/v1/chatkit/files", files=files)
    assert loose.status_code == 200
    stream = chat.say(f"{WORD} said", attachments=[sent["id"]], quoted_text=f"{WORD} quoted")
    thread_id = stream[0]["thread"]["id"]
    for text in (
        f"/title {WORD}",
        f"/hidden {WORD}",
        f"/progress {WORD}",
        f"/notice {WORD}",
        f"/error {WORD}",
        f'/widget-json {{"type": "Card", "children": [{{"type": "Text", "value": "{WORD}"}}]}}',
        f'/client-tool {WORD} {{"{WORD}": "{WORD}"}}',
    ):
        chat.say(text, thread_id)
    chat.stream("threads.add_client_tool_output", thread_id=thread_id, result={WORD: WORD})
    asked = {"thread_id": thread_id, "input": {WORD: WORD}, "metadata": {WORD: WORD}}
    run = backend.post("/v1/chatkit/runs", json=asked, headers={"idempotency-key": WORD}).json()
    backend.get(f"/v1/chatkit/runs/{run['id']}/events")
    assert WORD in backend.get("/v1/chatkit/webhook_deliveries").text
    backend.close()
    asked_first = next(each["id"] for each in chat.ask("items.list", thread_id=thread_id, order="asc")["data"])
    marks = {"pinned": True, "read_through": asked_first}
    assert chat.http.post(f"/v1/chatkit/threads/{thread_id}/marks", json=marks).status_code == 200
    link = chat.http.post(f"/v1/chatkit/threads/{thread_id}/shares").json()["url"]
    assert WORD in httpx.post(link, json=READ, timeout=WAIT_SECONDS).text
    assert WORD in chat.http.post("/v1/chatkit/search", json={"query": WORD[:6]}).text
    edited = {"thread_id": thread_id, "item_id": asked_first, "input": message(f"{WORD} edited")}
    op = {"type": "chatdock.edit_user_message", "params": edited}
    assert chat.http.post("/chatkit", json=op, headers={"x-chatdock-client": "test"}).status_code == 200
    chat.say(f"/lock {WORD}", thread_id)
    item = next(each["item"] for each in stream if each["type"] == "thread.item.done")
    chat.ask("items.feedback", thread_id=thread_id, item_ids=[item["id"]], kind="positive")
    chat.ask("threads.update", thread_id=thread_id, title=f"{WORD} again")
    chat.say(f"/text 3 1 {WORD}")
    chat.close()
    other = Chat(server, STRANGER)
    other.say(KEPT)
    other.close()
    return str(link)


def erase(server: Service) -> dict[str, Any]:
    """Over REST, as a backend does."""
    answer = httpx.delete(
        f"{server.url}/v1/chatkit/users/{USER}", headers={"authorization": f"Bearer {server.key}"}, timeout=60
    )
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def places_on_disk(folder: Path, word: str) -> list[str]:
    """Files under the folder whose name or content has the word."""
    found = [str(path) for path in folder.rglob("*") if word in path.name]
    return found + [str(path) for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]


async def rows_with(url: str, word: str) -> list[str]:
    """Tables of a PostgreSQL database in which a row has the word."""
    tables = await raw.fetch(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found = []
    for (table,) in tables:
        rows = await raw.fetch(url, f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE $1', f"%{word}%")
        found += [table] if rows[0][0] else []
    return found


def dump_of(url: str) -> bytes:
    """What Redis would leave on a disk, uncompressed."""
    with redis_client.Redis.from_url(url) as client:
        client.config_set("rdbcompression", "no")
        client.save()
        folder = Path(client.config_get("dir")["dir"])
        dump = folder / client.config_get("dbfilename")["dbfilename"]
        content = dump.read_bytes()
        dump.unlink()
        return content


def test_an_erased_user_leaves_nothing_in_a_sqlite_file_its_log_the_uploads_or_the_logs(tmp_path: Path) -> None:
    with running(tmp_path, environment=SHARING) as server:
        link = plant(server)
        assert places_on_disk(tmp_path, WORD), "it was there"
        told = erase(server)
        assert (told["threads"], told["sessions"], told["files"]) == (2, 1, 1)
        assert httpx.post(link, json=READ, timeout=WAIT_SECONDS).status_code == 404
        assert places_on_disk(tmp_path, WORD) == []
        assert places_on_disk(tmp_path, KEPT), "and nobody else's words went"
        with contextlib.closing(sqlite3.connect(next(tmp_path.rglob("chatdock.db")))) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert places_on_disk(tmp_path, WORD) == []
        server.stop()
        assert places_on_disk(tmp_path, WORD) == []


def test_the_command_erases_as_well_while_the_server_runs_and_after_it_died(tmp_path: Path) -> None:
    with running(tmp_path, environment=SHARING) as server:
        chatdock = Command(tmp_path)
        plant(server)
        kept = chatdock("users", "export", USER, "--to", str(tmp_path / "export"))
        assert kept.returncode == 0, kept.stderr
        exported = tmp_path / "export" / "user.json"
        assert WORD in exported.read_text()
        assert [len(thread["items"]) > 0 for thread in json.loads(exported.read_text())["threads"]] == [True, True]
        copies = [path for path in (tmp_path / "export").iterdir() if path != exported]
        assert [path.read_bytes() for path in copies] == [f"{WORD} in a file".encode()] * 2
        for path in (*copies, exported):
            path.unlink()
        piped = chatdock("users", "export", USER)
        assert len(json.loads(piped.stdout)["threads"]) == 2
        assert chatdock("users", "erase", USER).returncode == 1, "nobody was there to say yes"
        assert places_on_disk(tmp_path, WORD)
        done = chatdock("users", "erase", USER, "--yes")
        assert done.returncode == 0 and "Removed 2 threads" in done.stdout, done.stderr
        assert places_on_disk(tmp_path, WORD) == []
        plant(server)
        server.kill()
        assert chatdock("users", "erase", USER, "--yes").returncode == 0
        assert places_on_disk(tmp_path, WORD) == []
        told = chatdock("audit", "--user", USER).stdout
        assert told.count("user.erase") == 2 and told.count("user.export") == 2 and WORD not in told


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One that nobody else writes to."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def postgres_alone() -> Iterator[Postgres]:
    """One whose files nobody else writes to."""
    directory = Path(tempfile.mkdtemp(prefix="chatdock-postgres-"))
    server = Postgres(directory)
    yield server
    server.stop()
    shutil.rmtree(directory, ignore_errors=True)


async def rewrite(url: str) -> None:
    """What `docs/retention.md` tells an operator who wants the space overwritten at once."""
    for sql in (
        "ALTER SYSTEM SET wal_recycle = off",
        "SELECT pg_reload_conf()",
        "VACUUM (FULL, ANALYZE)",
        "SELECT pg_switch_wal()",
        "CHECKPOINT",
    ):
        await raw.fetch(url, sql)


async def test_an_erased_user_leaves_nothing_in_postgresql_redis_the_uploads_or_the_logs_of_any_replica(
    tmp_path: Path, postgres_alone: Postgres, redis: RedisServer
) -> None:
    url, data = await asyncio.to_thread(postgres_alone.create_database), postgres_alone.data
    with cluster(tmp_path, url, redis.url, environment=SHARING) as replicas:
        link = await asyncio.to_thread(plant, replicas[0])
        assert set(await rows_with(url, WORD)) >= TABLES
        assert WORD.encode() in await asyncio.to_thread(dump_of, redis.url)
        await raw.fetch(url, "CHECKPOINT")
        assert any("pg_wal" in place for place in places_on_disk(data, WORD))
        told = await asyncio.to_thread(erase, replicas[1])
        assert (told["threads"], told["sessions"], told["files"]) == (2, 1, 1)
        assert (await asyncio.to_thread(httpx.post, link, json=READ)).status_code == 404
        assert await rows_with(url, WORD) == []
        assert places_on_disk(tmp_path, WORD) == []
        until = time.monotonic() + IN_REDIS_SECONDS
        while WORD.encode() in await asyncio.to_thread(dump_of, redis.url):
            assert time.monotonic() < until, "something of the user's is still in Redis"
            await asyncio.sleep(0.2)
        assert await rows_with(url, KEPT)
        until = time.monotonic() + WAIT_SECONDS
        while places := places_on_disk(data, WORD):  # files that were rewritten are unlinked by the next checkpoint
            assert time.monotonic() < until, places
            await rewrite(url)
        assert places_on_disk(data, KEPT)


async def test_a_user_who_is_chatting_at_another_replica_is_stopped_there(
    tmp_path: Path, postgres: Postgres, redis: RedisServer
) -> None:
    url = await asyncio.to_thread(postgres.create_database)
    with cluster(tmp_path, url, redis.url) as replicas:
        chat = Chat(replicas[0], USER)

        def read() -> str:
            with chat.open("threads.create", {"x-chatdock-client": "test"}, input=message("/text 20000 5")) as response:
                return "".join(response.iter_text())

        reading = asyncio.create_task(asyncio.to_thread(read))
        until = time.monotonic() + WAIT_SECONDS
        while not await rows_with(url, USER) or "runs" not in await rows_with(url, USER):
            assert time.monotonic() < until
            await asyncio.sleep(0.05)
        await asyncio.to_thread(erase, replicas[1])
        await asyncio.wait_for(reading, WAIT_SECONDS)
        assert await rows_with(url, WORD) == []
        await asyncio.sleep(3)  # a checkpoint would have come by now
        assert await rows_with(url, WORD) == []
        chat.close()

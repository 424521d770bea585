"""A run is over when its time is, whatever became of the process that has it."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest

from servers.cluster import Cluster, cluster
from servers.postgres import Postgres
from servers.redis import RedisServer
from serving.test_recovery import run_of, text_of
from serving.test_replicas import following, posting, until
from storage import raw
from web.chatkit.client import Chat

WAIT_SECONDS = 120.0  # it takes some twelve; the machine may be slow
RUN_SECONDS = 5
HANGING = """
import asyncio, time
from chatdock import RunContext, workflow

@workflow("wf_hangs")
async def hangs(ctx: RunContext) -> None:
    await ctx.text("Before. ")
    await ctx.progress("Waiting for a model that says nothing")
    await asyncio.sleep(3600)

@workflow("wf_blocks")
async def blocks(ctx: RunContext) -> None:
    await ctx.text("Before. ")
    await ctx.progress("About to hold up everybody")
    await ctx.history()  # all of it is stored and told
    await asyncio.sleep(0.5)  # and has left
    time.sleep(3600)
"""


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> str:
    return postgres.create_database()


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory, database: str, redis_server: RedisServer) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("expiry")
    workflows = folder / "workflows"
    workflows.mkdir()
    (workflows / "hanging.py").write_text(HANGING)
    environment = {
        "CHATDOCK_WORKFLOWS": str(workflows),
        "CHATDOCK_RUN_TIMEOUT_SECONDS": str(RUN_SECONDS),
        "CHATDOCK_DRAIN_SECONDS": "0.2",
    }
    with cluster(folder, database, redis_server.url, environment=environment) as started:
        yield started


def ended(chat: Chat, run_id: str) -> dict[str, object]:
    """The run, once it is over."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (run := run_of(chat, run_id))["status"] == "in_progress":
        assert time.monotonic() < deadline, "it never ended"
        time.sleep(0.1)
    return run


def expires_at(database: str, run_id: str) -> float:
    """In seconds since the epoch."""
    ((micros,),) = asyncio.run(raw.fetch(database, "SELECT expires_at FROM runs WHERE id = $1", run_id))
    return float(micros) / 1e6


@pytest.mark.timeout(400)
@pytest.mark.parametrize("what", ["its model hangs", "its owner is stopped", "its owner's loop hangs"])
def test_a_run_past_its_time_is_ended_and_its_viewers_are_told(replicas: Cluster, database: str, what: str) -> None:
    chat = Chat(replicas[1], workflow="wf_blocks" if what.endswith("loop hangs") else "wf_hangs")
    is_stopped = what == "its owner is stopped"
    with chat.at(replicas[0]) as owner:
        reader = posting(chat, owner, "Hello").wait_for("progress_update")
        there = following(chat.http, reader.run_id).wait_for("progress_update")
        if is_stopped:
            replicas[0].process.send_signal(signal.SIGSTOP)
        try:
            run = ended(chat, reader.run_id)
            assert run["status"] == "expired"
            late = _instant(run["completed_at"]) - expires_at(database, reader.run_id)
            assert -RUN_SECONDS < late < WAIT_SECONDS, "fifteen seconds on a machine that is not busy"
            print(f"{what}: ended {late:.1f} s after its time")
            there.join(WAIT_SECONDS)
            assert not there.is_alive(), "its viewers were sent away"
            events = [json.loads(line[6:]) for line in there.data]
            [told] = [event for event in events if event["type"] == "error"]
            assert (told["reason"], told["allow_retry"]) == ("run_expired", True)
        finally:
            if is_stopped:
                replicas[0].process.send_signal(signal.SIGCONT)
            elif what.endswith("loop hangs"):
                replicas[0].kill()
                replicas[0].start()
        if is_stopped:
            until(lambda: _is_ready(owner))
            reader.join(WAIT_SECONDS)
        assert run_of(chat, reader.run_id)["status"] == "expired", "whoever wakes up late changes nothing"
        again = following(chat.http, reader.run_id)
        again.join(WAIT_SECONDS)
        assert again.data == there.data and text_of(there) == "Before. "
    chat.close()


def _instant(value: object) -> float:
    return value if isinstance(value, float | int) else datetime.fromisoformat(str(value)).timestamp()


def _is_ready(http: httpx.Client) -> bool:
    try:
        return http.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False

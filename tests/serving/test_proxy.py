"""Behind a real nginx with the configuration we ship: streams flow, any replica answers, and a rolling restart is not seen."""

import asyncio
import contextlib
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chaos.rolling import ENVIRONMENT, Pace, roll, secret_of

from servers.cluster import Cluster, cluster
from servers.nginx import Nginx
from servers.postgres import Postgres
from servers.redis import RedisServer
from web.chatkit.client import Chat, message

RESUMABLE = {"x-chatdock-client": "test"}
STREAMS = 120
PACE = Pace(words=40, pause_ms=200)  # longer than a replica's restart, and short enough to end while one is drained


@pytest.fixture(scope="module")
def replicas(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, redis_server: RedisServer
) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("proxied")
    with cluster(folder, postgres.create_database(), redis_server.url, environment=ENVIRONMENT) as started:
        yield started


@contextlib.contextmanager
def proxied(folder: Path, replicas: Cluster, *, buffering: bool) -> Iterator[Nginx]:
    nginx = Nginx(folder, replicas.replicas, buffering=buffering)
    try:
        yield nginx
    finally:
        nginx.stop()


@pytest.mark.parametrize("buffering", [True, False], ids=["buffering on", "buffering off"])
def test_events_come_through_one_by_one_and_any_replica_knows_the_run(
    tmp_path: Path, replicas: Cluster, buffering: bool
) -> None:
    with proxied(tmp_path, replicas, buffering=buffering) as nginx:
        chat = Chat(nginx)  # type: ignore[arg-type]  # it needs an address and a key
        with chat.open("threads.create", headers=RESUMABLE, input=message("/text 8 150")) as response:
            run_id = response.headers["x-chatdock-run-id"]
            chunks = list(response.iter_text())
        assert len(chunks) >= 8, "each event as it was made, and not all at the end"
        whole = "".join(chunks)
        for _ in range(4):  # round robin: both are asked
            assert chat.http.get(f"/v1/chatkit/runs/{run_id}/events", headers=RESUMABLE).text == whole
            assert chat.http.get(f"/v1/chatkit/runs/{run_id}").json()["status"] == "completed"
        chat.close()


def test_events_come_through_over_http_2(tmp_path: Path, replicas: Cluster) -> None:
    with proxied(tmp_path, replicas, buffering=True) as nginx:
        chat = Chat(nginx)  # type: ignore[arg-type]  # it needs an address and a key
        body = json.dumps({"type": "threads.create", "params": {"input": message("/text 8 150")}})
        command = ["curl", "--silent", "--no-buffer", "--http2-prior-knowledge", "--include", "--data", body]
        for name, value in {**chat.headers, **RESUMABLE, "content-type": "application/json"}.items():
            command += ["--header", f"{name}: {value}"]
        with subprocess.Popen([*command, f"{nginx.h2_url}/chatkit"], stdout=subprocess.PIPE) as curl:
            assert curl.stdout is not None
            lines: list[tuple[float, bytes]] = [(time.monotonic(), line) for line in curl.stdout]
        assert lines[0][1].startswith(b"HTTP/2 200")
        words = [at for at, line in lines if b"text_delta" in line]
        assert len(words) == 8 and words[-1] - words[0] > 0.5, "they are 150 ms apart, also here"
        chat.close()


@pytest.mark.timeout(400)
def test_a_rolling_restart_under_many_streams_loses_no_event(tmp_path: Path, replicas: Cluster) -> None:
    """The short form of `python -m chaos.rolling`: viewers ask, watch and ask again while both replicas are restarted."""
    with proxied(tmp_path, replicas, buffering=True) as nginx:
        work = roll(nginx, secret_of(nginx.url), replicas, streams=STREAMS, rounds=1, pace=PACE)
        viewers, stops = asyncio.run(work)
    answers = [answer for viewer in viewers for answer in viewer.answers]
    assert [fault for answer in answers for fault in answer.faults(PACE)] == []
    assert [status for viewer in viewers for status in viewer.refused] == []
    assert stops.statuses == [0, 0]
    assert any(answer.came_back > 1 for answer in answers), "some were sent on to the other replica"
    assert len({answer.run_id for answer in answers}) == len(answers) > STREAMS, "and asked again meanwhile"

"""Idle streams of Chatdock: runs that wait for their model's second delta, watched by many viewers each."""

import http.client
import math

from bench.contestants import STREAMS_PER_SESSION, Chatdock
from bench.jobs import Request
from bench.processes import BenchError

VIEWERS_A_RUN = STREAMS_PER_SESSION // 2
SILENT_RUN = "bench 2 3600000"  # one delta now, the next in an hour
RUN_ID_HEADER = "x-chatdock-run-id"


def watched_runs(chatdock: Chatdock, viewers: int) -> list[Request]:
    """Start as many silent runs as the viewers need, and give what a viewer of each asks for."""
    runs = math.ceil(viewers / VIEWERS_A_RUN)
    started = [start_detached(chatdock.process.port, request) for request in chatdock.chat(SILENT_RUN, runs)]
    return [
        Request(method="GET", path=f"/v1/chatkit/runs/{run_id}/events", headers=chatdock.headers(session))
        for session, run_id in enumerate(started)
    ]


def start_detached(port: int, request: Request) -> str:
    """Start a run as our own widget does and leave: it goes on without a viewer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        headers = {"content-type": "application/json", "x-chatdock-client": "bench", **request.headers}
        connection.request(request.method, request.path, request.body, headers)
        reply = connection.getresponse()
        run_id = reply.headers[RUN_ID_HEADER]
    finally:
        connection.close()
    if run_id is None:
        raise BenchError(f"a run did not start: {reply.status}")
    return run_id

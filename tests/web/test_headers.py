"""The envelope: every answer, good or bad, carries an id and the same security headers, and leaves one line in the log."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from chatdock.errors import NotFound, RateLimited, Unavailable
from chatdock.web.errors import HANDLERS
from chatdock.web.headers import Envelope
from web.served import SERVER_KEY, Served

EXPECTED = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store, private",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "cross-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/chatkit", 405),
        ("PUT", "/v1/chatkit/sessions", 405),
        ("POST", "/chatkit", 401),
        ("GET", "/v1/chatkit/threads", 401),
        ("OPTIONS", "/chatkit", 405),
        ("GET", "/v1/chatkit/files/catt_x/preview/nothing", 404),
    ],
)
def test_every_answer_has_the_security_headers_and_a_request_id(
    served: Served, method: str, path: str, status: int
) -> None:
    answer = served.http.request(method, path, headers={"x-request-id": "mine"})
    assert answer.status_code == status
    for name, value in EXPECTED.items():
        assert answer.headers[name] == value
    assert answer.headers["x-request-id"].startswith("req_")
    assert "server" not in answer.headers
    if status >= 400:
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


def test_a_405_says_what_is_allowed(served: Served) -> None:
    answer = served.http.put("/v1/chatkit/sessions")
    assert answer.headers["allow"] == "POST" and answer.json()["error"]["code"] == "method_not_allowed"


def test_the_sdk_finds_the_request_id(served: Served) -> None:
    raw = served.sdk().beta.chatkit.threads.with_raw_response.list()
    assert raw.request_id is not None and raw.request_id.startswith("req_")


# ---- the smallest app ----------------------------------------------------------------------------------------------


async def _fault(request: Request) -> Response:
    raise RuntimeError("a canary in the message")


async def _half(request: Request) -> Response:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError("a canary in the stream")

    return StreamingResponse(chunks())


async def _own(request: Request) -> Response:
    request.state.session_id, request.state.run_id = "cksess_1", "run_1"
    return PlainTextResponse("ok", headers={"cache-control": "public", "content-security-policy": "sandbox"})


def _raising(error: Exception) -> Route:
    async def handler(request: Request) -> Response:
        raise error

    return Route(f"/{type(error).__name__}", handler)


APP = Starlette(
    routes=[
        Route("/fault", _fault),
        Route("/half", _half),
        Route("/own/{name}", _own),
        _raising(NotFound("No such thing.")),
        _raising(RateLimited("Please wait.", retry_after_seconds=2.2, limit=10)),
        _raising(Unavailable("Away.", retry_after_seconds=3)),
    ],
    middleware=[Middleware(Envelope)],
    exception_handlers=HANDLERS,
)


def test_a_fault_of_ours_is_a_500_that_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with TestClient(APP) as client:
        answer = client.get("/fault")
    assert answer.status_code == 500
    assert answer.json()["error"] == {
        "message": "The server had an error while processing your request.",
        "type": "server_error",
        "param": None,
        "code": "internal",
    }
    assert answer.headers["x-content-type-options"] == "nosniff"
    failed = [record for record in caplog.records if record.message == "a request failed"]
    assert len(failed) == 1 and failed[0].fields["request_id"] == answer.headers["x-request-id"]  # type: ignore[attr-defined]
    assert "canary" not in answer.text


def test_half_an_answer_is_cut_off_rather_than_ended(caplog: pytest.LogCaptureFixture) -> None:
    with TestClient(APP) as client, pytest.raises(RuntimeError):
        client.get("/half")
    assert "a request failed" in caplog.text


def test_headers_that_an_answer_sets_itself_stay() -> None:
    with TestClient(APP) as client:
        answer = client.get("/own/x")
    assert answer.headers["cache-control"] == "public" and answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_retry_headers_follow_the_error() -> None:
    with TestClient(APP) as client:
        limited, away = client.get("/RateLimited"), client.get("/Unavailable")
        assert client.get("/NotFound").json()["error"]["code"] == "not_found"
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "3")
    assert (limited.headers["ratelimit-limit"], limited.headers["ratelimit-remaining"]) == ("10", "0")
    assert limited.headers["ratelimit-reset"] == "3"
    assert limited.json()["error"]["type"] == "rate_limit_error"
    assert (away.status_code, away.headers["retry-after"]) == (503, "3")


def test_one_line_a_request_names_the_route_and_the_ids_and_never_the_query(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "chatdock.requests")
    with TestClient(APP) as client:
        client.get("/own/somebody?q=private", headers={"x-request-id": "theirs" * 100})
    (record,) = [record for record in caplog.records if record.name == "chatdock.requests"]
    fields = record.fields  # type: ignore[attr-defined]
    assert (fields["method"], fields["route"], fields["status"]) == ("GET", "/own/{name}", 200)
    assert (fields["session_id"], fields["run_id"]) == ("cksess_1", "run_1")
    assert fields["request_id"].startswith("req_") and len(fields["client_request_id"]) == 64
    assert "private" not in json.dumps(fields) and "somebody" not in json.dumps(fields)


def test_the_log_names_the_key_of_a_backend(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "chatdock.requests")
    served.http.get("/v1/chatkit/threads", headers={"authorization": f"Bearer {SERVER_KEY}"})
    deadline = time.monotonic() + 5
    while not (lines := [record for record in caplog.records if record.name == "chatdock.requests"]):
        assert time.monotonic() < deadline  # the line is written behind the answer
        time.sleep(0.01)
    assert lines[0].fields["key_id"] == "environment"  # type: ignore[attr-defined]
    assert SERVER_KEY not in json.dumps(lines[0].fields)  # type: ignore[attr-defined]


async def test_a_request_that_is_cancelled_before_it_was_answered_says_when_to_come_back() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    request = asyncio.create_task(Envelope(app)(scope, receive, send))
    await asyncio.sleep(0)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert sent[0]["status"] == 503 and (b"retry-after", b"1") in sent[0]["headers"]
    assert json.loads(sent[1]["body"])["error"]["code"] == "unavailable"

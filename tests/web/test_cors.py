"""CORS: listed origins are echoed on chat doors, and nobody hears anything anywhere else."""

import pytest

from chatdock.web import routes
from chatdock.web.cors import CLIENT_PATHS
from web.served import APP_ORIGIN, Served

PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "authorization, content-type"}


def _cors(headers: object) -> list[str]:
    return [name for name in dict(headers) if name.startswith("access-control")]  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "path",
    [
        "/chatkit",
        "/v1/chatkit/conversation",
        "/v1/chatkit/events",
        "/v1/chatkit/files",
        "/v1/chatkit/runs/run_x/events",
        "/v1/chatkit/files/catt_x/content",
        "/v1/chatkit/history",
        "/v1/chatkit/threads/cthr_x/marks",
        "/v1/chatkit/threads/cthr_x/shares",
        "/v1/chatkit/shares/share_x",
    ],
)
def test_a_preflight_from_a_listed_origin_is_granted_what_clients_send(served: Served, path: str) -> None:
    answer = served.http.options(path, headers={"origin": APP_ORIGIN, **PREFLIGHT})
    assert answer.status_code == 204 and answer.content == b""
    assert answer.headers["access-control-allow-origin"] == APP_ORIGIN
    allowed = answer.headers["access-control-allow-headers"]
    for header in ("authorization", "content-type", "accept", "accept-language", "openai-beta", "chatkit-frame-instance-id",
                   "chatkit-device-id", "x-chatdock-client", "last-event-id"):  # fmt: skip
        assert header in allowed
    assert {"GET", "POST", "PUT", "DELETE"} <= set(answer.headers["access-control-allow-methods"].split(", "))
    assert answer.headers["access-control-max-age"] == "600"
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "https://app.example.com.evil.example", "http://app.example.com", "https://*"],
)
@pytest.mark.parametrize("method", ["OPTIONS", "POST", "GET"])
def test_a_foreign_origin_learns_nothing(served: Served, origin: str, method: str) -> None:
    answer = served.http.request(method, "/chatkit", headers={"origin": origin, **PREFLIGHT})
    assert _cors(answer.headers) == []
    assert answer.headers["vary"] == "Origin"


def test_an_answer_and_an_error_can_both_be_read_by_the_page(served: Served) -> None:
    good = served.chat(served.mint()["client_secret"], "threads.list", {}, origin=APP_ORIGIN)
    bad = served.chat("ek_t_nothing", "threads.list", {}, origin=APP_ORIGIN)
    assert (good.status_code, bad.status_code) == (200, 401)
    for answer in (good, bad):
        assert answer.headers["access-control-allow-origin"] == APP_ORIGIN
        exposed = answer.headers["access-control-expose-headers"]
        assert all(name in exposed for name in ("x-chatdock-run-id", "x-request-id", "retry-after", "ratelimit-reset"))
        assert "access-control-allow-credentials" not in answer.headers


def test_a_request_without_an_origin_still_says_that_the_answer_varies(served: Served) -> None:
    assert served.http.get("/v1/chatkit/config").headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/chatkit/sessions",
        "/v1/chatkit/threads",
        "/v1/chatkit/threads/cthr_x",
        "/v1/chatkit/threads/cthr_x/items",
        "/v1/chatkit/sessions/x/cancel",
        "/v1/chatkit/users/x",
        "/v1/chatkit/users/x/export",
        "/v1/chatkit/runs",
        "/v1/chatkit/webhooks",
        "/v1/chatkit/webhooks/x/roll",
        "/v1/chatkit/webhook_deliveries",
    ],
)
def test_server_doors_have_no_cors_at_all(served: Served, path: str) -> None:
    for method in ("OPTIONS", "GET", "POST", "DELETE"):
        answer = served.http.request(method, path, headers={"origin": APP_ORIGIN, **PREFLIGHT})
        assert answer.status_code in (401, 403, 404, 405)
        assert _cors(answer.headers) == []


def test_every_path_has_been_given_to_browsers_or_kept_from_them() -> None:
    server_only = {
        "/v1/chatkit/sessions",
        "/v1/chatkit/sessions/{session_id}/cancel",
        "/v1/chatkit/threads",
        "/v1/chatkit/threads/{thread_id}",
        "/v1/chatkit/threads/{thread_id}/items",
        "/v1/chatkit/users/{user:path}",
        "/v1/chatkit/users/{user:path}/export",
        "/v1/chatkit/runs",
        "/v1/chatkit/webhooks",
        "/v1/chatkit/webhooks/{webhook_id}",
        "/v1/chatkit/webhooks/{webhook_id}/enable",
        "/v1/chatkit/webhooks/{webhook_id}/roll",
        "/v1/chatkit/webhook_deliveries",
        "/v1/chatkit/webhook_deliveries/{delivery_id}/resend",
    }
    for route in routes():
        path = route.path  # type: ignore[attr-defined]
        is_chat = bool(CLIENT_PATHS.fullmatch(path.replace("{", "").replace("}", "")))
        if path.startswith(("/chatkit", "/v1/")):
            assert is_chat is (path not in server_only), path
        else:
            assert not is_chat, path

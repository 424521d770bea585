"""Credentials at the doors: the right kind, from the right place, in the right header, or nothing."""

import re

import httpx
import pytest

from chatdock.sessions.keys import NewKey
from web.served import APP_ORIGIN, SERVER_KEY, Served, serving, settings, text_message

SERVER_ROUTES = [
    ("POST", "/v1/chatkit/sessions"),
    ("POST", "/v1/chatkit/sessions/cksess_x/cancel"),
    ("GET", "/v1/chatkit/threads"),
    ("GET", "/v1/chatkit/threads/cthr_x"),
    ("DELETE", "/v1/chatkit/threads/cthr_x"),
    ("GET", "/v1/chatkit/threads/cthr_x/items"),
]
CLIENT_ROUTES = [
    ("POST", "/chatkit"),
    ("POST", "/v1/chatkit/conversation"),
    ("POST", "/v1/chatkit/files"),
    ("GET", "/v1/chatkit/config"),
]
SHARED_ROUTES = [
    ("GET", "/v1/chatkit/runs/run_x"),
    ("GET", "/v1/chatkit/runs/run_x/events"),
    ("POST", "/v1/chatkit/runs/run_x/cancel"),
    ("GET", "/v1/chatkit/threads/cthr_x/runs"),
    ("GET", "/v1/chatkit/files/catt_x"),
]
ALL_ROUTES = SERVER_ROUTES + CLIENT_ROUTES + SHARED_ROUTES


def _ask(served: Served, route: tuple[str, str], credential: str | None, **headers: str) -> httpx.Response:
    sent = dict(headers)
    if credential is not None:
        sent["authorization"] = credential
    body = {"type": "threads.list", "params": {}} if route[0] == "POST" else None
    return served.http.request(route[0], route[1], json=body, headers=sent)


@pytest.fixture(scope="module")
def secret(served: Served) -> str:
    minted: str = served.mint()["client_secret"]
    return minted


@pytest.mark.parametrize("route", ALL_ROUTES, ids=" ".join)
@pytest.mark.parametrize(
    "credential",
    [None, "", "Bearer", "Basic dXNlcjpwYXNz", "Bearer nonsense", "Bearer ek_t_x.y.z", "Bearer sk_cd_x",
     "Bearer " + "a" * 20_000, "Bearer ek_t_" + "a" * 20_000, "bearer null", "Bearer ek_t_\u00e9", "Token " + SERVER_KEY],
)  # fmt: skip
def test_without_a_good_credential_every_door_answers_401_and_how(
    served: Served, route: tuple[str, str], credential: str | None
) -> None:
    answer = served.http.request(
        *route, json={}, headers=[] if credential is None else [(b"authorization", credential.encode("latin-1"))]
    )
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="chatdock"'
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error" and error["code"]


@pytest.mark.parametrize("route", SERVER_ROUTES, ids=" ".join)
def test_a_client_secret_opens_no_server_door(served: Served, secret: str, route: tuple[str, str]) -> None:
    assert _ask(served, route, f"Bearer {secret}").status_code == 401


@pytest.mark.parametrize("route", CLIENT_ROUTES, ids=" ".join)
def test_a_server_key_opens_no_chat_door(served: Served, route: tuple[str, str]) -> None:
    assert _ask(served, route, f"Bearer {SERVER_KEY}").status_code == 401


@pytest.mark.parametrize("route", SHARED_ROUTES, ids=" ".join)
def test_doors_for_both_take_both(served: Served, secret: str, route: tuple[str, str]) -> None:
    for credential in (secret, SERVER_KEY):
        assert _ask(served, route, f"Bearer {credential}").status_code == 404


def test_two_credentials_are_none(served: Served, secret: str) -> None:
    twice = [("authorization", f"Bearer {secret}"), ("authorization", f"Bearer {secret}")]
    answer = served.http.post("/chatkit", json={"type": "threads.list", "params": {}}, headers=twice)
    assert answer.status_code == 401


@pytest.mark.parametrize("route", ALL_ROUTES, ids=" ".join)
@pytest.mark.parametrize(
    "query",
    ["token=x", "client_secret=x", "api_key=x", "TOKEN=x", "a=ek_t_abc", "b=sk_cd_abc", "access_token=", "x=1&token=y"],
)
def test_a_credential_in_the_address_is_a_400_before_it_is_looked_at(
    served: Served, secret: str, route: tuple[str, str], query: str
) -> None:
    credential = SERVER_KEY if route in SERVER_ROUTES else secret
    answer = _ask(served, (route[0], f"{route[1]}?{query}"), f"Bearer {credential}")
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "secret_in_query"


@pytest.mark.parametrize("route", SERVER_ROUTES, ids=" ".join)
@pytest.mark.parametrize(
    "header",
    [{"origin": APP_ORIGIN}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-origin"}],
)
def test_a_server_key_from_a_browser_is_a_403_without_cors(
    served: Served, route: tuple[str, str], header: dict[str, str]
) -> None:
    answer = _ask(served, route, f"Bearer {SERVER_KEY}", **header)
    assert answer.status_code == 403 and answer.json()["error"]["code"] == "server_key_in_browser"
    assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize("route", SHARED_ROUTES, ids=" ".join)
def test_a_server_key_from_a_browser_is_refused_at_shared_doors_too(served: Served, route: tuple[str, str]) -> None:
    assert _ask(served, route, f"Bearer {SERVER_KEY}", origin=APP_ORIGIN).status_code == 403


def test_the_project_header_has_to_match_if_there_is_one(served: Served) -> None:
    assert served.sdk(project="default", organization="default").beta.chatkit.threads.list().data is not None
    for options in ({"project": "proj_other"}, {"organization": "org_other"}):
        answer = served.http.get(
            "/v1/chatkit/threads",
            headers={
                "authorization": f"Bearer {SERVER_KEY}",
                f"openai-{next(iter(options))}": next(iter(options.values())),
            },
        )
        assert answer.status_code == 401 and answer.json()["error"]["code"] == "mismatched_project"


def test_a_key_without_the_scope_is_told_which_one(served: Served) -> None:
    token, _ = served.on_loop(lambda parts: parts.keys.create(NewKey(scopes=("threads:read",))))
    answer = _ask(served, ("POST", "/v1/chatkit/sessions"), f"Bearer {token}")
    assert answer.status_code == 403
    assert (
        answer.json()["error"]["code"] == "insufficient_scope"
        and "sessions:create" in answer.json()["error"]["message"]
    )
    assert _ask(served, ("GET", "/v1/chatkit/threads"), f"Bearer {token}").status_code == 200


def test_a_revoked_key_is_refused_at_once(served: Served) -> None:
    token, key = served.on_loop(lambda parts: parts.keys.create(NewKey()))
    assert _ask(served, ("GET", "/v1/chatkit/threads"), f"Bearer {token}").status_code == 200
    served.on_loop(lambda parts: parts.keys.revoke(key.id))
    assert {_ask(served, ("GET", "/v1/chatkit/threads"), f"Bearer {token}").status_code for _ in range(50)} == {401}


def test_a_key_sees_its_own_project_and_no_other(served: Served) -> None:
    token, _ = served.on_loop(lambda parts: parts.keys.create(NewKey(project="p2", scopes=("admin",))))
    mine = served.mint("both")
    served.chat(mine["client_secret"], "threads.create", {"input": text_message("hello")})
    threads = served.sdk().beta.chatkit.threads.list(user="both").data
    assert threads
    foreign = served.sdk(token)
    assert foreign.beta.chatkit.threads.list(user="both").data == []
    for route in (
        ("GET", f"/v1/chatkit/threads/{threads[0].id}"),
        ("DELETE", f"/v1/chatkit/threads/{threads[0].id}"),
        ("GET", f"/v1/chatkit/threads/{threads[0].id}/items"),
        ("GET", f"/v1/chatkit/threads/{threads[0].id}/runs"),
        ("POST", f"/v1/chatkit/sessions/{mine['id']}/cancel"),
    ):
        known, unknown = (_ask(served, each, f"Bearer {token}") for each in (route, _random(route)))
        assert known.status_code == unknown.status_code == 404
        assert _without_ids(known) == _without_ids(unknown)
    assert served.chat(mine["client_secret"], "threads.list", {}).status_code == 200


def _without_ids(answer: httpx.Response) -> str:
    return re.sub(r"(cthr|cksess)_\w+", "<id>", answer.text)


def _random(route: tuple[str, str]) -> tuple[str, str]:
    parts = route[1].split("/")
    parts[4] = parts[4][:-8] + "ZZZZZZZZ"
    return route[0], "/".join(parts)


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (APP_ORIGIN, 200),
        ("https://pr-1.preview.example.com", 200),
        ("https://evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_a_chat_page_has_to_be_on_the_list(served: Served, secret: str, origin: str, status: int) -> None:
    answer = served.chat(secret, "threads.list", {}, origin=origin)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"]["code"] == "origin_not_allowed"


def test_a_page_of_this_server_may_always_chat(served: Served, secret: str) -> None:
    assert served.chat(secret, "threads.list", {}, origin=served.url).status_code == 200


def test_two_origins_are_none(served: Served, secret: str) -> None:
    headers = [("authorization", f"Bearer {secret}"), ("origin", APP_ORIGIN), ("origin", APP_ORIGIN)]
    answer = served.http.post("/chatkit", json={"type": "threads.list", "params": {}}, headers=headers)
    assert answer.status_code == 403


def test_a_session_may_be_bound_to_fewer_origins(served: Served) -> None:
    narrow = served.mint(allowed_origins=[APP_ORIGIN])["client_secret"]
    assert served.chat(narrow, "threads.list", {}, origin=APP_ORIGIN).status_code == 200
    assert served.chat(narrow, "threads.list", {}, origin="https://pr-1.preview.example.com").status_code == 403


def test_a_cancelled_session_is_refused_on_every_door_from_that_moment(served: Served) -> None:
    session = served.mint("mallory")
    assert served.chat(session["client_secret"], "threads.list", {}).status_code == 200
    assert served.sdk().beta.chatkit.sessions.cancel(session["id"]).status == "cancelled"
    for _ in range(20):
        for route in CLIENT_ROUTES + SHARED_ROUTES:
            answer = _ask(served, route, f"Bearer {session['client_secret']}")
            assert answer.status_code == 401 and answer.json()["error"]["code"] == "session_cancelled"


def test_a_cancel_ends_the_sessions_open_stream_within_a_second(served: Served) -> None:
    session = served.mint("streamer")
    with served.http.stream(
        "POST",
        "/chatkit",
        json={"type": "threads.create", "params": {"input": text_message("/text 400 50")}},
        headers={"authorization": f"Bearer {session['client_secret']}"},
    ) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("data:")
        served.sdk().beta.chatkit.sessions.cancel(session["id"])
        rest = [line for line in lines if line.startswith("data:")]
    assert len(rest) < 60  # of 400, twenty a second


def test_an_address_that_keeps_failing_is_told_to_wait(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(settings(tmp_path_factory.mktemp("limited"), address_requests_per_minute=5)) as served:
        answers = [
            served.http.get(
                "/v1/chatkit/threads", headers={"authorization": "Bearer wrong", "x-forwarded-for": f"9.9.9.{n}"}
            )
            for n in range(7)
        ]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2
        last = answers[-1]
        assert int(last.headers["retry-after"]) <= 60 and last.headers["ratelimit-limit"] == "5"
        good = served.http.get("/v1/chatkit/threads", headers={"authorization": f"Bearer {SERVER_KEY}"})
        assert good.status_code == 200  # an honest neighbour behind the same address is not locked out

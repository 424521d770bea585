"""A user's threads with his marks."""

from typing import Any

import httpx
import pytest

from rest.test_threads import _thread
from web.served import SERVER_KEY, Served

QUICK = {"rate_limits": {"max_requests_per_1_minute": 10_000}}


def history(served: Served, secret: str, **params: Any) -> httpx.Response:
    return served.http.get("/v1/chatkit/history", params=params, headers={"authorization": f"Bearer {secret}"})


def mark(served: Served, secret: str, thread: str, **body: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {secret}"}
    return served.http.post(f"/v1/chatkit/threads/{thread}/marks", json=body, headers=headers)


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [thread["id"] for thread in answer.json()["data"]]


def listed(served: Served, secret: str, **params: Any) -> list[str]:
    """As ChatKit's own clients list them."""
    return [thread["id"] for thread in served.chat(secret, "threads.list", params).json()["data"]]


def test_a_thread_is_pinned_archived_and_brought_back(served: Served) -> None:
    secret = served.mint("marker", **QUICK)["client_secret"]
    first, second, third = (_thread(served, "marker", f"number {n}", secret=secret) for n in range(3))
    pinned = mark(served, secret, first, pinned=True).json()
    assert set(pinned) == {"object", "id", "created_at", "title", "status", "pinned", "archived", "unread"}
    assert (pinned["id"], pinned["pinned"], pinned["archived"]) == (first, True, False)
    mark(served, secret, second, archived=True)
    assert ids(history(served, secret)) == [third, first]
    assert [ids(history(served, secret, shelf=shelf)) for shelf in ("pinned", "archived")] == [[first], [second]]
    assert listed(served, secret) == [third, first], "an archived thread leaves every list"
    headers = {"authorization": f"Bearer {secret}"}
    assert served.http.get(f"/v1/chatkit/threads/{second}/marks", headers=headers).json()["archived"] is True
    rest = served.http.get("/v1/chatkit/threads?user=marker", headers={"authorization": f"Bearer {SERVER_KEY}"})
    assert second in ids(rest), "the server's own list has all of them"
    mark(served, secret, second, archived=False)
    assert listed(served, secret) == [third, second, first]
    page = history(served, secret, limit=2).json()
    assert page["has_more"] and page["after"] == second
    assert ids(history(served, secret, limit=2, after=second)) == [first]


def test_an_answer_is_unread_until_it_was_read_to_its_end(served: Served) -> None:
    secret = served.mint("reader", **QUICK)["client_secret"]
    thread = _thread(served, "reader", "a question", secret=secret)
    assert ids(history(served, secret, shelf="unread")) == [thread]
    items = served.chat(secret, "items.list", {"thread_id": thread}).json()["data"]
    question, answer = items[-1]["id"], items[0]["id"]
    assert mark(served, secret, thread, read_through=question).json()["unread"] is True
    assert mark(served, secret, thread, read_through=answer).json()["unread"] is False
    assert ids(history(served, secret, shelf="unread")) == []
    assert mark(served, secret, thread, unread=True).json()["unread"] is True
    again = mark(served, secret, thread)
    assert again.status_code == 200 and again.json()["unread"] is True, "nothing asked, nothing changed"


def test_a_stock_client_is_given_threads_it_understands(served: Served) -> None:
    secret = served.mint("stock", **QUICK)["client_secret"]
    thread = _thread(served, "stock", "hello", secret=secret)
    mark(served, secret, thread, pinned=True)
    [found] = served.chat(secret, "threads.list", {}).json()["data"]
    assert set(found) <= {"id", "created_at", "status", "metadata", "items", "title", "allowed_image_domains"}
    assert found["metadata"] == {}


def test_a_session_shows_no_more_than_its_history(served: Served) -> None:
    secret = served.mint("short", **QUICK)["client_secret"]
    old, middle, new = (_thread(served, "short", f"number {n}", secret=secret) for n in range(3))
    mark(served, secret, old, pinned=True)
    mark(served, secret, middle, archived=True)
    few = served.mint("short", chatkit_configuration={"history": {"recent_threads": 2}})["client_secret"]
    shelves = ("listed", "pinned", "archived")
    assert [ids(history(served, few, shelf=shelf)) for shelf in shelves] == [[new], [], [middle]]
    assert listed(served, few) == [new]
    assert history(served, few, after=old).status_code == 400
    without = served.mint("short", chatkit_configuration={"history": {"enabled": False}})["client_secret"]
    assert ids(history(served, without)) == []
    config = served.http.get("/v1/chatkit/config", headers={"authorization": f"Bearer {without}"}).json()
    assert config["history"] == {"enabled": False, "search": False, "marks": False}


def test_nobody_marks_anothers_thread(served: Served) -> None:
    thread = _thread(served, "owner", "mine")
    eve = served.mint("eve")["client_secret"]
    refused = mark(served, eve, thread, pinned=True)
    unknown = mark(served, eve, "cthr_none", pinned=True)
    assert (refused.status_code, unknown.status_code) == (404, 404)
    assert refused.json()["error"]["code"] == unknown.json()["error"]["code"]
    assert thread not in ids(history(served, eve))
    assert history(served, "sk_nothing").status_code == 401


@pytest.mark.parametrize(
    "body", [{"pinned": 1}, {"read_through": ""}, {"read_through": 7}, {"unread": None}, {"starred": True}]
)
def test_a_mark_that_cannot_be_meant_is_refused(served: Served, body: dict[str, Any]) -> None:
    secret = served.mint("picky", **QUICK)["client_secret"]
    assert mark(served, secret, _thread(served, "picky", "x", secret=secret), **body).status_code == 400


@pytest.mark.parametrize("params", [{"shelf": "attic"}, {"limit": "x"}, {"limit": 101}, {"order": "up"}])
def test_a_page_that_cannot_be_meant_is_refused(served: Served, params: dict[str, Any]) -> None:
    assert history(served, served.mint()["client_secret"], **params).status_code == 400


def test_an_export_holds_the_marks(served: Served) -> None:
    secret = served.mint("leaver", **QUICK)["client_secret"]
    thread = _thread(served, "leaver", "hello", secret=secret)
    mark(served, secret, thread, pinned=True)
    answer = served.http.get(
        "/v1/chatkit/users/leaver/export", headers={"authorization": f"Bearer {SERVER_KEY}"}
    ).json()
    [exported] = answer["threads"]
    assert set(exported["marks"]) == {"pinned_at", "unread"} and exported["marks"]["unread"] is True

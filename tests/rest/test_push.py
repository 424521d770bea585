"""A backend says something in a thread: `POST /v1/chatkit/threads/{id}/items`."""

from typing import Any

import httpx
import pytest

from web.served import SERVER_KEY, Served, text_message


@pytest.fixture
def secret(served: Served) -> str:
    return str(served.mint()["client_secret"])


@pytest.fixture
def thread(served: Served, secret: str) -> str:
    served.chat(secret, "threads.create", {"input": text_message("Hello")})
    return str(served.chat(secret, "threads.list", {"limit": 1, "order": "desc"}).json()["data"][0]["id"])


def push(served: Served, thread: str, body: Any, key: str = SERVER_KEY, **headers: str) -> httpx.Response:
    return served.http.post(
        f"/v1/chatkit/threads/{thread}/items", json=body, headers={"authorization": f"Bearer {key}", **headers}
    )


def last(served: Served, secret: str, thread: str) -> list[dict[str, Any]]:
    page = served.chat(secret, "items.list", {"thread_id": thread, "order": "asc", "limit": 100}).json()
    return list(page["data"])


def test_a_message_and_a_widget_come_behind_what_was_said(served: Served, secret: str, thread: str) -> None:
    before = len(last(served, secret, thread))
    message = push(served, thread, {"type": "assistant_message", "text": "Your parcel is here."})
    assert message.status_code == 200, message.text
    assert message.json()["object"] == "chatkit.thread_item" and message.json()["type"] == "chatkit.assistant_message"
    widget = {"type": "Card", "children": [{"type": "Text", "value": "Hi", "id": None}]}
    assert push(served, thread, {"type": "widget", "widget": widget, "copy_text": "Hi"}).status_code == 200
    items = last(served, secret, thread)[before:]
    assert [item["type"] for item in items] == ["assistant_message", "widget"]
    assert items[0]["content"][0]["text"] == "Your parcel is here." and items[0]["id"] == message.json()["id"]
    assert items[1]["widget"] == {"type": "Card", "children": [{"type": "Text", "value": "Hi"}]}


def test_a_notice_stays_as_a_card(served: Served, secret: str, thread: str) -> None:
    before = len(last(served, secret, thread))
    body = {"type": "notice", "message": "We are **closed** today.", "level": "warning", "title": "Holiday"}
    pushed = push(served, thread, body)
    assert pushed.status_code == 200 and pushed.json()["type"] == "chatkit.widget", pushed.text
    [item] = last(served, secret, thread)[before:]
    [row] = item["widget"]["children"]
    icon, words = row["children"]
    assert (item["widget"]["type"], icon["color"]) == ("Card", "warning")
    assert [part["value"] for part in words["children"]] == ["Holiday", "We are **closed** today."]
    assert push(served, thread, {"type": "notice", "message": "x", "level": "loud"}).status_code == 400
    assert push(served, thread, {"type": "notice", "message": ""}).status_code == 400


def test_the_same_key_makes_one_item_and_no_other(served: Served, secret: str, thread: str) -> None:
    before = len(last(served, secret, thread))
    body = {"type": "assistant_message", "text": "Once"}
    answers = [push(served, thread, body, **{"idempotency-key": "k-1"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.text for answer in answers}) == 1
    other = push(served, thread, {**body, "text": "Twice"}, **{"idempotency-key": "k-1"})
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert len(last(served, secret, thread)) == before + 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "user_message", "text": "I am the user"},
        {"type": "assistant_message"},
        {"type": "assistant_message", "text": ""},
        {"type": "assistant_message", "text": "x", "thread_id": "cthr_other"},
        {"type": "widget", "widget": []},
        {"type": "widget", "widget": {"children": []}},
        [],
    ],
)
def test_what_is_no_item_is_refused(served: Served, thread: str, body: Any) -> None:
    answer = push(served, thread, body)
    assert answer.status_code == 400 and answer.json()["error"]["type"] == "invalid_request_error"


def test_a_thread_that_is_not_there_is_not_found(served: Served) -> None:
    assert push(served, "cthr_unknown", {"type": "assistant_message", "text": "x"}).status_code == 404


def test_a_client_secret_cannot_push(served: Served, secret: str, thread: str) -> None:
    assert push(served, thread, {"type": "assistant_message", "text": "x"}, key=secret).status_code == 401

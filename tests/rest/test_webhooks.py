"""Webhooks over REST, from the endpoint's registration to what it receives of a real chat."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from web.served import SERVER_KEY, Served, serving, settings, text_message
from webhooks.receiver import NETWORK, WAIT_SECONDS, Receiver, receiving


@pytest.fixture(scope="module")
def hooked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service whose webhooks may go to loopback."""
    with serving(settings(tmp_path_factory.mktemp("hooked"), webhook_networks=(NETWORK,))) as served:
        yield served


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def call(served: Served, method: str, path: str, body: Any = None, key: str = SERVER_KEY) -> httpx.Response:
    return served.http.request(method, f"/v1/chatkit/{path}", json=body, headers={"authorization": f"Bearer {key}"})


@pytest.fixture
def webhook(hooked: Served, receiver: Receiver) -> Iterator[dict[str, Any]]:
    """Told of everything, and removed afterwards."""
    events = ["thread.created", "run.completed", "run.failed", "run.requires_action", "feedback.created"]
    made = call(hooked, "POST", "webhooks", {"url": receiver.url, "events": events})
    assert made.status_code == 200, made.text
    yield made.json()
    call(hooked, "DELETE", f"webhooks/{made.json()['id']}")


def test_a_chat_is_told_in_small_signed_messages(hooked: Served, receiver: Receiver, webhook: dict[str, Any]) -> None:
    secret = hooked.mint("ada")["client_secret"]
    hooked.chat(secret, "threads.create", {"input": text_message("Quite a secret")})
    thread = hooked.chat(secret, "threads.list", {}).json()["data"][0]
    items = hooked.chat(secret, "items.list", {"thread_id": thread["id"]}).json()["data"]
    thumb = {"thread_id": thread["id"], "item_ids": [items[0]["id"]], "kind": "negative"}
    hooked.chat(secret, "items.feedback", thumb)
    hooked.chat(secret, "threads.add_user_message", {"thread_id": thread["id"], "input": text_message("/ask")})
    told = {request.message["type"]: request for request in receiver.wait(4)}
    assert set(told) == {"thread.created", "run.completed", "feedback.created", "run.requires_action"}
    assert all(request.signed_by(webhook["secret"]) for request in told.values())
    assert not any(b"secret" in request.body for request in told.values())
    about = {"project": "default", "user": "ada", "workflow": "wf_gallery", "thread_id": thread["id"]}
    for request in told.values():
        assert about.items() <= request.message["data"].items() and request.message["created_at"]
    assert told["feedback.created"].message["data"]["item_ids"] == [items[0]["id"]]
    listed = call(hooked, "GET", f"webhook_deliveries?webhook_id={webhook['id']}&limit=3").json()
    assert len(listed["data"]) == 3 and listed["has_more"]
    rest = call(hooked, "GET", f"webhook_deliveries?webhook_id={webhook['id']}&after={listed['last_id']}").json()
    assert {each["id"] for each in listed["data"] + rest["data"]} == {request.id for request in receiver.requests}
    run_id = told["run.completed"].message["data"]["run_id"]
    assert call(hooked, "GET", f"runs/{run_id}").json()["thread_id"] == thread["id"]


def test_a_run_tells_the_webhook_it_names(hooked: Served, receiver: Receiver) -> None:
    made = call(hooked, "POST", "webhooks", {"url": receiver.url}).json()
    body = {"user": "bob", "workflow": {"id": "wf_gallery"}, "input": "Hi", "metadata": {"order": "7"}}
    assert call(hooked, "POST", "runs", body).status_code == 202
    unknown = call(hooked, "POST", "runs", {**body, "webhook": "whk_unknown"})
    assert (unknown.status_code, unknown.json()["error"]["param"]) == (400, "webhook")
    run = call(hooked, "POST", "runs", {**body, "webhook": made["id"]}).json()
    [told] = receiver.wait(1)
    assert told.message["type"] == "run.completed"
    assert told.message["data"]["run_id"] == run["id"] and told.message["data"]["metadata"] == {"order": "7"}
    call(hooked, "DELETE", f"webhooks/{made['id']}")


def test_a_secret_is_shown_when_it_is_made_and_rolled_and_never_again(
    hooked: Served, receiver: Receiver, webhook: dict[str, Any]
) -> None:
    assert webhook["secret"].startswith("whsec_")
    [listed] = [each for each in call(hooked, "GET", "webhooks").json()["data"] if each["id"] == webhook["id"]]
    assert listed["secret"] is None and listed["url"] == receiver.url
    rolled = call(hooked, "POST", f"webhooks/{webhook['id']}/roll", {"overlap_seconds": 600}).json()
    assert rolled["secret"] != webhook["secret"] and rolled["previous_secret_expires_at"] > rolled["created_at"]
    secret = hooked.mint("cyd")["client_secret"]
    hooked.chat(secret, "threads.create", {"input": text_message("Hi")})
    for request in receiver.wait(2):
        assert request.signed_by(webhook["secret"]) and request.signed_by(rolled["secret"])


def test_what_was_given_up_or_delivered_is_sent_again_under_its_id(
    hooked: Served, receiver: Receiver, webhook: dict[str, Any]
) -> None:
    secret = hooked.mint("dan")["client_secret"]
    hooked.chat(secret, "threads.create", {"input": text_message("Hi")})
    first = receiver.wait(2)[0].id
    path = f"webhook_deliveries/{first}/resend"
    answer = call(hooked, "POST", path)
    until = time.monotonic() + WAIT_SECONDS
    while answer.status_code == 400:  # its receiver has it, and the store does not know yet
        assert time.monotonic() < until
        answer = call(hooked, "POST", path)
    assert answer.status_code == 200 and answer.json()["status"] == "pending", answer.text
    again = receiver.wait(3)[2]
    assert again.id == first and again.signed_by(webhook["secret"])
    assert call(hooked, "POST", "webhook_deliveries/whd_unknown/resend").status_code == 404


def test_a_receiver_that_is_gone_is_seen_in_the_list_and_enabled_again(
    hooked: Served, receiver: Receiver, webhook: dict[str, Any]
) -> None:
    assert (webhook["status"], webhook["disabled_at"], webhook["include_text"]) == ("enabled", None, False)
    receiver.answers[:] = [410]
    secret = hooked.mint("eli")["client_secret"]
    hooked.chat(secret, "threads.create", {"input": text_message("Hi")})
    until = time.monotonic() + WAIT_SECONDS
    while (listed := shown_as(hooked, webhook["id"]))["status"] == "enabled":
        assert time.monotonic() < until
        time.sleep(0.02)
    assert listed["disabled_at"] >= webhook["created_at"]
    body = {"user": "eli", "workflow": {"id": "wf_gallery"}, "input": "Hi", "webhook": webhook["id"]}
    refused = call(hooked, "POST", "runs", body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "webhook_disabled")
    receiver.answers[:] = [204]
    enabled = call(hooked, "POST", f"webhooks/{webhook['id']}/enable")
    assert (enabled.status_code, enabled.json()["status"], enabled.json()["secret"]) == (200, "enabled", None)
    before = len(receiver.requests)
    assert call(hooked, "POST", "runs", body).status_code == 202
    assert receiver.wait(before + 1)[-1].signed_by(webhook["secret"])
    assert call(hooked, "POST", "webhooks/whk_unknown/enable").status_code == 404


def shown_as(hooked: Served, webhook_id: str) -> dict[str, Any]:
    [found] = [each for each in call(hooked, "GET", "webhooks").json()["data"] if each["id"] == webhook_id]
    return dict(found)


def test_the_words_of_an_answer_come_to_an_endpoint_that_asked_for_them(hooked: Served, receiver: Receiver) -> None:
    body = {"url": receiver.url, "events": ["thread.created", "run.completed"], "include_text": True}
    made = call(hooked, "POST", "webhooks", body).json()
    assert made["include_text"] is True
    secret = hooked.mint("fay")["client_secret"]
    stream = hooked.chat(secret, "threads.create", {"input": text_message("Where is my parcel?")}).text
    told = {request.message["type"]: request.message["data"]["messages"] for request in receiver.wait(2)}
    assert [each["text"] for each in told["thread.created"]] == ["Where is my parcel?"]
    assert told["run.completed"][0]["role"] == "assistant"
    assert told["run.completed"][0]["id"] in stream and told["run.completed"][0]["text"]
    listed = call(hooked, "GET", f"webhook_deliveries?webhook_id={made['id']}").text
    assert "parcel" not in listed and told["run.completed"][0]["id"] in listed
    call(hooked, "DELETE", f"webhooks/{made['id']}")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": "ftp://shop.example.com/"},
        {"url": "https://user:password@shop.example.com/"},
        {"url": "https://shop.example.com/#fragment"},
        {"url": "https://shop.example.com:99999/"},
        {"url": "https:///nowhere"},
        {"url": "https://shöp.example.com/"},
        {"url": "https://shop.example.com/\\evil"},
        {"url": "https://shop.example.com/" + "x" * 2_048},
        {"url": "https://shop.example.com/", "events": ["everything"]},
        {"url": "https://shop.example.com/", "surprise": 1},
        {"url": "https://shop.example.com/", "include_text": "yes"},
    ],
)
def test_what_is_no_webhook_is_refused(hooked: Served, body: Any) -> None:
    answer = call(hooked, "POST", "webhooks", body)
    assert answer.status_code == 400 and answer.json()["error"]["type"] == "invalid_request_error", answer.text


def test_only_a_key_with_the_scope_may_and_without_networks_only_https(served: Served) -> None:
    secret = str(served.mint()["client_secret"])
    assert call(served, "GET", "webhooks", key=secret).status_code == 401
    plain = call(served, "POST", "webhooks", {"url": "http://shop.example.com/"})
    assert (plain.status_code, plain.json()["error"]["param"]) == (400, "url")
    assert call(served, "POST", "webhooks/whk_unknown/enable", key=secret).status_code == 401
    for path in ("webhooks/whk_unknown", "webhooks/whk_unknown/roll"):
        method, body = ("POST", {}) if path.endswith("roll") else ("DELETE", None)
        assert call(served, method, path, body).status_code == 404
    assert call(served, "GET", "webhook_deliveries?status=lost").status_code == 400

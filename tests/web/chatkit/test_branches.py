"""Edited messages and second answers: kept as branches for clients that know them, a plain thread for everybody else."""

from typing import Any

import pytest

from web.chatkit.client import Chat, events, items_of, message, thread_of

OURS = {"x-chatdock-client": "test"}


def ours(chat: Chat, op: str, **params: Any) -> None:
    """An operation of our own client, read to its end."""
    answer = chat.http.post("/chatkit", json={"type": op, "params": params}, headers=OURS)
    assert answer.status_code == 200, answer.text
    assert "thread.item.done" in answer.text


def talk(chat: Chat, *texts: str) -> tuple[str, list[str]]:
    """A thread, and the ids of its user messages."""
    streams = [chat.say(texts[0])]
    thread_id = thread_of(streams[0])
    streams += [chat.say(text, thread_id) for text in texts[1:]]
    return thread_id, [items_of(stream, "user_message")[0]["id"] for stream in streams]


def said(chat: Chat, thread_id: str) -> list[str]:
    """The words of the thread, as a stock client reads them: pages and the thread itself agree."""
    page = chat.ask("items.list", thread_id=thread_id, order="asc", limit=100)["data"]
    assert chat.ask("threads.get_by_id", thread_id=thread_id)["items"]["data"] == page[:20]
    return ["".join(part["text"] for part in item["content"]) for item in page if "message" in item["type"]]


def forks(chat: Chat, thread_id: str) -> list[dict[str, Any]]:
    answer = chat.http.get(f"/v1/chatkit/threads/{thread_id}/branches")
    assert answer.status_code == 200 and answer.json()["object"] == "list"
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def test_an_edit_is_another_version_and_the_first_can_be_read_again(chat: Chat) -> None:
    thread_id, [first, _] = talk(chat, "one", "two")
    before = said(chat, thread_id)
    ours(chat, "chatdock.edit_user_message", thread_id=thread_id, item_id=first, input=message("ONE"))
    edited = said(chat, thread_id)
    assert edited[0] == "ONE" and len(edited) == 2 and "two" not in edited
    [fork] = forks(chat, thread_id)
    assert fork["versions"] == [first, fork["version"]] and fork["item_id"] == fork["version"]
    answer = chat.http.post(f"/v1/chatkit/threads/{thread_id}/branches", json={"version": first})
    assert answer.status_code == 200 and answer.json()["data"][0]["version"] == first
    assert said(chat, thread_id) == before


def test_our_retry_keeps_the_older_answer_and_a_stock_retry_drops_it(chat: Chat) -> None:
    thread_id, [question] = talk(chat, "hello")
    ours(chat, "threads.retry_after_item", thread_id=thread_id, item_id=question)
    [fork] = forks(chat, thread_id)
    assert len(fork["versions"]) == 2 and fork["versions"][1] == fork["version"]
    assert len(said(chat, thread_id)) == 2
    chat.stream("threads.retry_after_item", thread_id=thread_id, item_id=question)
    assert len(said(chat, thread_id)) == 2
    [fork] = forks(chat, thread_id)
    assert len(fork["versions"]) == 2, "the version beside what was read stays, what was read is gone"
    plain, [only] = talk(chat, "hello")
    chat.stream("threads.retry_after_item", thread_id=plain, item_id=only)
    assert forks(chat, plain) == []


def test_a_form_that_waits_on_the_branch_that_is_left_is_put_away(chat: Chat) -> None:
    thread_id, [asked] = talk(chat, "/ask")
    [form] = [
        item for item in chat.ask("items.list", thread_id=thread_id)["data"] if item["type"] == "structured_input"
    ]
    assert form["status"] == "pending"
    ours(chat, "chatdock.edit_user_message", thread_id=thread_id, item_id=asked, input=message("never mind"))
    assert said(chat, thread_id)[0] == "never mind"
    chat.http.post(f"/v1/chatkit/threads/{thread_id}/branches", json={"version": asked})
    [form] = [
        item for item in chat.ask("items.list", thread_id=thread_id)["data"] if item["type"] == "structured_input"
    ]
    assert form["status"] == "skipped"


def test_an_edit_keeps_what_a_stock_client_can_check_in_its_stream(chat: Chat) -> None:
    thread_id, [first] = talk(chat, "one")
    answer = chat.post("chatdock.edit_user_message", thread_id=thread_id, item_id=first, input=message("ONE"))
    stream = events(answer.text)
    assert [event["type"] for event in stream[:2]] == ["thread.item.done", "stream_options"]


@pytest.mark.parametrize("op", ["chatdock.edit_user_message", "threads.retry_after_item"])
def test_only_a_user_message_of_ones_own_can_be_edited_or_answered_again(chat: Chat, other: Chat, op: str) -> None:
    thread_id, [first] = talk(chat, "one")
    answer = next(i for i in chat.ask("items.list", thread_id=thread_id)["data"] if i["type"] == "assistant_message")
    for caller, item_id, status in ((chat, answer["id"], 400), (chat, "cti_none", 404), (other, first, 404)):
        params = {"thread_id": thread_id, "item_id": item_id, "input": message("x")}
        assert caller.post(op, **params).status_code == status


def test_a_branch_is_chosen_by_its_owner_at_rest_and_with_a_version_there_is(chat: Chat, other: Chat) -> None:
    thread_id, [first] = talk(chat, "one")
    path = f"/v1/chatkit/threads/{thread_id}/branches"
    assert other.http.get(path).status_code == 404
    assert other.http.post(path, json={"version": first}).status_code == 404
    assert chat.http.post(path, json={"version": "cti_none"}).status_code == 404
    assert chat.http.post(path, json={"version": 7}).status_code == 400
    assert chat.http.post(path, json={}).status_code == 400
    with chat.open("threads.add_user_message", OURS, thread_id=thread_id, input=message("/text 200 20")) as stream:
        run_id = stream.headers["x-chatdock-run-id"]
        busy = chat.http.post(path, json={"version": first})
        assert busy.status_code == 400 and run_id in busy.json()["error"]["message"]
        chat.http.post(f"/v1/chatkit/runs/{run_id}/cancel")
    assert chat.http.post(path, json={"version": first}).status_code == 200

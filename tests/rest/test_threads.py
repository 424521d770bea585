"""Threads and items through the stock SDK."""

import itertools
import json
from typing import Any

import httpx
import openai
import pytest

from web.served import SERVER_KEY, Served, text_message


def _thread(served: Served, user: str, *texts: str, secret: str = "") -> str:
    secret = secret or served.mint(user, rate_limits={"max_requests_per_1_minute": 10_000})["client_secret"]
    stream = served.chat(secret, "threads.create", {"input": text_message(texts[0])})
    assert stream.status_code == 200, stream.text
    thread_id: str = json.loads(stream.text.split("\n")[0].removeprefix("data: "))["thread"]["id"]
    for text in texts[1:]:
        assert served.chat(
            secret, "threads.add_user_message", {"thread_id": thread_id, "input": text_message(text)}
        ).is_success
    return thread_id


def _get(served: Served, path: str, **params: Any) -> httpx.Response:
    return served.http.get(path, params=params, headers={"authorization": f"Bearer {SERVER_KEY}"})


@pytest.fixture(scope="module")
def seven(served: Served) -> list[str]:
    """Seven threads of one user, oldest first."""
    secret = served.mint("seven", rate_limits={"max_requests_per_1_minute": 10_000})["client_secret"]
    return [_thread(served, "seven", f"thread {number}", secret=secret) for number in range(7)]


def test_a_thread_has_every_key_of_the_schema(served: Served, seven: list[str]) -> None:
    thread = _get(served, f"/v1/chatkit/threads/{seven[0]}").json()
    assert set(thread) == {"id", "object", "created_at", "title", "status", "user"}
    assert (thread["id"], thread["object"], thread["user"]) == (seven[0], "chatkit.thread", "seven")
    assert isinstance(thread["created_at"], int) and thread["status"] == {"type": "active"}


@pytest.mark.parametrize(("command", "kind"), [("/lock being reviewed", "locked"), ("/close all done", "closed")])
def test_a_thread_that_refuses_messages_says_why(served: Served, command: str, kind: str) -> None:
    thread = served.sdk().beta.chatkit.threads.retrieve(_thread(served, "locker", command))
    assert thread.status.type == kind and thread.status.reason == command.split(" ", 1)[1]


def test_a_reason_that_is_missing_is_null_and_not_absent(served: Served) -> None:
    from datetime import UTC, datetime

    from chatdock.types.thread import Locked, Thread
    from chatdock.types.wire import encode
    from chatdock.web.rest.threads import show

    thread = Thread(id="t", created_at=datetime.now(UTC), user="u", workflow_id="w", status=Locked(), metadata={})
    assert json.loads(encode(show(thread)))["status"] == {"type": "locked", "reason": None}
    assert json.loads(encode(show(thread)))["title"] is None


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_the_sdk_walks_every_thread_once_in_either_order(
    served: Served, seven: list[str], order: Any, limit: int
) -> None:
    pages = served.sdk().beta.chatkit.threads.list(user="seven", order=order, limit=limit)
    found = [thread.id for thread in itertools.islice(pages, 50)]
    assert found == (seven if order == "asc" else seven[::-1])


def test_the_envelope_names_its_first_and_last(served: Served, seven: list[str]) -> None:
    page = _get(served, "/v1/chatkit/threads", user="seven", limit=3).json()
    assert set(page) == {"object", "data", "first_id", "last_id", "has_more"}
    assert (page["object"], page["has_more"]) == ("list", True)
    assert (page["first_id"], page["last_id"]) == (seven[6], seven[4])
    empty = _get(served, "/v1/chatkit/threads", user="nobody").json()
    assert empty == {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}


def test_after_and_before_are_positions_in_the_requested_order(served: Served, seven: list[str]) -> None:
    def ids(**params: Any) -> list[str]:
        return [thread["id"] for thread in _get(served, "/v1/chatkit/threads", user="seven", **params).json()["data"]]

    assert ids(after=seven[3]) == seven[2::-1]
    assert ids(after=seven[3], order="asc") == seven[4:]
    assert ids(before=seven[3]) == seven[:3:-1]
    assert ids(before=seven[3], order="asc") == seven[:3]
    assert ids(after=seven[5], before=seven[1]) == seven[4:1:-1]


def test_a_page_of_none_still_says_whether_there_is_any(served: Served, seven: list[str]) -> None:
    page = _get(served, "/v1/chatkit/threads", user="seven", limit=0).json()
    assert (page["data"], page["has_more"]) == ([], True)
    assert _get(served, "/v1/chatkit/threads", user="nobody", limit=0).json()["has_more"] is False
    assert _get(served, f"/v1/chatkit/threads/{seven[0]}/items", limit=0).json()["has_more"] is True


@pytest.mark.parametrize(
    ("params", "param"),
    [({"limit": "-1"}, "limit"), ({"limit": "101"}, "limit"), ({"limit": "ten"}, "limit"), ({"limit": "1.5"}, "limit"),
     ({"limit": ""}, "limit"), ({"limit": "٣"}, "limit"), ({"limit": "9" * 400}, "limit"), ({"order": "up"}, "order"),
     ({"order": "DESC"}, "order"), ({"user": ""}, "user"), ({"user": "a" * 513}, "user")],
)  # fmt: skip
def test_a_parameter_that_cannot_be_meant_is_a_400_that_names_it(
    served: Served, params: dict[str, str], param: str
) -> None:
    answer = _get(served, "/v1/chatkit/threads", **params)
    assert answer.status_code == 400 and answer.json()["error"]["param"] == param


def test_an_unknown_cursor_is_a_404(served: Served, seven: list[str]) -> None:
    for path in ("/v1/chatkit/threads", f"/v1/chatkit/threads/{seven[0]}/items"):
        assert _get(served, path, after="cthr_nowhere").status_code == 404


def test_a_deleted_thread_is_gone_with_its_items(served: Served) -> None:
    thread_id = _thread(served, "deleter", "hello")
    deleted = served.sdk().beta.chatkit.threads.delete(thread_id)
    assert (deleted.id, deleted.object, deleted.deleted) == (thread_id, "chatkit.thread.deleted", True)
    for call in (
        served.sdk().beta.chatkit.threads.retrieve,
        served.sdk().beta.chatkit.threads.list_items,
        served.sdk().beta.chatkit.threads.delete,
    ):
        with pytest.raises(openai.NotFoundError):
            call(thread_id)


def test_an_id_with_a_slash_is_just_unknown(served: Served) -> None:
    for thread_id in ("thr/1", "a b", "..%2f", "é", "x" * 600):
        with pytest.raises(openai.NotFoundError):
            served.sdk().beta.chatkit.threads.retrieve(thread_id)


# ---- items ---------------------------------------------------------------------------------------------------------


def _items(served: Served, thread_id: str, **params: Any) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = _get(served, f"/v1/chatkit/threads/{thread_id}/items", order="asc", **params).json()[
        "data"
    ]
    return data


COMMON = {"id", "object", "created_at", "thread_id", "type"}


def test_a_user_message_and_its_answer(served: Served) -> None:
    secret = served.mint("items")["client_secret"]
    message = {
        "content": [
            {"type": "input_text", "text": "Hello "},
            {"type": "input_tag", "id": "e1", "text": "Ada", "data": {}, "interactive": False},
        ],
        "attachments": [],
        "inference_options": {"model": "fast", "tool_choice": {"id": "search"}},
        "quoted_text": "as you said",
    }
    stream = served.chat(secret, "threads.create", {"input": message}).text
    thread_id = json.loads(stream.split("\n")[0].removeprefix("data: "))["thread"]["id"]
    user, answer = _items(served, thread_id)
    assert set(user) == COMMON | {"content", "attachments", "inference_options"}
    assert user["type"] == "chatkit.user_message" and user["object"] == "chatkit.thread_item"
    assert user["content"] == [
        {"type": "input_text", "text": "Hello "},
        {"type": "input_text", "text": "Ada"},
        {"type": "quoted_text", "text": "as you said"},
    ]
    assert user["inference_options"] == {"model": "fast", "tool_choice": {"id": "search"}}
    assert set(answer) == COMMON | {"content"} and answer["type"] == "chatkit.assistant_message"
    assert answer["content"][0]["type"] == "output_text" and answer["content"][0]["annotations"] == []
    assert isinstance(user["created_at"], int) and user["thread_id"] == thread_id


def test_options_that_were_not_set_are_null(served: Served) -> None:
    assert _items(served, _thread(served, "items", "hi"))[0]["inference_options"] is None


def test_sources_become_annotations_and_entities_are_dropped(served: Served) -> None:
    answer = _items(served, _thread(served, "items", "/sources"))[-1]
    annotations = [each for part in answer["content"] for each in part["annotations"]]
    assert {each["type"] for each in annotations} == {"url", "file"}
    for each in annotations:
        assert set(each["source"]) == {"type", "url" if each["type"] == "url" else "filename"}


def test_a_widget_is_a_string_of_json(served: Served) -> None:
    (widget,) = [
        each for each in _items(served, _thread(served, "items", "/widget card")) if each["type"] == "chatkit.widget"
    ]
    assert set(widget) == COMMON | {"widget"} and json.loads(widget["widget"])["type"] == "Card"


def test_a_client_tool_call_before_and_after_its_output(served: Served) -> None:
    secret = served.mint("items")["client_secret"]
    thread_id = _thread(served, "items", '/client-tool find {"q":"x"}', secret=secret)
    call = _items(served, thread_id)[-1]
    assert set(call) == COMMON | {"status", "call_id", "name", "arguments", "output"}
    assert (call["type"], call["status"], call["name"]) == ("chatkit.client_tool_call", "in_progress", "find")
    assert json.loads(call["arguments"]) == {"q": "x"} and call["output"] is None
    served.chat(secret, "threads.add_client_tool_output", {"thread_id": thread_id, "result": {"n": [1, None]}})
    done = next(each for each in _items(served, thread_id) if each["type"] == "chatkit.client_tool_call")
    assert done["status"] == "completed" and json.loads(done["output"]) == {"n": [1, None]}


def test_tasks_become_a_group(served: Served) -> None:
    groups = [
        each for each in _items(served, _thread(served, "items", "/tasks")) if each["type"] == "chatkit.task_group"
    ]
    assert groups and set(groups[0]) == COMMON | {"tasks"}
    assert all(set(task) == {"type", "heading", "summary"} for task in groups[0]["tasks"])
    thoughts = [
        each for each in _items(served, _thread(served, "items", "/think")) if each["type"] == "chatkit.task_group"
    ]
    assert thoughts[0]["tasks"][0]["type"] == "thought"


@pytest.mark.parametrize("command", ["/image", "/ask", "/hidden"])
def test_kinds_without_a_counterpart_never_appear(served: Served, command: str) -> None:
    thread_id = _thread(served, "items", command)
    known = {"chatkit.user_message", "chatkit.assistant_message"}
    assert {each["type"] for each in _items(served, thread_id)} <= known
    assert all(item.type in known for item in served.sdk().beta.chatkit.threads.list_items(thread_id))


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_sdk_walks_past_what_is_left_out(served: Served, order: Any, limit: int) -> None:
    thread_id = _thread(served, "walker", "one", "/image", "/image", "/image", "two", "/hidden", "three")
    every = [each["id"] for each in _items(served, thread_id, limit=100)]
    walked = [
        item.id
        for item in itertools.islice(
            served.sdk().beta.chatkit.threads.list_items(thread_id, order=order, limit=limit), 100
        )
    ]
    assert walked == (every if order == "asc" else every[::-1])
    assert len(every) >= 10

"""The 16 operations through the real door, read by the reference's own models."""

import re

import pytest

from web.chatkit.client import Chat, answer_of, items_of, message, thread_of
from web.chatkit.conftest import Join


def test_a_first_message_creates_a_thread_stores_the_message_and_streams_the_answer(chat: Chat) -> None:
    stream = chat.say("Hello")
    assert [event["type"] for event in stream[:3]] == ["thread.created", "thread.item.done", "stream_options"]
    assert stream[0]["thread"]["items"] == {"data": [], "has_more": False}
    assert stream[0]["thread"]["metadata"] == {}
    assert stream[2]["stream_options"] == {"allow_cancel": True}
    assert answer_of(stream) == "You said: Hello"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", stream[0]["thread"]["created_at"])


def test_deltas_add_up_to_the_stored_answer(chat: Chat) -> None:
    stream = chat.say("/text 200")
    deltas = [e["update"]["delta"] for e in stream if e.get("update", {}).get("type", "").endswith("text_delta")]
    assert len(deltas) == 200
    assert "".join(deltas) == answer_of(stream)
    page = chat.ask("items.list", thread_id=thread_of(stream), order="asc")
    assert page["data"][-1]["content"][0]["text"] == answer_of(stream)


def test_the_next_message_goes_on_in_the_thread(chat: Chat) -> None:
    thread = thread_of(chat.say("One"))
    stream = chat.say("Two", thread)
    assert [event["type"] for event in stream[:2]] == ["thread.item.done", "stream_options"]
    loaded = chat.ask("threads.get_by_id", thread_id=thread)
    assert [item["type"] for item in loaded["items"]["data"]] == ["user_message", "assistant_message"] * 2
    assert loaded["items"]["has_more"] is False and "after" not in loaded["items"]


def test_an_empty_quote_is_stored_and_echoed(chat: Chat) -> None:
    stream = chat.say("Hello", quoted_text="")
    assert items_of(stream, "user_message")[0]["quoted_text"] == ""


def test_a_tag_keeps_its_data_with_nulls_inside(chat: Chat) -> None:
    tag = {"type": "input_tag", "id": "e1", "text": "Order 7", "data": {"n": None}, "interactive": True}
    stream = chat.stream("threads.create", input={"content": [tag], "attachments": [], "inference_options": {}})
    assert items_of(stream, "user_message")[0]["content"] == [tag]


def test_pages_follow_the_requested_order_and_end(chat: Chat) -> None:
    thread = thread_of(chat.say("1"))
    for n in range(2, 6):
        chat.say(str(n), thread)
    for order in ("asc", "desc"):
        seen: list[str] = []
        after = None
        while True:
            page = chat.ask("items.list", thread_id=thread, limit=3, order=order, **({"after": after} if after else {}))
            seen += [item["id"] for item in page["data"]]
            if not page["has_more"]:
                assert "after" not in page
                break
            after = page["after"]
            assert after == seen[-1]
        assert len(seen) == len(set(seen)) == 10
        whole = chat.ask("items.list", thread_id=thread, limit=0, order=order)
        assert [item["id"] for item in whole["data"]] == seen


def test_threads_are_listed_newest_first_without_their_items(join: Join) -> None:
    chat = join("lister")
    ids = [thread_of(chat.say(str(n))) for n in range(3)]
    page = chat.ask("threads.list", limit=9_999, order="desc")
    assert [thread["id"] for thread in page["data"]] == ids[::-1]
    assert all(thread["items"] == {"data": [], "has_more": False} for thread in page["data"])
    first = chat.ask("threads.list", limit=2)
    assert first["has_more"] is True and first["after"] == ids[1]
    rest = chat.ask("threads.list", limit=2, after=first["after"])
    assert [thread["id"] for thread in rest["data"]] == ids[:1]


def test_a_thread_takes_another_title(chat: Chat) -> None:
    thread = thread_of(chat.say("Hello"))
    assert chat.ask("threads.update", thread_id=thread, title="Mine")["title"] == "Mine"
    assert chat.ask("threads.get_by_id", thread_id=thread)["title"] == "Mine"


def test_a_deleted_thread_is_gone_with_all_that_was_in_it(chat: Chat) -> None:
    thread = thread_of(chat.say("Hello"))
    assert chat.ask("threads.delete", thread_id=thread) == {}
    for op in ("threads.get_by_id", "items.list", "threads.delete"):
        assert chat.post(op, thread_id=thread).status_code == 404


def test_a_retry_drops_what_followed_and_answers_again(chat: Chat) -> None:
    stream = chat.say("First")
    thread, first = thread_of(stream), items_of(stream, "user_message")[0]
    chat.say("Second", thread)
    again = chat.stream("threads.retry_after_item", thread_id=thread, item_id=first["id"])
    assert again[0]["type"] == "stream_options"
    assert answer_of(again) == "You said: First"
    items = chat.ask("items.list", thread_id=thread, order="asc")["data"]
    assert [item["type"] for item in items] == ["user_message", "assistant_message"]
    assert items[0]["id"] == first["id"]


def test_a_client_tool_call_is_answered_by_the_page_and_the_answer_goes_on(chat: Chat) -> None:
    stream = chat.say('/client-tool get_cart {"n": 2, "none": null}')
    call = items_of(stream, "client_tool_call")[0]
    assert (call["status"], call["name"], call["arguments"]) == ("pending", "get_cart", {"n": 2, "none": None})
    rest = chat.stream("threads.add_client_tool_output", thread_id=thread_of(stream), result={"total": 12})
    assert rest[0]["type"] == "stream_options"
    assert '"total":12' in answer_of(rest).replace(" ", "")
    stored = [i for i in chat.ask("items.list", thread_id=thread_of(stream))["data"] if i["type"] == "client_tool_call"]
    assert stored[0]["status"] == "completed" and stored[0]["output"] == {"total": 12}


def test_a_pending_call_with_a_hidden_item_behind_it_is_still_found(chat: Chat) -> None:
    stream = chat.say("/client-tool-hidden get_cart")
    assert "hidden" not in {event.get("item", {}).get("type") for event in stream}
    rest = chat.stream("threads.add_client_tool_output", thread_id=thread_of(stream), result=None)
    assert rest[-1]["type"] != "error"


def test_a_form_is_answered_and_normalised(chat: Chat) -> None:
    stream = chat.say("/ask")
    form = items_of(stream, "structured_input")[0]
    choice, free = form["inputs"]
    given = {
        choice["id"]: {"values": [choice["options"][0]["value"], choice["options"][1]["value"]]},
        "unknown": {"values": ["x"]},
    }
    rest = chat.stream(
        "threads.add_structured_input",
        thread_id=thread_of(stream),
        item_id=form["id"],
        input={"status": "answered", "answers": given},
    )
    assert [event["type"] for event in rest[:2]] == ["stream_options", "thread.item.replaced"]
    answered = rest[1]["item"]
    assert answered["status"] == "answered"
    assert answered["inputs"][0]["answer"] == {"values": [choice["options"][0]["value"]], "skipped": False}
    assert (
        answered["inputs"][1]["answer"] == {"values": [], "skipped": True} and free["id"] == answered["inputs"][1]["id"]
    )
    again = chat.post(
        "threads.add_structured_input", thread_id=thread_of(stream), item_id=form["id"], input={"answers": {}}
    )
    assert again.status_code == 400


def test_a_widget_action_streams_and_a_synchronous_one_updates_the_widget(chat: Chat) -> None:
    stream = chat.say("/widget card")
    thread, widget = thread_of(stream), items_of(stream, "widget")[0]
    action = {"type": "gallery.echo", "payload": {"a": [1, None]}}
    echoed = chat.stream("threads.custom_action", thread_id=thread, item_id=widget["id"], action=action)
    assert '"a"' in answer_of(echoed)
    touched = chat.ask(
        "threads.sync_custom_action", thread_id=thread, item_id=widget["id"], action={"type": "gallery.touch"}
    )
    assert touched["updated_item"]["id"] == widget["id"] and touched["updated_item"]["widget"] != widget["widget"]
    stored = [item for item in chat.ask("items.list", thread_id=thread)["data"] if item["id"] == widget["id"]]
    assert stored[0]["widget"] == touched["updated_item"]["widget"]


def test_feedback_is_taken_for_own_items_only(chat: Chat, other: Chat) -> None:
    stream = chat.say("Hello")
    thread, item = thread_of(stream), items_of(stream, "assistant_message")[0]["id"]
    assert chat.ask("items.feedback", thread_id=thread, item_ids=[item], kind="positive") == {}
    assert chat.post("items.feedback", thread_id=thread, item_ids=["cti_nobody"], kind="positive").status_code == 404
    assert other.post("items.feedback", thread_id=thread, item_ids=[item], kind="negative").status_code == 404


def test_locked_and_closed_threads_refuse_messages_and_say_why(chat: Chat) -> None:
    for command, kind in (("/lock A colleague takes over.", "locked"), ("/close All done.", "closed")):
        stream = chat.say(command)
        thread = thread_of(stream)
        assert any(e["type"] == "thread.updated" and e["thread"]["status"]["type"] == kind for e in stream)
        refused = chat.post("threads.add_user_message", thread_id=thread, input=message("More"))
        assert refused.status_code == 400 and refused.json()["error"]["message"] == command.partition(" ")[2]


def test_dictation_is_a_clear_refusal_where_it_is_not_configured(chat: Chat) -> None:
    refused = chat.post("input.transcribe", audio_base64="AAAA", mime_type="audio/webm;codecs=opus")
    assert refused.status_code == 400 and refused.json()["error"]["code"] == "transcription_disabled"


@pytest.mark.parametrize(
    ("op", "params"),
    [
        ("threads.add_user_message", {"input": message("x")}),
        ("threads.add_client_tool_output", {"result": 1}),
        ("threads.add_structured_input", {"item_id": "cti_x", "input": {}}),
        ("threads.retry_after_item", {"item_id": "cti_x"}),
        ("threads.custom_action", {"action": {"type": "x"}}),
        ("threads.sync_custom_action", {"action": {"type": "x"}}),
        ("threads.get_by_id", {}),
        ("threads.update", {"title": "x"}),
        ("threads.delete", {}),
        ("items.list", {}),
        ("items.feedback", {"item_ids": [], "kind": "positive"}),
    ],
)
def test_a_foreign_thread_looks_like_none_at_all_to_every_operation(
    chat: Chat, other: Chat, op: str, params: dict[str, object]
) -> None:
    thread = thread_of(chat.say("Mine"))
    foreign = other.post(op, thread_id=thread, **params)
    unknown = other.post(op, thread_id="cthr_" + "0" * 30, **params)
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.text.replace(thread, "<id>") == unknown.text.replace("cthr_" + "0" * 30, "<id>")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"type":"threads.list"}', 400),
        (b'{"type":"threads.nonsense","params":{}}', 400),
        (b'{"type":"threads.list","params":{"limit":-1}}', 400),
        (b'{"type":"threads.list","params":{"limit":"x"}}', 400),
        (b'{"type":"threads.list","params":{"limit":NaN}}', 400),
        (b'{"type":"threads.list","params":{"after":"cthr_nobody"}}', 404),
        (b'{"type":"threads.create","params":{"input":{"content":[],"attachments":[]}}}', 400),
        (
            b'{"type":"threads.create","params":{"input":{"content":[{"type":"input_text","text":"\\ud800"}],"attachments":[],"inference_options":{}}}}',
            400,
        ),
        (
            b'{"type":"threads.create","params":{"input":{"content":[{"type":"input_text","text":"a\\u0000b"}],"attachments":[],"inference_options":{}}}}',
            400,
        ),
        (b'{"type":"threads.list","params":' + b"[" * 5_000 + b"]" * 5_000 + b"}", 400),
        (b'{"type":"threads.list","params":{},"x":"' + b"y" * 1_100_000 + b'"}', 413),
        (b'{"type":"threads.create","params":{"input":{"content":[],"attachments":[],"inference_options":{}}}}', 400),
        (
            b'{"type":"threads.create","params":{"input":{"content":[{"type":"input_text","text":"x"}],"attachments":["catt_nobody"],"inference_options":{}}}}',
            400,
        ),
    ],
)
def test_bad_input_is_a_4xx_in_the_documented_shape_and_writes_nothing(join: Join, body: bytes, status: int) -> None:
    chat = join("clumsy")
    answer = chat.http.post("/chatkit", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"} and error["message"]
    assert chat.ask("threads.list")["data"] == []


def test_a_message_that_is_too_long_is_refused_in_words_for_who_wrote_it(chat: Chat) -> None:
    refused = chat.post("threads.create", input=message("x" * 32_769))
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert error["message"] == "This message is too long: it may have 32,768 characters at most."
    assert (error["code"], error["param"]) == ("too_large", "params.input.content[0].text")
    assert chat.http.get("/v1/chatkit/config").json()["max_message_length"] == 32_768
    quoted = chat.post("threads.create", input={**message("x"), "quoted_text": "x" * 32_769})
    assert quoted.json()["error"]["message"] == error["message"]


def test_only_json_is_taken(chat: Chat) -> None:
    answer = chat.http.post(
        "/chatkit", content=b'{"type":"threads.list","params":{}}', headers={"content-type": "text/plain"}
    )
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-CH", "de-CH"),
        ("en;q=0.2, fr;q=0, pt-BR;q=0.9", "pt-BR"),
        ("<script>, nl", "nl"),
        ("*", "en"),
        (";;q=", "en"),
    ],
)
def test_a_workflow_knows_the_language_that_is_wanted_most(chat: Chat, header: str, language: str) -> None:
    body = {"type": "threads.create", "params": {"input": message("/locale")}}
    answer = chat.http.post("/chatkit", json=body, headers={"accept-language": header})
    assert f"`{language}`" in answer.text


def test_the_hosted_path_is_the_same_door(chat: Chat) -> None:
    answer = chat.http.post("/v1/chatkit/conversation", json={"type": "threads.list", "params": {}})
    assert answer.status_code == 200 and "data" in answer.json()


def test_history_off_or_limited_is_honoured(join: Join) -> None:
    plain = join("historian")
    ids = [thread_of(plain.say(str(n))) for n in range(4)]
    off = join("historian", chatkit_configuration={"history": {"enabled": False}})
    assert off.ask("threads.list")["data"] == []
    few = join("historian", chatkit_configuration={"history": {"recent_threads": 2}})
    assert [thread["id"] for thread in few.ask("threads.list", limit=100)["data"]] == ids[:1:-1]


def test_titles_come_when_the_session_asks_for_them_and_not_otherwise(join: Join) -> None:
    untitled = join("t", chatkit_configuration={"automatic_thread_titling": {"enabled": False}})
    thread = thread_of(untitled.say("Where is my parcel?"))
    assert "title" not in untitled.ask("threads.get_by_id", thread_id=thread)
    titled = join("t")
    stream = titled.say("Where is my parcel?")
    assert stream[-1]["type"] == "thread.updated" and stream[-1]["thread"]["title"]

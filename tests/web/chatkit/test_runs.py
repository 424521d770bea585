"""Runs outlive requests: resume, attach, stop, and what a plain client sees of none of it."""

import json
import threading
import time
import uuid
from typing import Any

import httpx
import pytest

from servers.service import Service
from web.chatkit.client import Chat, answer_of, events, items_of, message, thread_of
from web.chatkit.conftest import Join

RESUMABLE = {"x-chatdock-client": "test"}
TERMINAL = {"completed", "incomplete", "failed", "cancelled", "expired", "requires_action"}


def begin(chat: Chat, text: str, *, resumable: bool = True, frames: int = 8) -> tuple[str, str]:
    """Starts a run, reads a little, drops the connection; the run's id and what was read."""
    read = ""
    headers = RESUMABLE if resumable else {}
    with chat.open("threads.create", headers=headers, input=message(text)) as response:
        assert response.status_code == 200
        for chunk in response.iter_text():
            read += chunk
            if read.count("data: ") >= frames:
                break
        return response.headers["x-chatdock-run-id"], read


def run_of(chat: Chat, run_id: str) -> dict[str, Any]:
    answer = chat.http.get(f"/v1/chatkit/runs/{run_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def until(chat: Chat, run_id: str, *statuses: str, seconds: float = 60) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while (run := run_of(chat, run_id))["status"] not in statuses:
        assert time.monotonic() < deadline, run
        time.sleep(0.02)
    return run


def frames_of(text: str) -> list[tuple[str, str]]:
    """(id, data) of every frame; comments and retry fields are no frames."""
    frames = []
    for block in text.split("\n\n"):
        lines = block.split("\n")
        if len(lines) == 2 and lines[0].startswith("id: ") and lines[1].startswith("data: "):
            frames.append((lines[0][4:], lines[1][6:]))
    return frames


def test_a_plain_stream_names_its_run_in_a_header_and_nowhere_else(chat: Chat) -> None:
    answer = chat.post("threads.create", input=message("Hi"))
    run_id = answer.headers["x-chatdock-run-id"]
    assert run_id.startswith("run_") and run_id not in answer.text
    assert ": " + "hb" not in answer.text and "retry:" not in answer.text
    events(answer.text)


def test_a_resumable_stream_numbers_its_frames_from_one_without_gaps(chat: Chat) -> None:
    with chat.open("threads.create", headers=RESUMABLE, input=message("/text 30")) as response:
        text = "".join(response.iter_text())
    run_id = response.headers["x-chatdock-run-id"]
    assert [frame_id for frame_id, _ in frames_of(text)] == [
        f"{run_id}:{n}" for n in range(1, len(frames_of(text)) + 1)
    ]
    assert run_of(chat, run_id)["last_seq"] == len(frames_of(text))


def test_a_dropped_connection_stops_nothing_and_replay_from_every_position_is_byte_for_byte(chat: Chat) -> None:
    run_id, read = begin(chat, "/text 60 5")
    assert run_of(chat, run_id)["status"] == "in_progress", "it goes on without us"
    whole = chat.http.get(f"/v1/chatkit/runs/{run_id}/events").text
    frames = frames_of(whole)
    assert frames[: len(frames_of(read))] == frames_of(read)
    assert json.loads(frames[-2][1])["item"]["content"][0]["text"].endswith("word59 ") or "word59" in whole
    for after in range(0, len(frames) + 1, 7):
        by_query = chat.http.get(f"/v1/chatkit/runs/{run_id}/events?after={after}").text
        assert frames_of(by_query) == frames[after:]
        if after:
            by_header = chat.http.get(
                f"/v1/chatkit/runs/{run_id}/events", headers={"last-event-id": f"{run_id}:{after}"}
            )
            assert by_header.text == by_query


def test_the_run_object_says_how_it_went(chat: Chat) -> None:
    answer = chat.post("threads.create", input=message("Hi"))
    run = run_of(chat, answer.headers["x-chatdock-run-id"])
    assert set(run) == {
        "id", "object", "thread_id", "status", "created_at", "started_at", "completed_at", "last_seq", "error", "usage",
        "metadata", "item_id",
    }  # fmt: skip
    assert run["item_id"] is None
    assert run["object"] == "chatkit.run" and run["status"] == "completed" and run["error"] is None
    assert run["created_at"] <= run["started_at"] <= run["completed_at"]
    assert run["thread_id"] == thread_of(events(answer.text))


def test_cancel_from_another_connection_stops_at_once_and_keeps_the_partial_answer(chat: Chat) -> None:
    run_id, _ = begin(chat, "/text 5000 10")
    asked_at = time.monotonic()
    cancelled = chat.http.post(f"/v1/chatkit/runs/{run_id}/cancel")
    assert cancelled.status_code == 200 and cancelled.json()["status"] == "cancelled"
    assert time.monotonic() - asked_at < 20  # of the fifty that the answer would take
    frames = frames_of(chat.http.get(f"/v1/chatkit/runs/{run_id}/events").text)
    done = next(event for _, data in reversed(frames) if (event := json.loads(data))["type"] == "thread.item.done")
    assert "word0" in done["item"]["content"][0]["text"]
    thread = run_of(chat, run_id)["thread_id"]
    stored = chat.ask("items.list", thread_id=thread)["data"][0]
    assert stored == done["item"]
    assert answer_of(chat.say("Go on", thread)) == "You said: Go on"


def test_every_viewer_gets_the_same_bytes(chat: Chat) -> None:
    run_id, _ = begin(chat, "/text 80 5")
    texts: list[str] = []

    def watch() -> None:
        with httpx.Client(base_url=chat.url, headers=chat.headers, timeout=30) as http:
            texts.append(http.get(f"/v1/chatkit/runs/{run_id}/events").text)

    viewers = [threading.Thread(target=watch) for _ in range(4)]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join()
    assert len(texts) == 4 and len(set(texts)) == 1 and len(frames_of(texts[0])) > 80


def test_a_second_message_while_a_run_is_active_is_refused_in_the_documented_words(chat: Chat) -> None:
    run_id, _ = begin(chat, "/text 5000 10")
    thread = run_of(chat, run_id)["thread_id"]
    refused = chat.post("threads.add_user_message", thread_id=thread, input=message("Also"))
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert error["type"] == "invalid_request_error" and error["param"] is None and error["code"] is None
    assert error["message"] == f"Can't add messages to {thread} while a run {run_id} is active."
    chat.http.post(f"/v1/chatkit/runs/{run_id}/cancel")


def test_active_runs_of_a_thread_are_listed_while_they_run(chat: Chat) -> None:
    run_id, _ = begin(chat, "/text 5000 10")
    thread = run_of(chat, run_id)["thread_id"]
    listed = chat.http.get(f"/v1/chatkit/threads/{thread}/runs?status=active").json()
    assert [run["id"] for run in listed["data"]] == [run_id] and listed["object"] == "list"
    assert listed["first_id"] == listed["last_id"] == run_id and listed["has_more"] is False
    chat.http.post(f"/v1/chatkit/runs/{run_id}/cancel")
    assert chat.http.get(f"/v1/chatkit/threads/{thread}/runs?status=active").json()["data"] == []
    assert len(chat.http.get(f"/v1/chatkit/threads/{thread}/runs").json()["data"]) == 1


def test_the_same_client_message_id_is_one_message_and_one_answer_however_often_it_is_sent(join: Join) -> None:
    chat = join("idem")
    metadata = {"client_message_id": str(uuid.uuid4())}
    body = {"type": "threads.create", "params": {"input": message("/text 40 5")}, "metadata": metadata}
    answers: list[httpx.Response] = []

    def send() -> None:
        with httpx.Client(base_url=chat.url, headers=chat.headers, timeout=30) as http:
            answers.append(http.post("/chatkit", json=body))

    senders = [threading.Thread(target=send) for _ in range(5)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    answers.append(chat.http.post("/chatkit", json=body))  # and once more when it is over
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["x-chatdock-run-id"] for answer in answers}) == 1
    assert len({answer.text for answer in answers}) == 1, "attached from the first frame"
    assert len(chat.ask("threads.list")["data"]) == 1
    thread = thread_of(events(answers[0].text))
    assert len(chat.ask("items.list", thread_id=thread)["data"]) == 2
    other = chat.post("threads.create", metadata, input=message("Something else"))
    assert other.status_code == 422 and other.json()["error"]["param"] == "metadata.client_message_id"


def test_a_client_message_id_belongs_to_its_user(join: Join) -> None:
    metadata = {"client_message_id": "the-same"}
    first, second = join("idem-1"), join("idem-2")
    run_1 = first.post("threads.create", metadata, input=message("Hi")).headers["x-chatdock-run-id"]
    run_2 = second.post("threads.create", metadata, input=message("Hi")).headers["x-chatdock-run-id"]
    assert run_1 != run_2


def test_a_pending_call_or_form_ends_its_run_as_requires_action_and_the_answer_completes_it(chat: Chat) -> None:
    asked = chat.post("threads.create", input=message("/ask"))
    run_id, stream = asked.headers["x-chatdock-run-id"], events(asked.text)
    assert run_of(chat, run_id)["status"] == "requires_action"
    form = items_of(stream, "structured_input")[0]
    chat.stream(
        "threads.add_structured_input", thread_id=thread_of(stream), item_id=form["id"], input={"status": "skipped"}
    )
    assert run_of(chat, run_id)["status"] == "completed"


def test_a_server_key_may_look_at_and_stop_a_run_too(chat: Chat, service: Service) -> None:
    run_id, _ = begin(chat, "/text 5000 10")
    with httpx.Client(base_url=service.url, headers={"authorization": f"Bearer {service.key}"}, timeout=60) as backend:
        assert backend.get(f"/v1/chatkit/runs/{run_id}").json()["status"] == "in_progress"
        assert backend.post(f"/v1/chatkit/runs/{run_id}/cancel").json()["status"] == "cancelled"
        assert frames_of(backend.get(f"/v1/chatkit/runs/{run_id}/events?after=2").text)[0][0] == f"{run_id}:3"


def test_a_foreign_run_looks_like_none_at_all(chat: Chat, other: Chat) -> None:
    run_id = chat.post("threads.create", input=message("Hi")).headers["x-chatdock-run-id"]
    nobody = "run_" + "0" * 30
    for path, method in (("", "GET"), ("/events", "GET"), ("/cancel", "POST")):
        foreign = other.http.request(method, f"/v1/chatkit/runs/{run_id}{path}")
        unknown = other.http.request(method, f"/v1/chatkit/runs/{nobody}{path}")
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.text.replace(run_id, "<id>") == unknown.text.replace(nobody, "<id>")


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=999999", "after=1e3", "after=９"])
def test_a_position_that_makes_no_sense_is_refused_and_not_taken_for_the_start(chat: Chat, query: str) -> None:
    run_id = chat.post("threads.create", input=message("Hi")).headers["x-chatdock-run-id"]
    assert chat.http.get(f"/v1/chatkit/runs/{run_id}/events?{query}").status_code == 400
    foreign = chat.http.get(f"/v1/chatkit/runs/{run_id}/events", headers={"last-event-id": "run_other:3"})
    assert foreign.status_code == 400


def test_a_plain_client_that_goes_away_gets_its_grace_and_then_the_run_is_cancelled(chat: Chat) -> None:
    run_id, _ = begin(chat, "/text 5000 10", resumable=False)
    time.sleep(0.3)
    assert run_of(chat, run_id)["status"] == "in_progress", "the default grace is 30 s"
    chat.http.post(f"/v1/chatkit/runs/{run_id}/cancel")


def test_a_failed_run_says_so_in_its_stream_and_its_object_without_detail(chat: Chat) -> None:
    answer = chat.post("threads.create", input=message("/fail"))
    last = _error(events(answer.text))
    assert (last["type"], last["code"], last["allow_retry"]) == ("error", "stream.error", True)
    run = run_of(chat, answer.headers["x-chatdock-run-id"])
    assert run["status"] == "failed" and run["error"]["code"] == "stream.error"
    told = _error(chat.say("/error Out of stock today."))
    assert (told["code"], told["message"], told["allow_retry"]) == ("custom", "Out of stock today.", False)


def test_the_preflight_lets_a_page_resume_and_the_reply_shows_the_run(chat: Chat, service: Service) -> None:
    origin = service.url
    preflight = httpx.options(
        f"{service.url}/chatkit",
        headers={
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type,x-chatdock-client,last-event-id",
        },
    )
    assert preflight.headers["access-control-allow-origin"] == origin
    allowed = preflight.headers["access-control-allow-headers"]
    assert "x-chatdock-client" in allowed and "last-event-id" in allowed
    body = {"type": "threads.create", "params": {"input": message("Hi")}}
    reply = chat.http.post("/chatkit", json=body, headers={"origin": origin})
    assert "x-chatdock-run-id" in reply.headers["access-control-expose-headers"]


def test_a_cancelled_session_loses_its_open_streams_and_every_door_at_once(join: Join, service: Service) -> None:
    chat = join("banned")
    runs: list[str] = []
    ended_at: list[float] = []

    def watch() -> None:
        with chat.open("threads.create", headers=RESUMABLE, input=message("/text 5000 10")) as response:
            runs.append(response.headers["x-chatdock-run-id"])
            for _ in response.iter_text():
                pass
        ended_at.append(time.monotonic())

    viewer = threading.Thread(target=watch)
    viewer.start()
    while not runs:
        time.sleep(0.02)
    cancelled_at = time.monotonic()
    assert chat.api.beta.chatkit.sessions.cancel(chat.session.id).status == "cancelled"
    assert chat.post("threads.list").status_code == 401
    viewer.join(40)
    assert ended_at and ended_at[0] - cancelled_at < 20  # of the fifty that the answer would take
    key = {"authorization": f"Bearer {service.key}"}
    assert (
        httpx.post(f"{service.url}/v1/chatkit/runs/{runs[0]}/cancel", headers=key, timeout=60).json()["status"]
        == "cancelled"
    )


def test_streams_over_the_limit_of_a_session_are_refused_before_anything_is_stored(join: Join) -> None:
    chat = join("greedy")
    run_id, _ = begin(chat, "/text 5000 10")
    open_streams = []
    for _ in range(6):
        http = httpx.Client(base_url=chat.url, headers=chat.headers, timeout=30)
        stream = http.stream("GET", f"/v1/chatkit/runs/{run_id}/events")
        assert stream.__enter__().status_code == 200
        open_streams.append((http, stream))
    refused = chat.post("threads.create", input=message("One too many"))
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) >= 1
    assert len(chat.ask("threads.list")["data"]) == 1
    for http, stream in open_streams:
        stream.__exit__(None, None, None)
        http.close()
    chat.http.post(f"/v1/chatkit/runs/{run_id}/cancel")


def test_messages_over_the_limit_of_a_session_are_refused_with_a_sentence_and_a_time(join: Join) -> None:
    chat = join("hasty", rate_limits={"max_requests_per_1_minute": 2})
    chat.say("1")
    chat.say("2")
    refused = chat.post("threads.create", input=message("3"))
    assert refused.status_code == 429
    assert refused.json()["error"]["type"] == "rate_limit_error" and "again in" in refused.json()["error"]["message"]
    assert int(refused.headers["retry-after"]) <= 60 and refused.headers["ratelimit-limit"] == "2"
    assert len(chat.ask("threads.list")["data"]) == 2


def _error(stream: list[dict[str, Any]]) -> dict[str, Any]:
    (error,) = [event for event in stream if event["type"] == "error"]
    return error

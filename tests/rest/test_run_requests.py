"""A backend starts an answer: `POST /v1/chatkit/runs`."""

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from web.served import SERVER_KEY, Served, serving, settings, text_message

WAIT_SECONDS = 60.0


def start(served: Served, body: Any, key: str = SERVER_KEY, **headers: str) -> httpx.Response:
    return served.http.post("/v1/chatkit/runs", json=body, headers={"authorization": f"Bearer {key}", **headers})


def new(text: Any = "Hello", user: str = "ada", **fields: Any) -> dict[str, Any]:
    return {"user": user, "workflow": {"id": "wf_gallery"}, "input": text, **fields}


def look(served: Served, run_id: str, credential: str = SERVER_KEY) -> httpx.Response:
    return served.http.get(f"/v1/chatkit/runs/{run_id}", headers={"authorization": f"Bearer {credential}"})


def events(served: Served, run_id: str, credential: str = SERVER_KEY) -> list[dict[str, Any]]:
    """All of them, to the run's end."""
    told = served.http.get(f"/v1/chatkit/runs/{run_id}/events", headers={"authorization": f"Bearer {credential}"})
    assert told.status_code == 200, told.text
    return [json.loads(line[6:]) for line in told.text.splitlines() if line.startswith("data: ")]


def kinds(served: Served, secret: str, thread_id: str) -> list[str]:
    page = served.chat(secret, "items.list", {"thread_id": thread_id, "order": "asc", "limit": 100}).json()
    return [item["type"] for item in page["data"]]


def secret_of(served: Served, user: str = "ada") -> str:
    return str(served.mint(user)["client_secret"])


def test_a_run_in_a_new_thread_is_answered_in_the_background_and_its_user_follows_it(served: Served) -> None:
    begun = start(served, new("Say hi", title="Delivery", metadata={"order": "7"}))
    assert begun.status_code == 202, begun.text
    run = begun.json()
    assert run["object"] == "chatkit.run" and run["metadata"] == {"order": "7"}
    secret = secret_of(served)
    told = events(served, run["id"], secret)
    assert told[0]["type"] == "thread.created" and told[0]["thread"]["title"] == "Delivery"
    assert told[-1]["item"]["content"][0]["text"] == "You said: Say hi"
    assert look(served, run["id"], secret).json()["status"] == "completed"
    assert kinds(served, secret, run["thread_id"]) == ["assistant_message"], "what was asked for is not shown"


def test_a_run_in_a_thread_knows_what_was_said_there_and_puts_a_form_away(served: Served) -> None:
    secret = secret_of(served, "bea")
    served.chat(secret, "threads.create", {"input": text_message("/ask")})
    thread_id = served.chat(secret, "threads.list", {}).json()["data"][0]["id"]
    run = start(served, {"thread_id": thread_id, "input": {"parcel": 7}}).json()
    told = events(served, run["id"])
    replaced = next(event["item"] for event in told if event["type"] == "thread.item.replaced")
    assert (replaced["type"], replaced["status"]) == ("structured_input", "skipped")
    assert kinds(served, secret, thread_id) == ["user_message", "structured_input", "assistant_message"]
    assert "parcel" in told[-1]["item"]["content"][0]["text"]


@pytest.mark.parametrize("workflow", ["wf_gallery", "wf_demo"])
def test_a_run_without_input_is_answered_as_well(served: Served, workflow: str) -> None:
    run = start(served, {"user": "cyd", "workflow": {"id": workflow}}).json()
    assert events(served, run["id"])[-1]["type"] == "thread.item.done"
    assert look(served, run["id"]).json()["status"] == "completed"


def test_the_same_key_starts_one_run_and_no_other(served: Served) -> None:
    answers = [start(served, new("Once", "dee"), **{"idempotency-key": "k-1"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 202]
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = start(served, new("Twice", "dee"), **{"idempotency-key": "k-1"})
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert start(served, new("Once", "eli"), **{"idempotency-key": "k-1"}).json()["id"] != answers[0].json()["id"]
    assert len(served.chat(secret_of(served, "dee"), "threads.list", {}).json()["data"]) == 1


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({}, 400, "user"),
        ({"user": "ada"}, 400, "workflow"),
        (new(workflow={"id": "wf_nobody"}), 400, "workflow.id"),
        (new(workflow={"id": "wf_gallery", "version": "none"}), 400, "workflow.version"),
        (new(background=False), 400, "background"),
        (new(surprise=1), 400, None),
        (new(""), 400, None),
        (new(["a list"]), 400, None),
        (new("x" * 100_001), 400, None),
        (new(metadata={str(n): "" for n in range(17)}), 400, None),
        (new(metadata={"k": "v" * 513}), 400, None),
        (new(metadata={"k": 1}), 400, None),
        ({"thread_id": "cthr_unknown"}, 404, None),
        ([], 400, None),
    ],
)
def test_what_cannot_start_is_refused(served: Served, body: Any, status: int, param: str | None) -> None:
    answer = start(served, body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["type"] == "invalid_request_error"
    if param is not None:
        assert answer.json()["error"]["param"] == param


def test_another_users_thread_and_another_workflow_are_no_place_for_a_run(served: Served) -> None:
    run = start(served, new("Hi", "fay")).json()
    events(served, run["id"])
    assert start(served, {"thread_id": run["thread_id"], "user": "gil"}).status_code == 404
    elsewhere = start(served, {"thread_id": run["thread_id"], "workflow": {"id": "wf_demo"}})
    assert (elsewhere.status_code, elsewhere.json()["error"]["param"]) == (400, "workflow.id")
    assert start(served, {"thread_id": run["thread_id"], "title": "x"}).status_code == 400
    locked = start(served, {"thread_id": run["thread_id"], "user": "fay", "input": "/lock Enough"}).json()
    events(served, locked["id"])
    closed = start(served, {"thread_id": run["thread_id"], "input": "Hi"})
    assert (closed.status_code, closed.json()["error"]["code"]) == (400, "thread_closed")


def test_a_busy_thread_refuses_it_until_the_answer_is_cancelled_by_a_server_key(served: Served) -> None:
    run = start(served, new("/text 100000 5", "hal")).json()
    busy = start(served, {"thread_id": run["thread_id"], "input": "Hi"})
    assert busy.status_code == 400 and run["id"] in busy.json()["error"]["message"]
    headers = {"authorization": f"Bearer {SERVER_KEY}"}
    cancelled = served.http.post(f"/v1/chatkit/runs/{run['id']}/cancel", headers=headers)
    assert cancelled.status_code == 200
    until = time.monotonic() + WAIT_SECONDS
    while look(served, run["id"]).json()["status"] != "cancelled":
        assert time.monotonic() < until
        time.sleep(0.05)
    assert start(served, {"thread_id": run["thread_id"], "input": "Hi"}).status_code == 202


def test_a_client_secret_starts_nothing_and_sees_nobody_elses(served: Served) -> None:
    assert start(served, new(), key=secret_of(served)).status_code == 401
    run = start(served, new("Hi", "ivy")).json()
    assert look(served, run["id"], secret_of(served, "jon")).status_code == 404


def test_an_open_tab_is_told_that_it_began_and_ended(served: Served) -> None:
    secret = secret_of(served, "kit")
    told: list[dict[str, Any]] = []
    with served.http.stream(
        "GET", "/v1/chatkit/events", headers={"authorization": f"Bearer {secret}"}, timeout=WAIT_SECONDS
    ) as stream:
        for line in stream.iter_lines():
            if not line.startswith("data: "):
                continue
            told.append(json.loads(line[6:]))
            if told[-1]["type"] == "stream.ready":
                run = start(served, new("Hi", "kit")).json()
            if told[-1]["type"] == "run.ended":
                break
    assert [event["type"] for event in told] == ["stream.ready", "thread.created", "run.started", "run.ended"]
    assert told[2]["run_id"] == run["id"]


def test_a_run_counts_as_a_message_of_its_user(tmp_path: Path) -> None:
    with serving(settings(tmp_path, user_requests_per_minute=2)) as served:
        body = {"user": "lou", "workflow": {"id": "wf_gallery"}, "input": "Hi"}
        answers = [start(served, body, **{"idempotency-key": key}) for key in ("a", "b", "a", "c")]
        assert [answer.status_code for answer in answers] == [202, 202, 202, 429], "a retry costs nothing"
        assert answers[-1].headers["retry-after"]
        for answer in answers[:3]:
            events(served, answer.json()["id"])

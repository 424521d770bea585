"""Two things at once: whatever wins, nothing is doubled, undone or left hanging."""

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx

from web.chatkit.client import Chat, answer_of, events, items_of, message, thread_of
from web.chatkit.conftest import Join

ROUNDS = 12


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Runs the calls in threads that start together; what each gave."""
    gate, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(n: int, call: Callable[[], Any]) -> None:
        gate.wait()
        results[n] = call()

    threads = [threading.Thread(target=run, args=(n, call)) for n, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "somebody hangs"
    return results


def poster(chat: Chat, op: str, **params: Any) -> Callable[[], httpx.Response]:
    """A post over a connection of its own."""

    def post() -> httpx.Response:
        with httpx.Client(base_url=chat.url, headers=chat.headers, timeout=20) as http:
            return http.post("/chatkit", json={"type": op, "params": params})

    return post


def test_a_form_is_answered_once_however_many_answers_come_at_once(join: Join) -> None:
    for n in range(ROUNDS):
        chat = join(f"forms-{n}")
        stream = chat.say("/ask")
        form = items_of(stream, "structured_input")[0]
        answer = poster(
            chat, "threads.add_structured_input", thread_id=thread_of(stream), item_id=form["id"], input={"answers": {}}
        )
        statuses = sorted(reply.status_code for reply in at_once(*[answer] * 5))
        assert statuses == [200, 400, 400, 400, 400]


def test_a_client_tool_call_is_answered_once_however_many_outputs_come_at_once(join: Join) -> None:
    for n in range(ROUNDS):
        chat = join(f"tools-{n}")
        thread = thread_of(chat.say("/client-tool get_cart"))
        output = poster(chat, "threads.add_client_tool_output", thread_id=thread, result={"n": 1})
        statuses = sorted(reply.status_code for reply in at_once(*[output] * 5))
        assert statuses == [200, 400, 400, 400, 400]
        kinds = [item["type"] for item in chat.ask("items.list", thread_id=thread)["data"]]
        assert kinds.count("assistant_message") == 1


def test_a_thread_deleted_while_a_message_arrives_takes_everything_with_it(join: Join) -> None:
    chat = join("deletes")
    for n in range(ROUNDS * 2):
        thread = thread_of(chat.say("Hello"))
        post = poster(chat, "threads.add_user_message", thread_id=thread, input=message("/text 20 5"))

        def delete(thread: str = thread, wait_ms: int = n % 8) -> httpx.Response:
            time.sleep(wait_ms / 1000)
            return poster(chat, "threads.delete", thread_id=thread)()

        posted, deleted = at_once(post, delete)
        assert deleted.status_code == 200
        assert posted.status_code in (200, 404)
        assert chat.post("threads.get_by_id", thread_id=thread).status_code == 404
        if posted.status_code == 200:
            run = posted.headers["x-chatdock-run-id"]
            assert chat.http.get(f"/v1/chatkit/runs/{run}/events").status_code == 404


def test_a_name_given_during_the_first_answer_is_not_undone_by_the_automatic_title(join: Join) -> None:
    chat = join("renames")
    with chat.open("threads.create", input=message("/text 40 10")) as response:
        text = ""
        for chunk in response.iter_text():
            if not text:
                thread = chunk.split('"id":"', 1)[1].split('"', 1)[0]
                chat.ask("threads.update", thread_id=thread, title="Mine")
            text += chunk
    assert chat.ask("threads.get_by_id", thread_id=thread)["title"] == "Mine"


def test_a_lock_set_during_a_rename_stays(join: Join) -> None:
    chat = join("locks")
    for _ in range(ROUNDS):
        thread = thread_of(chat.say("Hello"))
        lock = poster(chat, "threads.add_user_message", thread_id=thread, input=message("/lock Busy."))
        rename = poster(chat, "threads.update", thread_id=thread, title="Mine")
        at_once(lock, rename)
        loaded = chat.ask("threads.get_by_id", thread_id=thread)
        assert loaded["status"] == {"type": "locked", "reason": "Busy."} and loaded["title"] == "Mine"


def test_a_message_instead_of_an_answer_puts_the_form_and_the_call_away(join: Join) -> None:
    chat = join("instead")
    stream = chat.say("/ask")
    rest = chat.say("Never mind", thread_of(stream))
    replaced = [event["item"] for event in rest if event["type"] == "thread.item.replaced"]
    assert [item["status"] for item in replaced] == ["skipped"]
    stream = chat.say("/client-tool get_cart")
    call = items_of(stream, "client_tool_call")[0]
    rest = chat.say("Never mind", thread_of(stream))
    assert [event["item_id"] for event in rest if event["type"] == "thread.item.removed"] == [call["id"]]
    refused = chat.post("threads.add_client_tool_output", thread_id=thread_of(stream), result=1)
    assert refused.status_code == 400


def test_cancelling_a_run_that_waits_puts_away_what_it_waits_for(join: Join) -> None:
    chat = join("waits")
    asked = chat.post("threads.create", input=message("/client-tool get_cart"))
    run = asked.headers["x-chatdock-run-id"]
    assert chat.http.post(f"/v1/chatkit/runs/{run}/cancel").json()["status"] == "cancelled"
    thread = thread_of(events(asked.text))
    assert chat.post("threads.add_client_tool_output", thread_id=thread, result=1).status_code == 400
    assert answer_of(chat.say("Go on", thread)) == "You said: Go on"


def test_a_message_longer_than_the_limit_is_refused_and_not_stored(join: Join) -> None:
    chat = join("writers")
    thread = thread_of(chat.say("Hello"))
    refused = chat.post("threads.add_user_message", thread_id=thread, input=message("x" * 32_769))
    assert refused.status_code == 400 and refused.json()["error"]["param"].startswith("params.input.content")
    assert len(chat.ask("items.list", thread_id=thread)["data"]) == 2


def test_the_header_of_a_browsers_own_reconnection_wins_over_the_address_it_began_with(join: Join) -> None:
    chat = join("sources")
    run = chat.post("threads.create", input=message("/text 9")).headers["x-chatdock-run-id"]
    by_header = chat.http.get(f"/v1/chatkit/runs/{run}/events?after=1", headers={"last-event-id": f"{run}:5"}).text
    assert f"id: {run}:6\n" in by_header and f"id: {run}:2\n" not in by_header

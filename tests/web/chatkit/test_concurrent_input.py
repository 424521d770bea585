"""Two tabs send at the same instant, over HTTP, on SQLite and on PostgreSQL, under each way a workflow may take it."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from servers.service import Service, running
from web.chatkit.client import Chat, events, message, thread_of
from web.chatkit.test_races import at_once, poster

PAIRS = 10

WORKFLOWS = """
import asyncio
from chatdock import RunContext, workflow
from chatdock.context import NewMessage

async def answer(ctx: RunContext) -> None:
    assert isinstance(ctx.trigger, NewMessage)
    text = " ".join(part.text for part in ctx.trigger.message.content)
    await ctx.progress("Thinking")
    await asyncio.sleep(3600 if text == "for ever" else 0.05)
    await ctx.text(f"You said: {text}")

@workflow("wf_reject")
async def reject(ctx: RunContext) -> None:
    await answer(ctx)

@workflow("wf_enqueue", concurrent_input="enqueue")
async def enqueue(ctx: RunContext) -> None:
    await answer(ctx)

@workflow("wf_interrupt", concurrent_input="interrupt")
async def interrupt(ctx: RunContext) -> None:
    await answer(ctx)
"""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp(f"meeting-{request.param}")
    (folder / "workflows").mkdir()
    (folder / "workflows" / "modes.py").write_text(WORKFLOWS)
    environment = {"CHATDOCK_WORKFLOWS": str(folder / "workflows"), "CHATDOCK_USER_REQUESTS_PER_MINUTE": "100000"}
    if request.param == "postgresql":
        environment["DATABASE_URL"] = request.getfixturevalue("postgres").create_database()
    with running(folder, environment=environment) as started:
        yield started


def join(server: Service, mode: str, user: str) -> Chat:
    return Chat(server, f"{user}-{mode}", f"wf_{mode}")


def conversation(chat: Chat, thread: str) -> list[str]:
    items = chat.ask("items.list", thread_id=thread, order="asc", limit=100)["data"]
    return [item["content"][0]["text"] for item in items]


def test_two_tabs_at_the_same_instant_make_one_run_and_one_refusal(server: Service) -> None:
    chat, stopper = join(server, "reject", "ada"), join(server, "reject", "ada")
    thread = thread_of(chat.say("Hello"))
    for n in range(PAIRS):
        before = len(conversation(stopper, thread))
        replies: list[httpx.Response] = []
        post = poster(chat, "threads.add_user_message", thread_id=thread, input=message("for ever"))

        def tab(post: Callable[[], httpx.Response] = post, replies: list[httpx.Response] = replies) -> None:
            replies.append(post())
            active = stopper.http.get(f"/v1/chatkit/threads/{thread}/runs", params={"status": "active"}).json()["data"]
            for run in active:  # the refused one stops the other: until then that is at work
                assert stopper.http.post(f"/v1/chatkit/runs/{run['id']}/cancel").status_code == 200

        at_once(tab, tab)
        assert [reply.status_code for reply in replies] == [400, 200], n
        error = replies[0].json()["error"]
        assert error["message"].startswith(f"Can't add messages to {thread} while a run")
        assert conversation(stopper, thread)[before:] == ["for ever"]
    chat.close()
    stopper.close()


@pytest.mark.parametrize("mode", ["enqueue", "interrupt"])
def test_two_tabs_at_the_same_instant(server: Service, mode: str) -> None:
    chat = join(server, mode, "ada")
    thread = thread_of(chat.say("Hello"))
    for n in range(PAIRS):
        before = len(conversation(chat, thread))
        tabs = [
            poster(chat, "threads.add_user_message", thread_id=thread, input=message(f"{tab}-{n}"))
            for tab in ("left", "right")
        ]
        replies: list[httpx.Response] = at_once(*tabs)
        statuses = sorted(reply.status_code for reply in replies)
        said = conversation(chat, thread)[before:]
        asked = [text for text in said if not text.startswith("You said")]
        assert statuses == [200, 200]
        assert sorted(asked) == [f"left-{n}", f"right-{n}"], "each acknowledged message is there once"
        if mode == "enqueue":
            assert said == [line for text in asked for line in (text, f"You said: {text}")]
        else:
            assert said[-1] == f"You said: {asked[-1]}", "the later one is answered"
    runs = chat.http.get(f"/v1/chatkit/threads/{thread}/runs", params={"status": "active"}).json()
    assert runs["data"] == []
    chat.close()


def test_a_queued_message_outlives_the_server_that_took_it(server: Service) -> None:
    chat = join(server, "enqueue", "grace")
    thread = thread_of(chat.say("Hello"))
    replies: list[Any] = []
    acknowledged = threading.Event()

    def post(text: str) -> None:
        body = {"type": "threads.add_user_message", "params": {"thread_id": thread, "input": message(text)}}
        headers = {**chat.headers, "x-chatdock-client": "test"}
        try:
            with httpx.stream("POST", f"{server.url}/chatkit", json=body, headers=headers, timeout=30) as reply:
                for line in reply.iter_lines():
                    if "thread.item.done" in line:
                        replies.append(reply.headers["x-chatdock-run-id"])
                        acknowledged.set()
        except httpx.HTTPError:
            pass  # the server dies under it

    for text in ("for ever", "still there?"):
        acknowledged.clear()
        threading.Thread(target=post, args=(text,), daemon=True).start()
        assert acknowledged.wait(20)
    first, second = replies
    assert chat.http.get(f"/v1/chatkit/runs/{second}").json()["status"] == "queued"
    assert conversation(chat, thread)[-2:] == ["for ever", "still there?"]
    server.stop(signal.SIGKILL)
    server.start()
    # Nobody saw a word of the first one's answer, so it begins again, as soon as its process is known to be gone.
    assert chat.http.post(f"/v1/chatkit/runs/{first}/cancel").status_code == 200
    waited_until = time.monotonic() + 120
    while conversation(chat, thread)[-1] == "still there?" and time.monotonic() < waited_until:
        time.sleep(0.1)
    assert conversation(chat, thread)[-3:] == ["for ever", "still there?", "You said: still there?"]
    assert chat.http.get(f"/v1/chatkit/runs/{first}").json()["status"] == "cancelled"
    chat.close()


def test_stop_in_one_tab_withdraws_what_another_queued(server: Service) -> None:
    chat = join(server, "enqueue", "linus")
    thread = thread_of(chat.say("Hello"))
    with chat.open("threads.add_user_message", thread_id=thread, input=message("for ever")) as first:
        queued = poster(chat, "threads.add_user_message", thread_id=thread, input=message("never mind"))
        box: list[httpx.Response] = []
        waiting = threading.Thread(target=lambda: box.append(queued()))
        waiting.start()
        other = Chat(server, "linus-enqueue", "wf_enqueue")
        run = None
        while run is None:
            page = other.http.get(f"/v1/chatkit/threads/{thread}/runs", params={"status": "queued"}).json()
            run = page["data"][0]["id"] if page["data"] else None
        last = other.ask("items.list", thread_id=thread, order="desc", limit=1)["data"][0]
        assert last["id"] == page["data"][0]["item_id"] and last["content"][0]["text"] == "never mind"
        assert other.http.post(f"/v1/chatkit/runs/{run}/cancel").json()["status"] == "cancelled"
        waiting.join(20)
        kinds = [event["type"] for event in events(box[0].text)]
        assert kinds[0] == "thread.item.done" and kinds[-1] == "thread.item.removed"
        other.http.post(f"/v1/chatkit/runs/{first.headers['x-chatdock-run-id']}/cancel")
        first.read()
    assert conversation(other, thread)[-1] == "for ever"
    other.close()
    chat.close()

"""Networks that are slow, cut, stalled and sliced between the server and its database, its Redis and its model."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes.upstream import Answer
from models.apis import RESPONSES
from servers.cluster import cluster
from servers.faults import Fault, FaultProxy, faulty
from servers.postgres import Postgres
from servers.redis import RedisServer
from servers.service import Service, running
from serving.test_upstream import Upstream
from web.chatkit.client import Chat, answer_of, events, items_of, message, thread_of

RESUMABLE = {"x-chatdock-client": "test"}
NO_TITLES = {"automatic_thread_titling": {"enabled": False}}
UNLIMITED = {"CHATDOCK_USER_REQUESTS_PER_MINUTE": "1000000"}  # retries are many, and one user's
WAIT_SECONDS = 90.0  # how long anything may take on a machine that is busy with something else


def until(happened: Callable[[], bool], what: str = "it never happened") -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def posted(chat: Chat, text: str, thread_id: str | None = None) -> httpx.Response:
    """Any answer at all: a refusal must come as a response too."""
    where = {} if thread_id is None else {"thread_id": thread_id}
    return chat.post(
        "threads.create" if thread_id is None else "threads.add_user_message", input=message(text), **where
    )


def frames_of(text: str) -> list[dict[str, Any]]:
    """Events, our own codes of errors included."""
    return [json.loads(line[6:]) for line in text.split("\n") if line.startswith("data: ")]


def is_documented_refusal(answer: httpx.Response) -> bool:
    """503, when to come back, and the body every error has."""
    if answer.status_code != 503:
        return False
    error = answer.json()["error"]
    return (error["code"], error["type"]) == ("unavailable", "server_error") and int(answer.headers["retry-after"]) >= 1


# ---- PostgreSQL ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> Iterator[FaultProxy]:
    with faulty(postgres.port) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, database: FaultProxy) -> Iterator[Service]:
    url = postgres.create_database().replace(f":{postgres.port}/", f":{database.port}/")
    with running(tmp_path_factory.mktemp("faults"), environment={"DATABASE_URL": url, **UNLIMITED}) as started:
        yield started


@pytest.fixture
def chat(server: Service, database: FaultProxy) -> Iterator[Chat]:
    database.heal()
    until(lambda: httpx.get(f"{server.url}/readyz", timeout=WAIT_SECONDS).status_code == 200)
    chat = Chat(server)
    chat.http.timeout = httpx.Timeout(WAIT_SECONDS)
    yield chat
    database.heal()
    chat.close()


def words(chat: Chat, thread_id: str) -> list[str]:
    """What the thread's messages say, oldest first."""
    items = chat.ask("items.list", thread_id=thread_id, order="asc", limit=100)["data"]
    return [part["text"] for item in items for part in item.get("content", [])]


def test_without_its_database_a_server_says_so_and_goes_on_once_it_is_back(
    server: Service, database: FaultProxy, chat: Chat
) -> None:
    thread_id = thread_of(chat.say("before"))
    with database.away():
        until(lambda: is_documented_refusal(posted(chat, "meanwhile", thread_id)))
        assert is_documented_refusal(posted(chat, "meanwhile"))
        assert is_documented_refusal(httpx.get(f"{server.url}/readyz", timeout=WAIT_SECONDS))
        assert httpx.get(f"{server.url}/healthz", timeout=WAIT_SECONDS).status_code == 200, "the process lives"
        refused = httpx.post(
            f"{server.url}/v1/chatkit/sessions",
            json={"user": "ada", "workflow": {"id": "wf_demo"}},
            headers={"authorization": f"Bearer {server.key}"},
            timeout=WAIT_SECONDS,
        )
        assert is_documented_refusal(refused)
    until(lambda: posted(chat, "after", thread_id).status_code == 200)
    told = words(chat, thread_id)
    assert told[:2] == ["before", "You said: before"]
    assert "meanwhile" not in told, "what was refused was not half done"
    assert told[-2:] == ["after", "You said: after"]


def test_connections_that_are_cut_again_and_again_lose_nothing_that_was_acknowledged(
    database: FaultProxy, chat: Chat
) -> None:
    thread_id = thread_of(chat.say("begin"))
    acknowledged: list[str] = []
    for number in range(25):
        text = f"message {number}"
        body = {"client_message_id": f"cut-{thread_id}-{number}"}
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            if number % 2:
                threading.Timer(0.004 * (number % 5), database.cut).start()
            answer = chat.post("threads.add_user_message", body, thread_id=thread_id, input=message(text))
            if answer.status_code == 200:
                break
            busy = answer.status_code == 400  # the run that an earlier try began is still at work
            assert busy or is_documented_refusal(answer), answer.text
            assert time.monotonic() < deadline
        acknowledged.append(text)
    until(lambda: not chat.http.get(f"/v1/chatkit/threads/{thread_id}/runs?status=active").json().get("data", [1]))
    told = words(chat, thread_id)
    assert [text for text in told if text.startswith("message ")] == acknowledged


def test_an_answer_whose_database_goes_away_half_way_is_stored_whole_when_it_is_back(
    database: FaultProxy, chat: Chat
) -> None:
    with chat.open("threads.create", headers=RESUMABLE, input=message("/text 300 10")) as response:
        text = ""
        for chunk in response.iter_text():
            text += chunk
            if "word20 " in text:
                break
        with database.away():
            time.sleep(2.5)  # longer than a checkpoint takes to be due; the answer goes on meanwhile
        run_id = response.headers["x-chatdock-run-id"]
    until(lambda: chat.http.get(f"/v1/chatkit/runs/{run_id}").json().get("status") == "completed")
    run = chat.http.get(f"/v1/chatkit/runs/{run_id}").json()
    assert "word299" in words(chat, run["thread_id"])[-1]
    frames = chat.http.get(f"/v1/chatkit/runs/{run_id}/events").text
    deltas = frames_of(frames)
    streamed = "".join(
        each["update"]["delta"]
        for each in deltas
        if each["type"] == "thread.item.updated" and each["update"]["type"].endswith("text_delta")
    )
    assert streamed == words(chat, run["thread_id"])[-1]


@pytest.mark.parametrize("fault", [Fault(latency_seconds=0.05), Fault(slice_bytes=3)], ids=["slow", "sliced"])
def test_a_slow_or_sliced_way_to_the_database_changes_nothing_but_the_time(
    database: FaultProxy, chat: Chat, fault: Fault
) -> None:
    with database.during(fault):
        stream = chat.say("Hello " + "ß€😀" * 50)
        answers = [answer_of(chat.say(f"again {n}", thread_of(stream))) for n in range(3)]
    assert answers == ["You said: again 0", "You said: again 1", "You said: again 2"]
    assert words(chat, thread_of(stream))[1] == "You said: Hello " + "ß€😀" * 50


@pytest.mark.timeout(300)
def test_a_database_that_stops_answering_is_given_up_in_time_and_a_model_that_does_ends_the_answer(
    tmp_path: Path, server: Service, database: FaultProxy, chat: Chat
) -> None:
    """Both wait for half a minute, so they wait together."""
    told: dict[str, Any] = {}

    def ask_a_stalled_model() -> None:
        answer = Answer(RESPONSES.text(*(f"word{n} " for n in range(5_000))), slice_bytes=500, pause_seconds=0.01)
        with Upstream(answer) as upstream, faulty(upstream.port) as proxy:
            environment = {
                "OPENAI_API_KEY": "sk-up",
                "OPENAI_BASE_URL": f"http://127.0.0.1:{proxy.port}/v1",
                "CHATDOCK_MODEL": "openai_responses/m",
            }
            with running(tmp_path, environment=environment) as other:
                asker = Chat(other, workflow="wf_demo", chatkit_configuration=NO_TITLES)
                asker.http.timeout = httpx.Timeout(WAIT_SECONDS)
                with asker.open("threads.create", headers=RESUMABLE, input=message("Go")) as response:
                    text = ""
                    for chunk in response.iter_text():
                        text += chunk
                        if "word3 " in text and "stalled" not in told:
                            told["stalled"] = True
                            proxy.inject(Fault(stall=True))
                told["model"] = text
                told["items"] = words(asker, json.loads(text.split("data: ", 1)[1].split("\n")[0])["thread"]["id"])
                proxy.heal()
                asker.close()

    asking = threading.Thread(target=ask_a_stalled_model)
    asking.start()
    thread_id = thread_of(chat.say("before"))
    with database.during(Fault(swallow=True)):
        assert is_documented_refusal(posted(chat, "into the void", thread_id))
        database.cut()
    until(lambda: posted(chat, "after", thread_id).status_code == 200)
    assert words(chat, thread_id)[-2:] == ["after", "You said: after"]
    asking.join(WAIT_SECONDS)
    last = frames_of(told["model"])[-1]
    assert (last["type"], last["reason"], last["allow_retry"]) == ("error", "model_timeout", True)
    assert told["items"][-1].startswith("word0 word1 "), "what was said stays"


# ---- the model -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_model_that_is_cut_keeps_what_it_said_and_says_so_in_the_stream(tmp_path: Path, how: Any) -> None:
    answer = Answer(RESPONSES.text(*(f"word{n} " for n in range(400))), slice_bytes=200, pause_seconds=0.002)
    with Upstream(answer) as upstream, faulty(upstream.port) as proxy:
        environment = {
            "OPENAI_API_KEY": "sk-up",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{proxy.port}/v1",
            "CHATDOCK_MODEL": "openai_responses/m",
        }
        with running(tmp_path, environment=environment) as server:
            chat = Chat(server, workflow="wf_demo", chatkit_configuration=NO_TITLES)
            proxy.inject(Fault(cut_after=20_000, cut_by=how))
            stream = frames_of(posted(chat, "Go on").text)
            assert (stream[-1]["type"], stream[-1]["reason"]) == ("error", "model_cut")
            assert stream[-1]["allow_retry"] is True
            kept = items_of(stream, "assistant_message")[-1]["content"][0]["text"]
            assert kept.startswith("word0 word1 ") and "word399" not in kept
            assert words(chat, thread_of(stream))[-1] == kept, "the history says what was streamed"
            runs = chat.http.get(f"/v1/chatkit/threads/{thread_of(stream)}/runs").json()["data"]
            assert [run["status"] for run in runs] == ["failed"]
            with proxy.during(Fault(slice_bytes=1)):
                whole = chat.say("Again", thread_of(stream))
            assert answer_of(whole) == "".join(f"word{n} " for n in range(400)), "sliced to bytes, it is whole"
            chat.close()


# ---- Redis -----------------------------------------------------------------------------------------------------------


def test_redis_over_a_bad_network_carries_every_event_and_one_that_is_half_open_is_told(
    tmp_path: Path, postgres: Postgres, redis_server: RedisServer
) -> None:
    with faulty(redis_server.port) as proxy:
        redis_url = f"redis://127.0.0.1:{proxy.port}/0"
        with cluster(tmp_path, postgres.create_database(), redis_url, environment=UNLIMITED) as replicas:
            chat = Chat(replicas[0])
            chat.http.timeout = httpx.Timeout(WAIT_SECONDS)
            with chat.at(replicas[1]) as elsewhere:
                elsewhere.timeout = httpx.Timeout(WAIT_SECONDS)
                for fault in (Fault(slice_bytes=5), Fault(latency_seconds=0.02)):
                    proxy.inject(fault)
                    with chat.open("threads.create", headers=RESUMABLE, input=message("/text 60 5")) as response:
                        run_id = response.headers["x-chatdock-run-id"]
                        here = "".join(response.iter_text())
                    there = followed(elsewhere, run_id)
                    proxy.heal()
                    assert "word59" in here and there == here
                with proxy.during(Fault(swallow=True)):
                    for http in (chat.http, elsewhere):
                        until(lambda http=http: is_documented_refusal(_new(http)))  # type: ignore[misc]
                    proxy.cut()
                for http in (chat.http, elsewhere):
                    until(lambda http=http: _new(http).status_code == 200)  # type: ignore[misc]
                assert events(_new(chat.http).text)
            chat.close()


def followed(http: httpx.Client, run_id: str) -> str:
    """Every frame of a run, once the replica knows of it: what was said a moment ago may still be on its way to Redis."""
    answers: list[httpx.Response] = []

    def asked() -> bool:
        answers.append(http.get(f"/v1/chatkit/runs/{run_id}/events", headers=RESUMABLE))
        return answers[-1].status_code == 200

    until(asked)
    return answers[-1].text


def _new(http: httpx.Client) -> httpx.Response:
    return http.post("/chatkit", json={"type": "threads.create", "params": {"input": message("Hello")}})

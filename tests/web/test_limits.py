"""How often: sliding windows in memory and in a real Redis, and what happens when Redis is away."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request

from chatdock.errors import ConfigurationError, RateLimited
from chatdock.types.actor import Actor
from chatdock.types.session import Session
from chatdock.web.limits import Limits, Proxies
from chatdock.web.windows import SlidingMemory
from sessions.made import session
from web.served import Served, serving, settings, text_message


def _actor(user: str = "ada") -> Actor:
    return Actor(project="p", user=user, workflow="w", workflow_version="1", session_id=f"cksess_{user}", expires_at=0)


def _session(session_id: str, per_minute: int) -> Session:
    return session(id=session_id, max_requests_per_minute=per_minute)


def _request(peer: str, *forwarded: str, **headers: str) -> Request:
    raw = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    raw += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "client": (peer, 1), "headers": raw})


async def _count(limits: Limits, name: str, per_minute: int, tries: int) -> int:
    passed = 0
    for _ in range(tries):
        try:
            await limits.message(_actor(name), _session(name, per_minute))
            passed += 1
        except RateLimited:
            pass
    return passed


async def test_a_session_has_its_own_limit() -> None:
    limits = Limits(user_requests_per_minute=1000)
    assert await _count(limits, "one", 10, 25) == 10
    assert await _count(limits, "two", 3, 25) == 3


async def test_a_user_has_one_over_all_sessions() -> None:
    limits = Limits(user_requests_per_minute=5)
    for number in range(5):
        await limits.message(_actor(), _session(f"s{number}", 100))
    with pytest.raises(RateLimited) as refused:
        await limits.message(_actor(), _session("s6", 100))
    assert refused.value.limit == 5
    assert 1 <= refused.value.retry_after_seconds <= 60
    assert (
        refused.value.message
        == f"You have sent a lot of messages. Please try again in {refused.value.retry_after_seconds} seconds."
    )


async def test_a_flood_with_invented_forwarding_headers_hits_the_limit_like_any_other() -> None:
    limits = Limits(address_requests_per_minute=20)
    passed = 0
    for number in range(100):
        request = _request(
            "203.0.113.9",
            f"10.0.0.{number}",
            forwarded=f"for=1.1.1.{number}",
            x_real_ip=f"2.2.2.{number}",
            cf_connecting_ip=f"3.3.3.{number}",
        )
        try:
            await limits.wasted(request)
            passed += 1
        except RateLimited:
            pass
    assert passed == 20


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", ["1.2.3.4"], "203.0.113.9"),  # nobody we trust said so
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.7"], "198.51.100.7"),  # the right-most is what our proxy saw
        ("10.0.0.1", ["6.6.6.6, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        ("10.0.0.1", ["6.6.6.6", "198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.7, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7, "], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7:1234"], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("2001:db8:1::5", ["198.51.100.7"], "198.51.100.7"),
        ("unix", ["198.51.100.7"], "unix"),
    ],
)
def test_the_client_is_the_right_most_hop_that_is_no_proxy_of_ours(
    peer: str, forwarded: list[str], client: str
) -> None:
    proxies = Proxies(["10.0.0.0/8", "2001:db8:1::/48"])
    assert proxies.client_address(_request(peer, *forwarded)) == client


@pytest.mark.parametrize("entry", ["*", "0.0.0.0/0", "::/0", "proxy.example.com", "10.0.0.0/33", ""])
def test_trusting_everybody_or_nobody_in_particular_is_refused_at_start(entry: str) -> None:
    with pytest.raises(ConfigurationError):
        Proxies([entry])


async def test_an_ipv6_customer_is_one_bucket() -> None:
    limits = Limits(address_requests_per_minute=3)
    for number in range(3):
        await limits.wasted(_request(f"2001:db8:7:1::{number:x}"))
    with pytest.raises(RateLimited):
        await limits.wasted(_request("2001:db8:7:1:ffff::1"))
    await limits.wasted(_request("2001:db8:7:2::1"))


def test_windows_slide_and_what_is_stale_goes() -> None:
    memory = SlidingMemory()
    assert [memory.acquire_entry("a", 2, 3) for _ in range(3)] == [True, True, False]
    time.sleep(0.6)
    assert not memory.acquire_entry("a", 2, 3)
    time.sleep(2.5)
    assert memory.acquire_entry("a", 2, 3)
    for number in range(1000):
        memory.acquire_entry(f"k{number}", 2, 1)
    time.sleep(1.1)
    for number in range(300):
        memory.acquire_entry(f"fresh{number}", 2, 1)
    assert sum(memory.get(f"k{number}") for number in range(1000)) == 0


# ---- Redis ---------------------------------------------------------------------------------------------------------


@pytest.fixture
async def shared(redis_url: str) -> AsyncIterator[tuple[Limits, Limits]]:
    """Two processes' limits over one Redis."""
    both = Limits(redis_url=redis_url), Limits(redis_url=redis_url)
    yield both
    for limits in both:
        await limits.close()


async def test_processes_share_a_count_in_redis(shared: tuple[Limits, Limits]) -> None:
    name = f"redis-{time.time_ns()}"
    assert await _count(shared[0], name, 6, 4) == 4
    assert await _count(shared[1], name, 6, 10) == 2


async def test_a_redis_that_does_not_answer_never_blocks_the_loop() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    mute = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    limits = Limits(redis_url=f"redis://127.0.0.1:{mute.sockets[0].getsockname()[1]}/0")
    counting = asyncio.create_task(_count(limits, f"redis-{time.time_ns()}", 10, 1))
    turns = 0
    while not counting.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert await counting == 1
    assert turns > 20, "others had their turn while it was waited for"
    await limits.close()
    mute.close()


async def test_without_redis_a_share_is_granted_and_never_everything() -> None:
    limits = Limits(redis_url="redis://127.0.0.1:9/0", user_requests_per_minute=1000)
    began = time.monotonic()
    assert await _count(limits, "away", 10, 50) == 5
    assert time.monotonic() - began < 30
    await limits.close()


@pytest.mark.parametrize("url", ["http://localhost", "nonsense", "redis+unknown://x"])
def test_an_address_that_is_no_redis_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(ConfigurationError, match="REDIS_URL"):
        Limits(redis_url=url)


# ---- through the door ----------------------------------------------------------------------------------------------


def test_the_eleventh_message_of_a_minute_is_told_when_to_come_back(served: Served) -> None:
    secret = served.mint("chatty")["client_secret"]
    answers = [served.chat(secret, "threads.create", {"input": text_message("hi")}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    refused = answers[-1]
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    assert refused.json()["error"]["message"].startswith("You have sent a lot of messages. Please try again in ")
    assert refused.headers["ratelimit-limit"] == "10" and refused.headers["ratelimit-remaining"] == "0"
    assert served.chat(secret, "threads.list", {}).status_code == 200  # reading is not sending


def test_streams_past_the_limit_are_refused_and_count_again_once_closed(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with serving(settings(tmp_path_factory.mktemp("streams"), streams_per_session=2)) as served:
        secret = served.mint(rate_limits={"max_requests_per_1_minute": 100})["client_secret"]
        request = {"type": "threads.create", "params": {"input": text_message("/text 100 50")}}
        headers = {"authorization": f"Bearer {secret}"}

        def open_stream(client: httpx.Client) -> httpx.Response:
            return client.send(client.build_request("POST", "/chatkit", json=request, headers=headers), stream=True)

        first, second = open_stream(served.http), open_stream(served.http)
        third = open_stream(served.http)
        assert (first.status_code, second.status_code, third.status_code) == (200, 200, 429)
        assert int(third.headers["retry-after"]) >= 1
        third.close()
        first.close()
        deadline = time.monotonic() + 30
        while (again := open_stream(served.http)).status_code != 200:
            again.close()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        again.close()
        second.close()

"""The wire, over raw sockets against a real server with small limits."""

import asyncio
import contextlib
import json
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from typing import Any

import httptools
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from chatdock.web.protocol import ChatdockProtocol, WireLimits, split_url

LIMITS = WireLimits(
    head_bytes=8 * 1024,
    head_seconds=0.6,
    body_grace_seconds=0.6,
    body_bytes_per_second=1000,
    write_stall_seconds=0.8,
    sweep_seconds=0.1,
)
HEAD = b"POST / HTTP/1.1\r\nHost: test\r\n"


FLOODS: set[bytes] = set()  # those that go on, by their query


class SmallLimits(ChatdockProtocol):
    wire = LIMITS


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Echoes how many bytes came; /stream ticks for a while; /flood writes without end; /slow reads late; /late
    sends its head long before its body; /lingering has more to do when it has answered; /sized says that five bytes come; /odd has a line break in its head."""
    if scope["type"] != "http":
        return
    path = scope["path"]
    if path == "/slow":
        await asyncio.sleep(1.5)
    size, more = 0, path not in ("/stream", "/flood", "/early")
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        more = message["more_body"]
    headers = [(b"content-type", b"text/plain")]
    if path == "/odd":
        headers.append((b"x-odd", b"a\r\nset-cookie: b"))
    if path == "/sized":
        headers.append((b"content-length", b"5"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if path == "/late":
        await asyncio.sleep(0.5)
    if path == "/stream":
        for _ in range(20):
            await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
            await asyncio.sleep(0.1)
    if path == "/flood":
        await receive()
        gone = asyncio.ensure_future(receive())
        FLOODS.add(scope["query_string"])
        while not gone.done():
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
            await asyncio.sleep(0)
        FLOODS.discard(scope["query_string"])
        return
    await send({"type": "http.response.body", "body": str(size).encode()})
    if path == "/lingering":
        await asyncio.sleep(5)


@contextlib.contextmanager
def _served(**more: Any) -> Iterator[int]:
    config = uvicorn.Config(
        app, http=SmallLimits, log_config=None, lifespan="off", server_header=False, ws="none", **more
    )
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listener.getsockname()[1]
    server.should_exit = server.force_exit = True
    thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with _served() as port:
        yield port


class Wire:
    """A socket with patience."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.settimeout(30)

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def read(self) -> bytes:
        """Everything until the server closes."""
        chunks = []
        try:
            while chunk := self._socket.recv(65536):
                chunks.append(chunk)
        except ConnectionResetError:
            pass
        return b"".join(chunks)

    def read_some(self) -> bytes:
        return self._socket.recv(65536)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def wire(port: int) -> Iterator[Wire]:
    wire = Wire(port)
    yield wire
    wire.close()


def _trickle_until_refused(wire: Wire) -> None:
    """Sends a byte every 0.1 s until the connection is gone, twenty times longer than it should be there."""
    began = time.monotonic()
    while time.monotonic() - began < 20:
        try:
            wire.send(b"b")
        except OSError:
            return
        time.sleep(0.1)
    raise AssertionError("still open")


def test_an_ordinary_request_is_answered_without_naming_the_server(wire: Wire) -> None:
    wire.send(HEAD + b"Content-Length: 5\r\nConnection: close\r\n\r\nhello")
    answer = wire.read()
    assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"\r\n\r\n1\r\n5\r\n0\r\n\r\n")
    assert b"server:" not in answer.lower()


def test_a_kept_connection_serves_many_requests(wire: Wire) -> None:
    for _ in range(3):
        wire.send(HEAD + b"Content-Length: 2\r\n\r\nok")
        assert wire.read_some().startswith(b"HTTP/1.1 200")
        time.sleep(0.2)


def test_who_still_works_when_he_has_answered_holds_nobody_up(wire: Wire) -> None:
    began = time.monotonic()
    for _ in range(3):
        wire.send(b"POST /lingering HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\nok")
        assert wire.read_some().startswith(b"HTTP/1.1 200")
    wire.send(HEAD + b"Content-Length: 2\r\n\r\nok")
    assert wire.read_some().startswith(b"HTTP/1.1 200")
    assert time.monotonic() - began < 4


def test_pipelined_requests_are_all_answered(wire: Wire) -> None:
    one = HEAD + b"Content-Length: 2\r\n\r\nok"
    wire.send(one * 4 + HEAD + b"Content-Length: 0\r\nConnection: close\r\n\r\n")
    assert wire.read().count(b"HTTP/1.1 200") == 5


def test_a_head_that_trickles_is_cut_off_with_a_408(wire: Wire) -> None:
    wire.send(b"GET / HT")
    began = time.monotonic()
    answer = wire.read()
    assert answer.startswith(b"HTTP/1.1 408") and time.monotonic() - began > 0.5
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["type"] == "invalid_request_error"


def test_trickling_does_not_move_the_deadline(wire: Wire) -> None:
    wire.send(b"GET / HTTP/1.1\r\nX-Slow: ")
    _trickle_until_refused(wire)


def test_a_connection_that_never_speaks_is_closed(wire: Wire) -> None:
    began = time.monotonic()
    wire.read()
    assert time.monotonic() - began < 4  # an idle connection that was served before is kept for five


def test_blank_lines_between_requests_hold_no_connection(wire: Wire) -> None:
    wire.send(HEAD + b"Content-Length: 0\r\n\r\n")
    assert wire.read_some().startswith(b"HTTP/1.1 200")
    time.sleep(0.1)
    wire.send(b"\r\n")
    began = time.monotonic()
    wire.read()
    assert time.monotonic() - began < 4  # an idle connection that was served before is kept for five


def test_a_connection_that_asks_nothing_more_is_closed_though_others_ask() -> None:
    with _served(timeout_keep_alive=1) as port:
        idle, busy = Wire(port), Wire(port)
        idle.send(HEAD + b"Content-Length: 0\r\n\r\n")
        assert idle.read_some().startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        for _ in range(8):
            busy.send(HEAD + b"Content-Length: 0\r\n\r\n")
            assert busy.read_some().startswith(b"HTTP/1.1 200")
            time.sleep(0.2)
        assert idle.read() == b"" and time.monotonic() - began < 4
        assert busy.read() == b"" and time.monotonic() - began > 2.3  # a second after its last question
        idle.close()
        busy.close()


def test_a_connection_whose_body_came_after_its_answer_is_closed_too() -> None:
    with _served(timeout_keep_alive=1) as port:
        wire = Wire(port)
        wire.send(b"POST /early HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n")
        assert wire.read_some().startswith(b"HTTP/1.1 200")
        wire.send(b"hello")
        began = time.monotonic()
        assert wire.read() == b"" and 0.5 < time.monotonic() - began < 4
        wire.close()


def test_a_stream_ends_with_its_connection_though_another_request_waits_behind_it(port: int) -> None:
    wire = Wire(port)
    wire.send(b"GET /flood?behind HTTP/1.1\r\nHost: test\r\n\r\n" + HEAD + b"Content-Length: 0\r\n\r\n")
    assert wire.read_some().startswith(b"HTTP/1.1 200")
    assert b"behind" in FLOODS
    wire.close()
    until = time.monotonic() + 10
    while b"behind" in FLOODS and time.monotonic() < until:
        time.sleep(0.01)
    assert b"behind" not in FLOODS


def test_a_stream_is_not_idle() -> None:
    with _served(timeout_keep_alive=1) as port:
        wire = Wire(port)
        wire.send(b"GET /stream HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        assert wire.read().count(b"data: 1") == 20  # two seconds
        wire.close()


def test_who_waits_to_be_told_to_go_on_is_told(wire: Wire) -> None:
    wire.send(HEAD + b"Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
    assert wire.read_some() == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.send(b"hello")
    assert wire.read().endswith(b"\r\n\r\n1\r\n5\r\n0\r\n\r\n")


def test_a_body_in_many_pieces_is_whole(wire: Wire) -> None:
    wire.send(
        HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + b"3\r\nabc\r\n" * 5_000 + b"0\r\n\r\n"
    )
    assert b"\r\n15000\r\n" in wire.read()


@pytest.mark.parametrize(
    "url",
    [
        *(
            b"/",
            b"/a",
            b"/a/b?c",
            b"/a?b?c=d",
            b"/a?",
            b"/a#b",
            b"/a?b#c?d",
            b"//a/b",
            b"/a:b@c",
            b"/%41%2f?%41",
            b"/a;b=c",
        ),
        *(b"http://host/a?b", b"http://host", b"http://host:80/a#b", b"/?", b"/a%zz", b"/http://x/y?z"),
    ],
)
def test_an_address_is_parted_as_the_parser_parts_it(url: bytes) -> None:
    parsed = httptools.parse_url(url)
    path, raw_path, query = split_url(url)
    assert (raw_path, query) == (parsed.path or b"/", parsed.query or b"")
    assert path == urllib.parse.unquote(raw_path.decode())


def test_a_huge_head_is_refused_before_it_is_over(wire: Wire) -> None:
    wire.send(HEAD)
    sent = 0
    try:
        for _ in range(100_000):
            wire.send(b"X-Filler: " + b"a" * 1000 + b"\r\n")
            sent += 1012
    except OSError:
        pass
    assert sent < 20_000_000  # what the kernel took on the way, of a hundred
    answer = wire.read()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431")  # a reset may overtake the answer


@pytest.mark.parametrize("header", [b"X-Filler: " + b"a" * 9000, b"\r\n".join(b"X-%d: a" % n for n in range(1000))])
def test_a_huge_head_in_one_piece_is_a_431(wire: Wire, header: bytes) -> None:
    wire.send(HEAD + header + b"\r\nContent-Length: 0\r\n\r\n")
    assert wire.read().startswith(b"HTTP/1.1 431")


def test_a_huge_head_behind_another_request_in_two_pieces_is_a_431(wire: Wire) -> None:
    wire.send(HEAD + b"Content-Length: 0\r\n\r\n" + HEAD + b"X-Filler: " + b"a" * 5000)
    assert wire.read_some().startswith(b"HTTP/1.1 200")  # the first piece was read: these are two
    wire.send(b"a" * 5000 + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    assert b"HTTP/1.1 431" in wire.read()


def test_a_long_address_is_a_431(wire: Wire) -> None:
    wire.send(b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: test\r\n\r\n")
    assert wire.read().startswith(b"HTTP/1.1 431")


def test_a_head_within_the_limit_may_share_a_packet_with_a_large_body(wire: Wire) -> None:
    wire.send(HEAD + b"Content-Length: 50000\r\nConnection: close\r\n\r\n" + b"b" * 50_000)
    assert wire.read().startswith(b"HTTP/1.1 200")


def test_a_body_that_trickles_is_cut_off(wire: Wire) -> None:
    wire.send(HEAD + b"Content-Length: 100000\r\n\r\n")
    _trickle_until_refused(wire)


def test_a_long_upload_that_makes_progress_goes_through(wire: Wire) -> None:
    wire.send(HEAD + b"Content-Length: 30000\r\nConnection: close\r\n\r\n")
    for _ in range(15):
        wire.send(b"b" * 2000)
        time.sleep(0.15)
    assert b"30000" in wire.read()


def test_a_body_that_we_are_slow_to_read_is_not_the_clients_fault(wire: Wire) -> None:
    wire.send(b"POST /slow HTTP/1.1\r\nHost: test\r\nContent-Length: 3000000\r\nConnection: close\r\n\r\n")
    wire.send(b"b" * 3_000_000)
    assert b"3000000" in wire.read()


def test_a_running_stream_outlives_every_deadline(wire: Wire) -> None:
    wire.send(b"GET /stream HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
    began = time.monotonic()
    answer = wire.read()
    assert time.monotonic() - began > 1.9  # longer than any limit here
    assert answer.count(b"data: 1") == 20


def test_a_reader_who_takes_nothing_is_cut_off(port: int) -> None:
    wire = Wire(port)
    wire.send(b"GET /flood HTTP/1.1\r\nHost: test\r\n\r\n")
    time.sleep(2.5)
    began = time.monotonic()
    wire.read()  # what the kernel still holds, then the end
    assert time.monotonic() - began < 25
    wire.close()


SMUGGLING = {
    "TE and CL": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "CL and TE": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "the same length twice": b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
    "a list of lengths": b"Content-Length: 4, 4\r\n\r\nabcd",
    "a signed length": b"Content-Length: +4\r\n\r\nabcd",
    "a negative length": b"Content-Length: -1\r\n\r\n",
    "a hexadecimal length": b"Content-Length: 0x4\r\n\r\nabcd",
    "an endless length": b"Content-Length: 99999999999999999999999\r\n\r\n",
    "an empty length": b"Content-Length: \r\n\r\n",
    "a length with a space inside": b"Content-Length: 1 0\r\n\r\n0123456789",
    "obs-fold": b"X-A: 1\r\n folded\r\nContent-Length: 0\r\n\r\n",
    "a folded encoding": b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a bare LF between headers": b"X-A: 1\nContent-Length: 0\r\n\r\n",
    "a bare LF at the end": b"Content-Length: 0\n\n",
    "a bare CR in a value": b"X-A: 1\rX-B: 2\r\nContent-Length: 0\r\n\r\n",
    "NUL in a value": b"X-A: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "a space before the colon": b"Content-Length : 4\r\n\r\nabcd",
    "a tab before the colon": b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
    "a space before the name": b" Content-Length: 4\r\n\r\nabcd",
    "no name": b": 4\r\nContent-Length: 0\r\n\r\n",
    "no colon": b"Broken\r\nContent-Length: 0\r\n\r\n",
    "xchunked": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "identity": b"Transfer-Encoding: identity\r\n\r\n",
    "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked, identity": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "gzip, chunked": b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a quoted encoding": b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "a chunk size that is no number": b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
    "a negative chunk size": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "a chunk size with a prefix": b"Transfer-Encoding: chunked\r\n\r\n0x4\r\nabcd\r\n0\r\n\r\n",
    "an endless chunk size": b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    "a chunk that ends in LF": b"Transfer-Encoding: chunked\r\n\r\n4\nabcd\r\n0\r\n\r\n",
    "a chunk longer than it says": b"Transfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n",
    "two hosts": b"Host: other\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("form", SMUGGLING.values(), ids=SMUGGLING)
def test_a_request_that_two_parsers_could_read_differently_is_a_400(wire: Wire, form: bytes) -> None:
    wire.send(HEAD + form)
    answer = wire.read()
    assert answer.startswith(b"HTTP/1.1 400"), answer[:200]
    assert answer.count(b"HTTP/1.1") == 1
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "bad_http_request"


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/9.9",
        b"GET /",
        b"GET / HTTP/1.1 x",
        b"G\x00T / HTTP/1.1",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET /\xff HTTP/1.1",
        b"PRI * HTTP/2.0",
        b"GET /a b HTTP/1.1",
    ],
)
def test_a_request_line_that_is_none_is_a_400(wire: Wire, line: bytes) -> None:
    wire.send(line + b"\r\nHost: test\r\n\r\n")
    assert wire.read().startswith(b"HTTP/1.1 400")


def test_honest_requests_pass_while_hundreds_trickle(port: int) -> None:
    slow = [Wire(port) for _ in range(200)]
    for wire in slow:
        wire.send(b"GET / HTTP/1.1\r\nHost: te")
    honest = Wire(port)
    honest.send(HEAD + b"Content-Length: 0\r\nConnection: close\r\n\r\n")
    assert honest.read().startswith(b"HTTP/1.1 200")
    assert all(wire.read().startswith(b"HTTP/1.1 408") for wire in slow)
    for wire in [*slow, honest]:
        wire.close()


def _ask(wire: Wire, method: str, path: str) -> None:
    wire.send(f"{method} {path} HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n".encode())


def test_an_answer_leaves_in_one_piece(wire: Wire) -> None:
    _ask(wire, "POST", "/")
    answer = wire.read_some()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and answer.endswith(b"\r\n\r\n1\r\n0\r\n0\r\n\r\n")


def test_a_head_waits_for_no_body_that_takes_its_time(wire: Wire) -> None:
    _ask(wire, "POST", "/late")
    assert wire.read_some().endswith(b"transfer-encoding: chunked\r\n\r\n")
    assert wire.read_some() == b"1\r\n0\r\n0\r\n\r\n"


def test_an_answer_to_head_is_a_head(wire: Wire) -> None:
    _ask(wire, "HEAD", "/")
    _ask(wire, "POST", "/")
    answers = wire.read_some()
    while answers.count(b"HTTP/1.1 200 OK") < 2:
        answers += wire.read_some()
    assert answers.split(b"\r\n\r\n")[1].startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("path", ["/sized", "/odd"])
def test_what_would_confuse_the_next_reader_is_cut_off(wire: Wire, path: str) -> None:
    _ask(wire, "POST", path)
    answer = wire.read()
    assert b"set-cookie" not in answer
    assert answer == b"" or b"500 Internal Server Error" in answer or answer.endswith(b"\r\n\r\n0")

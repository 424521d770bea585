"""The transport under httpx2's own client: bodies in batches, connections kept and let go, on both event loops."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chatdock.models.reply import HIGH_WATER_BYTES, Reply
from chatdock.models.transport import StreamingTransport
from fakes.upstream import Answer, FakeUpstream

Scenario = Callable[[FakeUpstream, httpx2.AsyncClient], Awaitable[None]]
Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a scenario on one of the two event loops."""
    return request.param  # type: ignore[no-any-return]  # pytest cannot know


@asynccontextmanager
async def talking(*script: Answer, tls: ssl.SSLContext | None = None, trust: ssl.SSLContext | None = None) -> Any:
    """An upstream and a client of it."""
    async with (
        FakeUpstream(*script, tls=tls) as upstream,
        httpx2.AsyncClient(transport=StreamingTransport(tls=trust), base_url=upstream.url, trust_env=False) as client,
    ):
        yield upstream, client


async def post(client: httpx2.AsyncClient) -> bytes:
    return (await client.post("/x", content=b"{}")).content


@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
@pytest.mark.parametrize("size", [0, 1, 70_000])
def test_a_body_arrives_whole_however_its_end_is_told(run: Run, framing: Any, size: int) -> None:
    async def scenario() -> None:
        body = bytes(i % 251 for i in range(size))
        async with talking(Answer(body, framing=framing)) as (_, client):
            assert await post(client) == body

    run(scenario())


def test_a_connection_is_used_again_after_a_whole_body(run: Run) -> None:
    async def scenario() -> None:
        async with talking(Answer(b"hello")) as (upstream, client):
            for _ in range(5):
                assert await post(client) == b"hello"
            assert len(upstream.received) == 5
            assert upstream.connections == 1

    run(scenario())


@pytest.mark.parametrize(
    "answer", [Answer(b"hello", framing="close"), Answer(b"hello", headers={"connection": "close"})]
)
def test_a_connection_the_server_ends_is_not_used_again(run: Run, answer: Answer) -> None:
    async def scenario() -> None:
        async with talking(answer) as (upstream, client):
            for _ in range(3):
                assert await post(client) == b"hello"
            assert upstream.connections == 3

    run(scenario())


def test_requests_side_by_side_have_connections_of_their_own(run: Run) -> None:
    async def scenario() -> None:
        async with talking(Answer(b"hello", delay_seconds=0.05)) as (upstream, client):
            assert await asyncio.gather(*(post(client) for _ in range(10))) == [b"hello"] * 10
            assert upstream.connections == 10
            assert await post(client) == b"hello"
            assert upstream.connections == 10

    run(scenario())


def test_an_idle_connection_that_the_server_dropped_is_not_noticed(run: Run) -> None:
    async def scenario() -> None:
        async with talking(Answer(b"hello")) as (upstream, client):
            await post(client)
            port = upstream.port
            await upstream.stop()
            await upstream.start(port)
            assert await post(client) == b"hello"
            assert upstream.connections == 2

    run(scenario())


def test_a_connection_dropped_in_the_moment_it_is_used_again_is_replaced(run: Run) -> None:
    async def scenario() -> None:
        async with talking(Answer(b"hello", drops_next=True)) as (upstream, client):
            for _ in range(3):
                assert await post(client) == b"hello"
            assert upstream.connections == 3

    run(scenario())


def test_hints_before_the_response_are_passed_over(run: Run) -> None:
    async def scenario() -> None:
        async with talking(Answer(b"hello", early_hints=True)) as (_, client):
            response = await client.post("/x", content=b"{}")
            assert (response.status_code, response.content) == (200, b"hello")
            assert "link" not in response.headers

    run(scenario())


def test_a_read_brings_everything_that_has_arrived(run: Run) -> None:
    async def scenario() -> None:
        async with (
            talking(Answer(b"0123456789" * 10, slice_bytes=10)) as (_, client),
            client.stream("POST", "/x", content=b"{}") as response,
        ):
            reply: Reply = response.extensions["reply"]
            await asyncio.sleep(0.1)
            assert await reply.read() == b"0123456789" * 10
            assert await reply.read() == b""

    run(scenario())


def test_a_slow_reader_fills_the_socket_and_not_the_memory(run: Run) -> None:
    async def scenario() -> None:
        size = 30_000_000
        async with (
            talking(Answer(b"x" * size, framing="length", slice_bytes=1_000_000)) as (_, client),
            client.stream("POST", "/x", content=b"{}") as response,
        ):
            reply: Reply = response.extensions["reply"]
            await asyncio.sleep(0.2)
            first = await reply.read()
            assert len(first) <= 3 * HIGH_WATER_BYTES, "it was left in the socket"
            read = len(first)
            while chunk := await reply.read():
                read += len(chunk)
            assert read == size

    run(scenario())


def test_leaving_a_body_ends_its_connection_at_once_and_a_whole_one_keeps_it(run: Run) -> None:
    async def scenario() -> None:
        async with talking(Answer(b"hello", last_chunk=False), Answer(b"hello")) as (upstream, client):
            async with client.stream("POST", "/x", content=b"{}"):
                pass
            assert await upstream.gone(0)
            await post(client)
            await post(client)
            assert upstream.connections == 2

    run(scenario())


def test_a_lingering_body_gives_its_connection_back_when_the_last_bytes_come(run: Run) -> None:
    async def scenario() -> None:
        async with talking(Answer(b"hello" * 2, slice_bytes=5, pause_seconds=0.1)) as (upstream, client):
            request = client.build_request("POST", "/x", content=b"{}")
            response = await client.send(request, stream=True)
            reply: Reply = response.extensions["reply"]
            assert await reply.read() == b"hello"
            reply.linger()
            await asyncio.sleep(0.4)
            await post(client)
            assert upstream.connections == 1

    run(scenario())


def test_bytes_nobody_asked_for_end_an_idle_connection(run: Run) -> None:
    async def scenario() -> None:
        evil = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"
        async with talking(Answer(b"good", unasked=evil)) as (upstream, client):
            assert await post(client) == b"good"
            assert await upstream.gone()
            assert await post(client) == b"good"
            assert upstream.connections == 2

    run(scenario())


@pytest.mark.parametrize(
    "sent",
    [
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000,
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfive",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        b"",
    ],
)
def test_what_is_not_http_is_said_to_be_so(run: Run, sent: bytes) -> None:
    async def scenario() -> None:
        async with talking(Answer(raw=sent)) as (_, client):
            with pytest.raises(httpx2.RemoteProtocolError):
                await post(client)

    run(scenario())


def test_a_line_break_in_a_header_never_reaches_the_wire(run: Run) -> None:
    async def scenario() -> None:
        async with talking(Answer(b"hello")) as (upstream, client):
            with pytest.raises(httpx2.LocalProtocolError):
                await client.post("/x", headers={"authorization": "Bearer key\r\nx-evil: 1"}, content=b"{}")
            assert not upstream.received

    run(scenario())


def test_a_connection_that_is_never_accepted_times_out(run: Run) -> None:
    async def scenario() -> None:
        # 192.0.2.0/24 is for documentation: nothing there answers, if it can be reached at all.
        async with httpx2.AsyncClient(transport=StreamingTransport(), trust_env=False, timeout=0.2) as client:
            with pytest.raises((httpx2.ConnectTimeout, httpx2.ConnectError)):
                await client.post("http://192.0.2.1:81/", content=b"{}")

    run(scenario())


def test_proxies_of_the_environment_are_not_used(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    async def scenario() -> None:
        async with talking(Answer(b"hello")) as (_, client):
            assert await post(client) == b"hello"

    run(scenario())


# ---- TLS -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "upstream")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "upstream.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


def test_a_body_arrives_over_tls_and_the_connection_is_used_again(run: Run, certificate: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    trust = ssl.create_default_context(cafile=certificate)

    async def scenario() -> None:
        body = bytes(range(256)) * 2000
        async with talking(Answer(body, slice_bytes=9_999), tls=server, trust=trust) as (upstream, client):
            for _ in range(3):
                assert await post(client) == body
            assert upstream.connections == 1

    run(scenario())


def test_a_certificate_nobody_signed_is_refused(run: Run, certificate: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)

    async def scenario() -> None:
        async with talking(Answer(b"hello"), tls=server) as (upstream, client):
            with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await post(client)
            assert not upstream.received

    run(scenario())


def test_leaving_a_body_over_tls_ends_its_connection_at_once(run: Run, certificate: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    trust = ssl.create_default_context(cafile=certificate)

    async def scenario() -> None:
        async with talking(Answer(b"hello", last_chunk=False), tls=server, trust=trust) as (upstream, client):
            async with client.stream("POST", "/x", content=b"{}"):
                pass
            assert await upstream.gone()

    run(scenario())

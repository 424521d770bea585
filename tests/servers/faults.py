"""A proxy between a server and what it needs, that does what networks do: slow, slice, hold, swallow, cut and refuse.

    with faulty(postgres.port) as proxy:
        url = f"postgresql://chatdock@127.0.0.1:{proxy.port}/..."
        proxy.inject(Fault(latency_seconds=0.2))     # from now on, on open connections as well
        proxy.cut()                                  # every open connection is reset, now
        proxy.heal()

It works on bytes and knows no protocol. It has a loop of its own in a thread, so that tests that block can use it.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

from servers.processes import free_port

T = TypeVar("T")

CALL_SECONDS = 10.0
CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class Fault:
    """What happens to bytes, in both directions. The default is nothing."""

    latency_seconds: float = 0.0  # before each chunk goes on
    slice_bytes: int = 0  # at most so many a write, each a packet of its own; 0: as they come
    stall: bool = False  # held until this fault is over, then sent: a network that stops and comes back
    swallow: bool = False  # taken and never sent, so the connection is of no more use: half open
    refuse: bool = False  # new connections are reset at once; open ones go on
    cut_after: int | None = None  # bytes towards the client on a connection, counted from when the fault began
    cut_by: Literal["fin", "rst"] = "rst"


class _Connection:
    """One client's, and ours to the target."""

    def __init__(self, client: asyncio.StreamWriter, target: asyncio.StreamWriter) -> None:
        self.client = client
        self.target = target
        self.answered = 0  # bytes towards the client since the fault began

    def end(self, how: Literal["fin", "rst"]) -> None:
        for writer in (self.client, self.target):
            if how == "rst":
                _reset(writer)
            else:
                writer.close()


class FaultProxy:
    """`port` is where it listens. `connections` counts what was accepted since the start."""

    def __init__(self, target_port: int, target_host: str = "127.0.0.1") -> None:
        self.port = free_port()
        self.connections = 0
        self._target = (target_host, target_port)
        self._fault = Fault()
        self._open: set[_Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._changed = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault proxy", daemon=True)

    def __enter__(self) -> "FaultProxy":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(CALL_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(CALL_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_SECONDS)
        self._loop.close()

    def inject(self, fault: Fault) -> None:
        """From now on, on open connections as well."""
        self._call(lambda: self._set(fault))

    def heal(self) -> None:
        """Bytes flow as they come; what was held goes on."""
        self.inject(Fault())

    def cut(self, how: Literal["fin", "rst"] = "rst") -> int:
        """Ends every open connection; returns how many there were."""

        def end() -> int:
            ending = list(self._open)
            for connection in ending:
                connection.end(how)
            return len(ending)

        return self._call(end)

    @contextlib.contextmanager
    def during(self, fault: Fault) -> Iterator[None]:
        """The fault for the length of the block."""
        self.inject(fault)
        try:
            yield
        finally:
            self.heal()

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """As if the target were down: open connections are reset, new ones are refused."""
        with self.during(Fault(refuse=True)):
            self.cut()
            yield

    def _call(self, work: Callable[[], T]) -> T:
        async def call() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(CALL_SECONDS)

    def _set(self, fault: Fault) -> None:
        self._fault = fault
        for connection in self._open:
            connection.answered = 0
        self._changed.set()
        self._changed = asyncio.Event()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self.port)

    async def _stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # for transports that close in the loop's next turn
        await self._server.wait_closed()

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = self._loop.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._fault.refuse:
            _reset(writer)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            _reset(writer)
            return
        connection = _Connection(writer, far_writer)
        self._open.add(connection)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, far_writer, connection, is_answer=False))
                group.create_task(self._pump(far_reader, writer, connection, is_answer=True))
        except* (ConnectionError, OSError, RuntimeError):
            _reset(writer)  # what befell one side befalls the other
            _reset(far_writer)
        finally:
            self._open.discard(connection)
            for each in (writer, far_writer):
                each.close()
                with contextlib.suppress(OSError):
                    await each.wait_closed()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: _Connection, *, is_answer: bool
    ) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            if self._fault.latency_seconds:
                await asyncio.sleep(self._fault.latency_seconds)
            while self._fault.stall:
                await self._changed.wait()
            fault = self._fault
            if fault.swallow:
                continue
            cut = is_answer and fault.cut_after is not None and connection.answered + len(chunk) >= fault.cut_after
            if cut and fault.cut_after is not None:
                chunk = chunk[: max(0, fault.cut_after - connection.answered)]
            await _write(writer, chunk, fault.slice_bytes)
            if is_answer:
                connection.answered += len(chunk)
            if cut:
                await asyncio.sleep(0.01)  # a reset overtakes what was not read: let the client have it
                connection.end(fault.cut_by)
                return
        if writer.can_write_eof():
            writer.write_eof()


async def _write(writer: asyncio.StreamWriter, chunk: bytes, slice_bytes: int) -> None:
    size = slice_bytes or len(chunk) or 1
    for begin in range(0, len(chunk), size):
        writer.write(chunk[begin : begin + size])
        await writer.drain()
        if slice_bytes:
            await asyncio.sleep(0)


def _reset(writer: asyncio.StreamWriter) -> None:
    raw: socket.socket | None = writer.get_extra_info("socket")
    if raw is not None and not writer.transport.is_closing():
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def faulty(target_port: int) -> FaultProxy:
    """A proxy in front of a port of this machine, to be used in a `with`."""
    return FaultProxy(target_port)

"""Run streams: ready frames from a tape to a connection, as few writes as possible, heartbeats from one timer a process.

A plain stream is ChatKit's bytes and nothing else. A resumable one puts `id: <run>:<seq>` before each frame, begins with
`retry:`, and carries heartbeat comments. Both end when the run has ended. Where the tape is lost under its viewers, a
resumable stream says `{"type":"stream.reset"}` and ends: what was said is in the thread.

A feed's stream is the same without an end: what happens in a user's threads, `id: <position>` before each.
"""

import asyncio
import contextlib
import functools
import random
import time
from collections.abc import Callable
from typing import Literal

from starlette.types import Message, Receive, Scope, Send

from chatdock.errors import BadRequest, Gone, Unavailable
from chatdock.eventlog.base import HEARTBEAT_SECONDS, PAD, PADDING, EventLog, Slice
from chatdock.feed.base import Feed
from chatdock.web.cycle import ON_CLOSED, pushing

STREAM = "chatdock.stream"  # in the scope: a stream whose head is out
_LOOK_SECONDS = 0.05
_AWAY_SECONDS = 1.5
_WRITE_BYTES = 256 * 1024  # a long replay goes out in pieces, so that a slow reader holds little
_SEPARATOR = "\n"  # ChatKit's; the library's own is CR LF
_RESET = b'data: {"type":"stream.reset"}\n\n'
_READY = b'data: {"type":"stream.ready"}\n\n'

RETRY = 1_000  # milliseconds
RETRY_ELSEWHERE = 250  # this server goes away: come back at once

Ending = Literal["restart", "cut"]


@functools.cache
def frame(*, retry: int | None = None, comment: str | None = None) -> bytes:
    """A frame without data, made by the library, which is loaded when the first is needed."""
    from sse_starlette.event import ServerSentEvent

    return ServerSentEvent(retry=retry, comment=comment, sep=_SEPARATOR).encode()


class Viewer:
    """One connection that waits for frames."""

    __slots__ = ("_future", "_loop", "_woken", "closed", "pass_on", "quiet", "run_id", "wants_heartbeats")

    def __init__(self, run_id: str, *, wants_heartbeats: bool) -> None:
        self.run_id = run_id
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[None] | None = None
        self._woken = False
        self.closed: Ending | None = None
        self.quiet = False
        self.wants_heartbeats = wants_heartbeats
        self.pass_on: Callable[[], bool] | None = None  # writes what came, without waking who waits for it

    def wake(self) -> None:
        """There may be more to read. A wake between two waits is remembered."""
        future = self._future
        if future is not None and not future.done():
            if self.pass_on is not None and self.closed is None and self.pass_on():
                return
            future.set_result(None)
        self._woken = True

    def close(self, ending: Ending = "cut") -> None:
        """The stream has to end now, after the frame it is writing."""
        self.closed = self.closed or ending
        self.wake()

    async def wait(self) -> None:
        """Until the next wake since the last `look`."""
        if not self._woken:
            self._future = self._loop.create_future()
            await self._future
            self._future = None

    def look(self) -> None:
        """Called before reading: whatever comes from now on is a new wake."""
        self._woken = False


class Streams:
    """Every open run stream of this process: one pinger, and one way to end them all."""

    def __init__(self, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self._look_seconds = heartbeat_seconds / 2  # who was silent at two looks in a row is pinged: never later
        self._viewers: set[Viewer] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._ending: Ending | None = None

    def __len__(self) -> int:
        return len(self._viewers)

    def add(self, viewer: Viewer) -> None:
        """From now on this viewer is pinged and can be closed."""
        self._viewers.add(viewer)
        if self._ending is not None:
            viewer.close(self._ending)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._look_seconds, self._ping)

    def discard(self, viewer: Viewer) -> None:
        """The connection is gone."""
        self._viewers.discard(viewer)

    def close(self, ending: Ending = "restart") -> None:
        """Ends every stream after a whole frame, also those that come while the process ends."""
        self._ending = ending
        for viewer in tuple(self._viewers):
            viewer.close(ending)

    def send_away(self, is_here: Callable[[str], bool]) -> None:
        """Ends the streams of runs that are at work elsewhere, where their clients can come back to another process."""
        for viewer in tuple(self._viewers):
            if viewer.wants_heartbeats and not is_here(viewer.run_id):
                viewer.close("restart")

    async def until_gone(self, seconds: float) -> None:
        """Waits for the streams of clients that cannot come back."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                while any(not viewer.wants_heartbeats for viewer in self._viewers):
                    await asyncio.sleep(_LOOK_SECONDS)

    def _ping(self) -> None:
        self._timer = None
        for viewer in self._viewers:
            if viewer.quiet and viewer.wants_heartbeats:
                viewer.wake()
            viewer.quiet = True
        if self._viewers:
            self._timer = asyncio.get_running_loop().call_later(self._look_seconds, self._ping)


class EventStream:
    """An ASGI response without an end of its own: head here, body in `relay`, cut by its viewer."""

    def __init__(self, streams: Streams, *, wants_heartbeats: bool, run_id: str = "") -> None:
        self._streams = streams
        self._viewer = Viewer(run_id, wants_heartbeats=wants_heartbeats)
        self._holds = contextlib.ExitStack()
        self._on_cut: Callable[[Callable[[], None]], None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the head and leaves itself in the scope: `relay` goes on when the layers above have returned."""
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self._headers()})
        except BaseException:
            self._holds.close()
            raise
        scope[STREAM] = self

    async def relay(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The body, to its end."""
        viewer = self._viewer
        on_closed: list[Callable[[], None]] | None = scope.get(ON_CLOSED)
        gone = None
        if on_closed is None:
            gone = asyncio.ensure_future(_until_gone(receive))
            gone.add_done_callback(lambda _: viewer.close())
        else:
            on_closed.append(viewer.close)
        self._streams.add(viewer)
        with self._holds:
            try:
                if self._on_cut is not None:
                    self._on_cut(viewer.close)
                await self._follow(viewer, send)
            finally:
                self._streams.discard(viewer)
                if gone is not None:
                    gone.cancel()
                elif on_closed is not None:
                    on_closed.clear()

    def _headers(self) -> list[tuple[bytes, bytes]]:
        return [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store, no-transform"),
            (b"x-accel-buffering", b"no"),
        ]

    async def _follow(self, viewer: Viewer, send: Send) -> None:
        raise NotImplementedError


class RunStream(EventStream):
    """Tails one run from behind `after`. `open` it first: what cannot be read is refused there."""

    def __init__(self, tape: EventLog, streams: Streams, run_id: str, *, after: int = 0, resumable: bool) -> None:
        super().__init__(streams, wants_heartbeats=resumable, run_id=run_id)
        self._tape = tape
        self.run_id = run_id
        self._after = after
        self._resumable = resumable
        self._first: Slice | None = None
        self._push: Callable[[bytes], bool] | None = None

    async def open(self, holds: contextlib.ExitStack, on_cut: Callable[[Callable[[], None]], None] | None) -> None:
        """Watches and reads what there is. `holds` is what the stream keeps while it is open, given up here on an error;
        `on_cut` is where to leave word how to cut it.

        Raises: Gone, BadRequest (`after` lies in the future), Unavailable.
        """
        with holds:
            holds.callback(
                self._tape.watch(self.run_id, self._viewer.wake)
            )  # before the read: nothing falls in between
            self._first = await self._tape.read(self.run_id, self._after)
            self._on_cut = on_cut
            self._holds = holds.pop_all()

    def _headers(self) -> list[tuple[bytes, bytes]]:
        return [*super()._headers(), (b"x-chatdock-run-id", self.run_id.encode())]

    async def relay(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The body, to its end."""
        self._push = pushing(send)
        self._viewer.pass_on = self._pass_on if self._push is not None else None
        try:
            await super().relay(scope, receive, send)
        finally:
            self._viewer.pass_on = None

    def _pass_on(self) -> bool:
        """Writes what came since, in the turn of the loop it came in, if that is all there is to do: no task wakes for it.

        The end, a slow reader and a tape that is not here are `_follow`'s.
        """
        part = self._tape.held(self.run_id, self._after)
        if part is None or part.ended or len(part.data) > _WRITE_BYTES or self._push is None:
            return False
        data = self._framed(part)
        if not data or not self._push(data):
            return False
        self._after += part.count
        self._viewer.quiet = False
        return True

    def _framed(self, part: Slice) -> bytes:
        return numbered(self.run_id, part) if self._resumable else part.data.replace(PADDING, b"")

    async def _follow(self, viewer: Viewer, send: Send) -> None:
        before = frame(retry=RETRY) if self._resumable else b""
        part, self._first = self._first, None
        while viewer.closed is None:
            if part is None:
                viewer.look()
                try:
                    part = await self._tape.read(self.run_id, self._after)
                except (Gone, BadRequest):  # the thread was deleted under the viewer, or the tape was lost
                    await send(_body(before + _RESET if self._resumable else b"", more=False))
                    return
                except Unavailable:  # whoever can come back does, and finds the run or the thread
                    await send(_body(before + frame(retry=RETRY) if self._resumable else b"", more=False))
                    return
            if part.count or part.ended or before:
                data = before + self._framed(part)
                before = b""
                await _send(data, send, more=not part.ended)
                self._after += part.count
                viewer.quiet = False
            elif viewer.quiet and viewer.wants_heartbeats:
                await send(_body(frame(comment="hb")))
                viewer.quiet = False
            if part.ended:
                return
            has_more, part = part.has_more, None
            if has_more:
                await asyncio.sleep(0)  # a long replay lets others have their turn
            else:
                await viewer.wait()
        await send(
            _body(frame(retry=RETRY_ELSEWHERE) if self._resumable and viewer.closed == "restart" else b"", more=False)
        )


class FeedStream(EventStream):
    """Tells what happens in a user's threads, until `expires_at` (seconds since the epoch): then the client needs a new secret."""

    def __init__(self, feed: Feed, streams: Streams, address: str, *, after: str | None, expires_at: float) -> None:
        super().__init__(streams, wants_heartbeats=True)
        self._feed = feed
        self._address = address
        self._after = after
        self._expires_at = expires_at

    async def open(self, holds: contextlib.ExitStack, on_cut: Callable[[Callable[[], None]], None]) -> None:
        """As `RunStream.open`. Raises: Unavailable."""
        with holds:
            holds.callback(self._feed.watch(self._address, self._viewer.wake))
            await self._feed.read(self._address, None)
            self._on_cut = on_cut
            self._holds = holds.pop_all()

    async def _follow(self, viewer: Viewer, send: Send) -> None:
        after, before = self._after, frame(retry=RETRY)
        while viewer.closed is None and time.time() < self._expires_at:
            viewer.look()
            try:
                part = await self._feed.read(self._address, after)
            except (
                Unavailable
            ):  # the stream stays: once the feed is back it says what was missed, or that it is not known
                if viewer.quiet:
                    await send(_body(frame(comment="hb")))
                    viewer.quiet = False
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_AWAY_SECONDS * random.uniform(0.7, 1.3)):
                        await viewer.wait()
                continue
            if part.reset or before:
                head = b"id: %b\n%b" % (part.position.encode(), _RESET if part.reset else _READY)
                # A client that knows its place is not told it again: what it missed follows.
                before += head if part.reset or after is None else b""
            if part.data or before:
                await _send(before + part.data, send, more=True)
                before, viewer.quiet = b"", False
            elif viewer.quiet:
                await send(_body(frame(comment="hb")))
                viewer.quiet = False
            after = part.position
            await viewer.wait()
        ending = RETRY_ELSEWHERE if viewer.closed == "restart" else RETRY
        await send(_body(frame(retry=ending), more=False))


async def _send(data: bytes, send: Send, *, more: bool) -> None:
    last = max(0, len(data) - 1) // _WRITE_BYTES * _WRITE_BYTES
    for start in range(0, last, _WRITE_BYTES):
        await send(_body(data[start : start + _WRITE_BYTES]))
    await send(_body(data[last:], more=more))


def numbered(run_id: str, part: Slice) -> bytes:
    """The frames with `id: <run>:<seq>` before each."""
    head = f"id: {run_id}:".encode()
    frames = enumerate(part.frames(), part.first)
    return b"".join([b"%b%d\n%b" % (head, seq, frame) for seq, frame in frames if frame != PAD])


def _body(data: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

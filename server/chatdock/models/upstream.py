"""The `openai` package's client over our transport. Imported in a thread only (see `endpoint`): it costs half a second.

The client gives addresses, headers, authentication and typed errors; the body of its streaming response is read from
the transport's reply. The layers of httpx2 and of the SDK above it cost a microsecond a read, twice the decoding, and
cannot be told how long the next read may wait. `bench/transport.py` has the figures.
"""

from collections.abc import AsyncGenerator
from typing import cast

import httpx2
import msgspec
import openai

from chatdock.models.base import AssistantTurn, ModelEvent, ModelRequest, Take, Text, TextPart, ToolResultTurn, UserTurn
from chatdock.models.decoder import Decoder
from chatdock.models.policy import Policy, UpstreamError, cut, refused
from chatdock.models.reply import Reply
from chatdock.models.sse import EventTooLong, Splitter
from chatdock.models.transport import StreamingTransport, Template

TRANSCRIPTION_SECONDS = 60.0  # minutes of speech are heard in seconds, but all at once
_HEADERS = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
_DETAIL_CHARACTERS = 200  # of what an upstream says about a refusal, for the log
_WORD_CHARACTERS = 64  # of a code or a parameter's name, which an upstream may choose freely
_ECHO_CHARACTERS = 16  # as many of the conversation's own characters in it, and it is kept out of the log


class _Transcript(msgspec.Struct):
    text: str


class Upstream:
    """A provider's client."""

    def __init__(self, *, api_key: str, base_url: str | None, policy: Policy) -> None:
        self._policy = policy
        self._api_key = api_key
        tls = httpx2.create_ssl_context() if not (base_url or "").startswith("http:") else None  # slow: not in the loop
        self._transport = StreamingTransport(tls=tls)
        self._templates: dict[str, Template] = {}
        self._client = openai.AsyncOpenAI(
            api_key=api_key or "none",  # servers at home ask for none, the client insists on one
            base_url=base_url,
            max_retries=0,
            http_client=httpx2.AsyncClient(transport=self._transport, trust_env=False),
        )

    async def begin(
        self, path: str, content: bytes, request: ModelRequest, decoder: Decoder
    ) -> "tuple[Attempt, list[ModelEvent]]":
        """Sends `content`, which is `request` as JSON, and reads up to the first events. Raises: UpstreamError."""
        try:
            reply = await self._again(path, content, request) or await self._first(path, content, request)
        except openai.APIStatusError as error:
            raise self._refusal(error, request) from None  # its chain holds the request and with it the conversation
        except (openai.APIConnectionError, httpx2.TransportError) as error:
            raise _broken(error.__cause__ or error) from None
        attempt = Attempt(reply, decoder, self._policy)
        try:
            return attempt, await attempt.begin()
        except BaseException:
            await attempt.close()
            raise

    async def _first(self, path: str, content: bytes, request: ModelRequest) -> Reply:
        """Through the client, which knows how a request looks; the next ones are made after it."""
        response = await self._client.post(
            path,
            cast_to=httpx2.Response,
            content=content,
            options={
                "headers": _HEADERS,
                "timeout": httpx2.Timeout(
                    self._policy.first_byte_seconds_for(request), connect=self._policy.connect_seconds
                ),
            },
            stream=True,
            stream_cls=openai.AsyncStream[object],
        )
        # With this `cast_to` the client hands out the response unread, whatever its types say of `stream`.
        unread = cast(httpx2.Response, response)
        self._templates[path] = Template(unread.request)
        reply: Reply = unread.extensions["reply"]
        return reply

    async def _again(self, path: str, content: bytes, request: ModelRequest) -> Reply | None:
        """The request that `_first` made, with another body; None before there was one."""
        template = self._templates.get(path)
        if template is None:
            return None
        reply = await self._transport.repeat(
            template,
            content,
            patience_seconds=self._policy.first_byte_seconds_for(request),
            connect_seconds=self._policy.connect_seconds,
        )
        if reply.status < 300:
            return reply
        response = reply.response()
        response.request = template.bare  # the client's errors name the request they are about
        raise await _status_error(response)

    async def transcribe(self, filename: str, audio: bytes, model: str) -> str:
        """The words of a recording. Raises: UpstreamError."""
        try:
            response = await self._client.post(
                "/audio/transcriptions",
                cast_to=httpx2.Response,
                body={"model": model, "response_format": "json"},
                files=[("file", (filename, audio))],
                options={
                    "headers": {"Content-Type": "multipart/form-data", "Accept-Encoding": "identity"},
                    "timeout": httpx2.Timeout(TRANSCRIPTION_SECONDS, connect=self._policy.connect_seconds),
                },
            )
            return msgspec.json.decode(response.content, type=_Transcript).text
        except openai.APIStatusError as error:
            raise self._refusal(error) from None
        except (openai.APIConnectionError, httpx2.TransportError) as error:
            raise _broken(error.__cause__ or error) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise cut(f"the transcript has an unknown shape: {error}") from error

    async def close(self) -> None:
        """Ends pooled connections."""
        await self._client.close()

    def _refusal(self, error: openai.APIStatusError, request: ModelRequest | None = None) -> UpstreamError:
        body = error.body if isinstance(error.body, dict) else {}
        kind = str(error.code or error.type or "")[:_WORD_CHARACTERS]
        reason = f"HTTP {error.status_code} {kind}".rstrip()
        if error.param:
            reason += f" at {str(error.param)[:_WORD_CHARACTERS]}"
        detail = str(body.get("message") or "")[:_DETAIL_CHARACTERS]
        if self._api_key:
            detail = detail.replace(self._api_key, "(key)")
        if detail and request is not None and not _repeats(detail, request):
            reason += f": {detail}"
        if error.request_id:
            reason += f" (request {error.request_id})"
        return refused(error.status_code, kind, reason, retry_after=error.response.headers.get("retry-after"))


class Attempt:
    """One response being read."""

    def __init__(self, reply: Reply, decoder: Decoder, policy: Policy) -> None:
        self._reply = reply
        self._unpacked: AsyncGenerator[bytes] | None = None
        if reply.header(b"content-encoding") not in ("", "identity"):
            self._unpacked = (
                reply.response().aiter_bytes()
            )  # compressed although it was asked not to be: httpx2 decodes it
        self._splitter = Splitter()
        self._decoder = decoder
        self._policy = policy
        self._take: Take | None = None
        self._left: list[ModelEvent] = []  # what was read and not taken
        self._fault: UpstreamError | None = None

    async def begin(self) -> list[ModelEvent]:
        """The first events. Raises: UpstreamError."""
        kind = self._reply.header(b"content-type")
        if kind in ("text/html", "application/json"):
            raise refused(400, "", f"HTTP 200 with {kind} instead of an event stream; is the base URL right?")
        events = await self.next()
        if not self._decoder.finishing:
            self._reply.patience_seconds = self._policy.stall_seconds
        return events

    async def next(self) -> list[ModelEvent]:
        """The events of the next read that brings some. Raises: UpstreamError."""
        decoder = self._decoder
        while True:
            if self._left:
                events, self._left = self._left, []
                return events
            if self._fault is not None:
                raise self._fault
            if decoder.failure is not None:
                raise decoder.failure
            try:
                chunk = await (self._reply.read() if self._unpacked is None else anext(self._unpacked, b""))
            except httpx2.RequestError as error:
                if decoder.finishing:
                    return decoder.end()
                raise _broken(error) from None
            if chunk is None:  # woken by `_pass_on`
                continue
            if not chunk:
                return decoder.end()
            events = self._decode(chunk)
            if events:
                return events

    def push_to(self, take: Take) -> None:
        """From now on text that comes while `next` waits is given to `take` at once, and only what that leaves to `next`."""
        self._take = take
        if self._unpacked is None:
            self._reply.pass_on = self._pass_on

    def _pass_on(self, chunk: bytes) -> bool:
        """Whether all of a chunk was taken, so that `next` can go on waiting."""
        try:
            events = self._decode(chunk)
        except UpstreamError as error:
            self._fault = error
            return False
        decoder = self._decoder
        if decoder.finishing or decoder.finished or decoder.failure is not None:
            self._left = events
            return False
        texts = [event.delta for event in events if type(event) is Text]
        if len(texts) == len(events) and (not texts or (self._take is not None and self._take(texts))):
            return True
        self._left = events
        return False

    def _decode(self, chunk: bytes) -> list[ModelEvent]:
        decoder = self._decoder
        try:
            events = decoder.decode(self._splitter.feed(chunk))
        except EventTooLong as error:
            raise cut(f"an event of more than {error} bytes") from None
        if decoder.finishing:
            self._reply.patience_seconds = self._policy.finish_seconds
        elif events and type(events[-1]) is Text:
            self._reply.may_gather = True
        return events

    async def close(self) -> None:
        """Ends the connection at once, or gives it back when the answer is complete."""
        if self._unpacked is not None:
            await self._unpacked.aclose()
        if self._decoder.finished:
            self._reply.linger()
        else:
            await self._reply.aclose()


async def _status_error(response: httpx2.Response) -> openai.APIStatusError:
    """The client's own error for a refusal, its body read."""
    try:
        text = b"".join([chunk async for chunk in response.aiter_raw()])
    finally:
        await response.aclose()
    try:
        body = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        body = None
    if isinstance(body, dict):
        body = body.get("error", body)
    return openai.APIStatusError(f"HTTP {response.status_code}", response=response, body=body)


def _broken(error: BaseException) -> UpstreamError:
    """The error for a connection that failed, by what happened to it."""
    reason = f"{type(error).__name__}: {error}"
    match error:
        case httpx2.ReadTimeout():
            return UpstreamError(reason, code="model_timeout", again=False)
        case httpx2.UnsupportedProtocol() | httpx2.LocalProtocolError():
            return UpstreamError(reason, code="model_rejected", again=False, ill=False)
        case httpx2.ReadError() | httpx2.RemoteProtocolError() | httpx2.DecodingError():
            return cut(reason)
        case _:
            return UpstreamError(reason, code="model_unavailable", again=True)


def _repeats(detail: str, request: ModelRequest) -> bool:
    """Whether a refusal repeats the conversation, as servers that validate with FastAPI do: that is not for the log."""
    for turn in request.turns:
        match turn:
            case UserTurn():
                texts = [part.text for part in turn.parts if isinstance(part, TextPart)]
            case AssistantTurn():
                texts = [turn.text]
            case ToolResultTurn():
                texts = [turn.output]
            case _:
                continue
        for text in texts:
            pieces = (text[i : i + _ECHO_CHARACTERS] for i in range(0, len(text), _ECHO_CHARACTERS))
            if any(piece in detail for piece in pieces if len(piece) == _ECHO_CHARACTERS or piece == text.strip()):
                return True
    return False

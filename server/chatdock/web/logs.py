"""Logs: one JSON object a line on stderr, for every event, ours and uvicorn's; never a secret, never a message's text.

Rules: what clients chose goes into fields, never into the template; non-ASCII and control characters are escaped, so one
event is one line whatever it holds. Redaction is the last step before the line is written, and a net, not a licence.
"""

import asyncio
import contextlib
import json
import logging
import re
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TextIO

import msgspec

REDACTED = "[redacted]"
MAX_FIELD_CHARS = 2_000  # a field is an id or a phrase
MIN_LITERAL_CHARS = 8  # shorter values would redact ordinary words

_SECRETS = re.compile(
    r"ek_[a-z0-9]{1,8}_[A-Za-z0-9_.-]{20,}"  # client secrets
    r"|sk_[a-z0-9]{1,16}_[A-Za-z0-9]{10}_[A-Za-z0-9]{8,}"  # our server keys
    r"|whsec_[A-Za-z0-9+/=]{16,}"  # webhooks' secrets
    r"|sk-[A-Za-z0-9_-]{16,}"  # model providers' keys
    r"|[a-z0-9]{1,8}_\.?[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{4,8}\.[A-Za-z0-9_-]{43}"  # links and upload tokens
    r"|(?i:bearer)\s+[A-Za-z0-9._~+/=-]{8,}"
)
_URL_PASSWORD = re.compile(r"(://[^\s:/@\"]*:)[^\s@/\"]+(?=@)")
_QUERY_SECRET = re.compile(r"(?i)([?&](?:token|access_token|client_secret|api_key|authorization|secret)=)[^\s&\"#]+")
_HINT = re.compile(r"ek_|sk[_-]|whsec_|://|(?i:bearer|token|secret|api_key|authorization)|[A-Za-z0-9_-]{20}\.")
FLUSH_SECONDS = 0.05  # how long a request's line may wait for others: a write is dearer than a line


REQUESTS = "chatdock.requests"
_requests = logging.getLogger(REQUESTS)


class Redaction:
    """Hides what looks like a secret, and the exact secrets it is told of."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        literals = sorted({secret for secret in secrets if len(secret) >= MIN_LITERAL_CHARS}, key=len, reverse=True)
        self._literals = re.compile("|".join(map(re.escape, literals))) if literals else None

    def __call__(self, text: str) -> str:
        if self._literals:
            text = self._literals.sub(REDACTED, text)
        if _HINT.search(text):
            text = _SECRETS.sub(REDACTED, text)
            text = _URL_PASSWORD.sub(rf"\g<1>{REDACTED}", text)
            text = _QUERY_SECRET.sub(rf"\g<1>{REDACTED}", text)
        return text


class RequestLine(msgspec.Struct, omit_defaults=True, kw_only=True):
    """What is logged of a request. All of it is ours but `client_request_id`."""

    method: str
    route: str
    status: int
    ms: float
    request_id: str
    session_id: str | None = None
    key_id: str | None = None
    run_id: str | None = None
    error_code: str | None = None
    client_request_id: str | None = None


class JsonFormatter(logging.Formatter):
    """`time`, `level`, `logger`, `message`, the record's `fields`, and `error` with a stack where there is one."""

    def __init__(self, redact: Redaction) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name, value in getattr(record, "fields", {}).items():
            if value is not None:
                line[name] = value[:MAX_FIELD_CHARS] if isinstance(value, str) else value
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return self._redact(_encode(line))


def _encode(line: dict[str, object] | RequestLine) -> str:
    try:
        text = msgspec.json.encode(line).decode()
    except (TypeError, UnicodeEncodeError):  # an odd object, or a lone surrogate
        text = "\x7f"
    if text.isascii() and "\x7f" not in text:
        return text
    return json.dumps(line if isinstance(line, dict) else _present(line), default=str)


def _present(line: RequestLine) -> dict[str, object]:
    return {name: value for name, value in msgspec.structs.asdict(line).items() if value is not None}


class Lines(logging.Handler):
    """Writes records at once, one line each, and the lines of requests together, shortly after."""

    def __init__(self, stream: TextIO, redact: Redaction) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter(redact))
        self._stream = stream
        self._redact = redact
        self._waiting: list[str] = []
        self._loop: asyncio.AbstractEventLoop | None = None  # that has been asked to flush
        self._second = 0
        self._second_text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """The line, behind those that wait."""
        try:
            self._write(self.format(record))
        except Exception:  # noqa: BLE001 - as logging asks of its handlers: a log that fails stops nobody
            self.handleError(record)

    def flush(self) -> None:
        """Whatever waits goes out; called by the logging module when the process ends."""
        self._loop = None
        if self._waiting:
            with contextlib.suppress(OSError, ValueError):  # nobody reads any more
                self._write()

    def add_request(self, line: RequestLine) -> None:
        """On an event loop's thread. A twelfth of what a record costs: nothing here has to be searched for secrets."""
        if line.client_request_id is not None:
            line.client_request_id = self._redact(line.client_request_id)
        head = f'{{"time":"{self._time()}","level":"INFO","logger":"{REQUESTS}","message":"request",'
        self._waiting.append(head + _encode(line)[1:])
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            loop.call_later(FLUSH_SECONDS, self.flush)

    def _time(self) -> str:
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second = second
            self._second_text = datetime.fromtimestamp(second, UTC).isoformat()[:-6]
        return f"{self._second_text}.{int(now * 1_000) % 1_000:03d}+00:00"

    def _write(self, *lines: str) -> None:
        self.acquire()
        try:
            waiting, self._waiting = self._waiting, []
            self._stream.write("\n".join((*waiting, *lines, "")))
            self._stream.flush()
        finally:
            self.release()


def log_request(line: RequestLine) -> None:
    """One line at INFO, for who has asked whether that is on; by the short way where our handler is the only one."""
    handlers = logging.root.handlers
    if len(handlers) == 1 and isinstance(handlers[0], Lines):
        handlers[0].add_request(line)
    else:
        _requests.info("request", extra={"fields": _present(line)})


def configure_logs(level: str = "INFO", secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Sends every logger of the process through one handler. `secrets` are values to hide wherever they turn up."""
    root = logging.getLogger()
    root.handlers[:] = [Lines(stream or sys.stderr, Redaction(secrets))]
    root.setLevel(logging.WARNING)  # other people's libraries talk about bodies below this
    for name in ("chatdock", "uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
        logger.setLevel(level)
    access = logging.getLogger("uvicorn.access")  # it writes whole addresses, queries included; ours does not
    access.handlers[:] = []
    access.propagate = False

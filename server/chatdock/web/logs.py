"""Logs: one JSON object a line on stderr, for every event, ours and uvicorn's; never a secret, never a message's text.

Rules: what clients chose goes into fields, never into the template; non-ASCII and control characters are escaped, so one
event is one line whatever it holds. Redaction is the last step before the line is written, and a net, not a licence.
"""

import json
import logging
import re
import sys
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
    r"|sk-[A-Za-z0-9_-]{16,}"  # model providers' keys
    r"|[a-z0-9]{1,8}_\.?[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{4,8}\.[A-Za-z0-9_-]{43}"  # links and upload tokens
    r"|(?i:bearer)\s+[A-Za-z0-9._~+/=-]{8,}"
)
_URL_PASSWORD = re.compile(r"(://[^\s:/@\"]*:)[^\s@/\"]+(?=@)")
_QUERY_SECRET = re.compile(r"(?i)([?&](?:token|access_token|client_secret|api_key|authorization|secret)=)[^\s&\"#]+")
_HINTS = ("ek_", "sk_", "sk-", "://", "earer", "EARER", "token", "secret", "api_key", "uthorization", ".")


class Redaction:
    """Hides what looks like a secret, and the exact secrets it is told of."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        literals = sorted({secret for secret in secrets if len(secret) >= MIN_LITERAL_CHARS}, key=len, reverse=True)
        self._literals = re.compile("|".join(map(re.escape, literals))) if literals else None

    def __call__(self, text: str) -> str:
        if self._literals:
            text = self._literals.sub(REDACTED, text)
        if any(hint in text for hint in _HINTS):
            text = _SECRETS.sub(REDACTED, text)
            text = _URL_PASSWORD.sub(rf"\g<1>{REDACTED}", text)
            text = _QUERY_SECRET.sub(rf"\g<1>{REDACTED}", text)
        return text


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


def _encode(line: dict[str, object]) -> str:
    try:
        text = msgspec.json.encode(line).decode()
    except (TypeError, UnicodeEncodeError):  # an odd object, or a lone surrogate
        return json.dumps(line, default=str)
    return text if text.isascii() and "\x7f" not in text else json.dumps(line, default=str)


def configure_logs(level: str = "INFO", secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Sends every logger of the process through one handler. `secrets` are values to hide wherever they turn up."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(Redaction(secrets)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # other people's libraries talk about bodies below this
    for name in ("chatdock", "uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
        logger.setLevel(level)
    access = logging.getLogger("uvicorn.access")  # it writes whole addresses, queries included; ours does not
    access.handlers[:] = []
    access.propagate = False

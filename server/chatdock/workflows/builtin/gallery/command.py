"""What a gallery command is, and what all commands share."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec

from chatdock.context import RunContext

PAUSE_SECONDS = 0.03  # between two steps: seen as movement, and no test waits for it


class Command(NamedTuple):
    """A command as `/help` tells it, and the function of the run and the rest of the user's line."""

    usage: str
    about: str
    show: Callable[[RunContext, str], Awaitable[None]]


class Misused(Exception):
    """The rest of the line does not fit the command; the gallery answers with its usage."""


def compact(value: Any) -> str:
    """Any JSON value on one line."""
    return msgspec.json.encode(value).decode()


def code(value: Any) -> str:
    """A JSON value as a Markdown code block."""
    return f"```json\n{compact(value)}\n```"


def read_object(text: str) -> dict[str, Any]:
    """A JSON object. Raises: Misused."""
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise Misused from error

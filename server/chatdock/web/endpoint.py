"""How one public endpoint is described, and the parameters that many share."""

from dataclasses import dataclass
from typing import Any, Literal

Credential = Literal["server key", "client secret", "either", "none"]


@dataclass(frozen=True)
class Parameter:
    """In the path, the query or a header."""

    name: str
    where: Literal["path", "query", "header"]
    text: str
    schema: dict[str, Any]
    required: bool = False


@dataclass(frozen=True)
class Body:
    """What goes in or comes out: a type of ours, or another media type with what to say about it."""

    shape: Any = None  # a struct or a union of them
    media_type: str = "application/json"
    text: str = ""
    is_list: bool = False
    example: Any = None


@dataclass(frozen=True)
class Endpoint:
    """One method of one path."""

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    group: str
    summary: str
    credential: Credential
    text: str = ""
    scope: str = ""
    parameters: tuple[Parameter, ...] = ()
    request: Body | None = None
    responses: tuple[Body, ...] = ()
    errors: tuple[int, ...] = ()
    success: int = 200


STRING = {"type": "string"}
LIMIT = Parameter(
    "limit", "query", "Records in a page.", {"type": "integer", "minimum": 0, "maximum": 100, "default": 20}
)
ORDER = Parameter("order", "query", "By creation.", {"type": "string", "enum": ["asc", "desc"], "default": "desc"})
AFTER = Parameter("after", "query", "The id of a record: the page starts behind it, in the requested order.", STRING)
BEFORE = Parameter("before", "query", "The id of a record: the page ends before it, in the requested order.", STRING)
PAGING = (LIMIT, ORDER, AFTER, BEFORE)


def in_path(name: str, text: str) -> Parameter:
    """A part of the path."""
    return Parameter(name, "path", text, STRING, required=True)


THREAD_ID = in_path("thread_id", "A thread's id, `cthr_...`.")

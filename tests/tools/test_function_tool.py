"""`@tool` makes a typed function something a model can call: its schema, its validation, its result."""

import asyncio
import datetime
import threading
from enum import Enum
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from chatdock.context import RunContext
from chatdock.errors import ConfigurationError
from chatdock.tools.base import InvalidArguments, Tool
from chatdock.tools.function import FunctionTool, tool
from stage import Stage


class Address(msgspec.Struct):
    street: str
    floor: int | None = None


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


async def call(subject: FunctionTool, **arguments: Any) -> str:
    return await subject.call(arguments, Stage())


def test_the_schema_comes_from_the_signature_and_the_docstring() -> None:
    @tool
    async def search(
        query: str,
        limit: Annotated[int, Meta(ge=1, le=50, description="How many.")],
        order: Literal["new", "old"] = "new",
    ) -> list[str]:
        """Searches the archive.

        It knows everything since 1999.

        Args:
            query: What to look for,
                in any language: all are understood.
            order (str): Which comes first.

        Returns:
            Titles.
        """
        return []

    assert isinstance(search, Tool)
    assert search.spec.name == "search"
    assert search.spec.description == "Searches the archive.\n\nIt knows everything since 1999."
    assert search.spec.strict
    assert search.timeout_seconds == 30.0
    assert search.spec.parameters == {
        "type": "object",
        "properties": {
            "query": {"type": "string", "description": "What to look for, in any language: all are understood."},
            "limit": {"type": "integer", "minimum": 1, "maximum": 50, "description": "How many."},
            "order": {
                "description": "Which comes first.",
                "anyOf": [{"type": "null"}, {"type": "string", "enum": ["new", "old"]}],
            },
        },
        "required": ["query", "limit", "order"],
        "additionalProperties": False,
    }


def test_a_function_without_parameters_has_a_closed_empty_schema() -> None:
    @tool
    async def ping() -> str:
        """Answers."""
        return "pong"

    assert ping.spec.parameters == {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def test_nested_structs_and_enums_are_closed_too() -> None:
    @tool
    async def send(to: list[Address], colour: Colour = Colour.RED) -> str:
        """Sends."""
        return ""

    address = send.spec.parameters["$defs"]["Address"]
    assert address["required"] == ["street", "floor"] and address["additionalProperties"] is False
    assert "default" not in address["properties"]["floor"]
    assert send.spec.parameters["$defs"]["Colour"]["enum"] == ["blue", "red"]
    assert send.spec.strict


def test_a_free_form_map_has_no_strict_form() -> None:
    @tool
    async def save(values: dict[str, int], address: Address) -> str:
        """Saves."""
        return ""

    assert not save.spec.strict
    assert save.spec.parameters["$defs"]["Address"]["additionalProperties"] is False


@pytest.mark.parametrize("style", ["named ctx", "annotated RunContext"])
async def test_the_run_is_passed_in_and_is_not_in_the_schema(style: str) -> None:
    if style == "named ctx":

        @tool
        async def who(ctx, greeting: str) -> str:  # type: ignore[no-untyped-def]
            """Greets."""
            return f"{greeting} {ctx.actor.user}"
    else:

        @tool
        async def who(run: RunContext, greeting: str) -> str:
            """Greets."""
            return f"{greeting} {run.actor.user}"

    assert list(who.spec.parameters["properties"]) == ["greeting"]
    assert await call(who, greeting="Hello") == "Hello ada"


async def test_a_null_stands_for_the_default() -> None:
    @tool
    async def repeat(word: str, times: int = 2, tags: list[str] = []) -> str:  # noqa: B006
        """Repeats."""
        tags.append(word)
        return " ".join([*tags] * times)

    assert await call(repeat, word="a", times=None, tags=None) == "a a"
    assert await call(repeat, word="b") == "b b"
    assert await call(repeat, word="c", times=1, tags=["d"]) == "d c"


async def test_an_optional_argument_may_be_null_itself() -> None:
    @tool
    async def show(name: str | None) -> str:
        """Shows."""
        return repr(name)

    assert await call(show, name=None) == "None"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ({}, "missing required field `to`"),
        ({"to": {"street": 5}}, "$.to.street"),
        ({"to": {"street": "x"}, "count": 0}, "$.count"),
        ({"to": {"street": "x"}, "extra": 1}, "unknown field `extra`"),
    ],
)
async def test_arguments_are_validated_with_the_path_of_what_is_wrong(arguments: dict[str, Any], hint: str) -> None:
    @tool
    async def send(to: Address, count: Annotated[int, Meta(ge=1)] = 1) -> str:
        """Sends."""
        return ""

    with pytest.raises(InvalidArguments) as caught:
        await send.call(arguments, Stage())
    assert hint in caught.value.message and "send" in caught.value.message


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ("as it is", "as it is"),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        (None, "null"),
        (3.5, "3.5"),
        (Address("High Street"), '{"street":"High Street","floor":null}'),
        (datetime.date(2026, 11, 21), '"2026-11-21"'),
    ],
)
async def test_a_result_that_is_no_string_becomes_json(result: Any, text: str) -> None:
    @tool
    async def give() -> Any:
        """Gives."""
        return result

    assert await call(give) == text


async def test_a_plain_function_runs_in_a_thread_beside_the_loop() -> None:
    released = threading.Event()

    @tool
    def blocking(ctx: RunContext) -> str:
        """Blocks."""
        assert released.wait(5)
        return threading.current_thread().name

    waiting = asyncio.create_task(call(blocking))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    released.set()
    assert await waiting != threading.main_thread().name


async def test_a_decorated_function_is_still_the_function() -> None:
    @tool(name="double_it", timeout_seconds=5)
    async def double(number: int) -> int:
        """Doubles."""
        return number * 2

    assert await double(4) == 8
    assert double.spec.name == "double_it" and double.timeout_seconds == 5


def test_a_parameter_without_a_type_is_refused_where_the_tool_is_written() -> None:
    with pytest.raises(ConfigurationError, match="untyped: the parameter value needs a type"):

        @tool
        async def untyped(value) -> str:  # type: ignore[no-untyped-def]
            """No."""
            return ""


def test_star_arguments_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="must have a name of its own"):

        @tool
        async def many(*values: int) -> str:
            """No."""
            return ""


def test_a_type_a_model_cannot_write_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="cannot fill in"):

        @tool
        async def odd(value: threading.Thread) -> str:
            """No."""
            return ""

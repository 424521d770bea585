"""The tools that ship with the server, and tools of the page."""

import re

import pytest

from chatdock.tools.base import InvalidArguments
from chatdock.tools.builtin import BUILTIN_TOOLS
from chatdock.tools.calculator import calculate
from chatdock.tools.client import client_tool
from chatdock.tools.current_time import current_time
from stage import Stage


def test_they_are_strict_and_described() -> None:
    assert {tool.spec.name for tool in BUILTIN_TOOLS} == {"current_time", "calculate"}
    for tool in BUILTIN_TOOLS:
        assert tool.spec.strict and tool.spec.description
        assert all(part["description"] for part in tool.spec.parameters["properties"].values())


async def test_the_time_is_told_in_a_time_zone() -> None:
    assert re.fullmatch(
        r"\w+, \d\d \w+ \d{4}, \d\d:\d\d in Asia/Tokyo", await current_time.call({"time_zone": "Asia/Tokyo"}, Stage())
    )
    assert (await current_time.call({"time_zone": None}, Stage())).endswith("in UTC")


@pytest.mark.parametrize("name", ["Atlantis", "../../etc/passwd", "", "/etc/passwd", "a\0b"])
async def test_a_name_that_is_no_time_zone_is_answered_in_utc(name: str) -> None:
    assert "is no IANA time zone" in await current_time.call({"time_zone": name}, Stage())


@pytest.mark.parametrize(
    ("expression", "answer"),
    [("1 + 2 * 3", "7"), ("(12.5 + 7) * 3", "58.5"), ("-2 - +3", "-5"), ("7 % 4 / 2", "1.5"), (" 0.1+0.2 ", "0.3")],
)
async def test_arithmetic_is_worked_out(expression: str, answer: str) -> None:
    assert await calculate.call({"expression": expression}, Stage()) == f"{expression.strip()} = {answer}"


@pytest.mark.parametrize(
    "expression",
    [
        "2 ** 10",
        "__import__('os')",
        "x + 1",
        "1 if True else 2",
        "[1]",
        "'a' * 9",
        "1j",
        "",
        "1 +",
        "1" * 201,
        "(" * 150,
    ],
)
async def test_anything_else_is_refused_in_a_sentence(expression: str) -> None:
    with pytest.raises(InvalidArguments, match=r"^The expression"):
        await calculate.call({"expression": expression}, Stage())


async def test_division_by_zero_is_an_answer() -> None:
    assert "zero" in await calculate.call({"expression": "1 / (2 - 2)"}, Stage())


@pytest.mark.parametrize("expression", ["1e308 * 10 % 3", "9" * 199 + "/" + "1", "1e999", "*".join(["9" * 66] * 3)])
async def test_no_result_is_infinite_or_no_number(expression: str) -> None:
    shown = await _outcome(expression)
    assert "inf" not in shown and "nan" not in shown


async def _outcome(expression: str) -> str:
    try:
        return await calculate.call({"expression": expression}, Stage())
    except InvalidArguments as error:
        return error.message


def test_a_client_tool_is_strict_only_if_its_author_closed_the_schema() -> None:
    closed = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    open_schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    assert client_tool("pick", "Picks.", closed).strict
    spec = client_tool("pick", "Picks.", open_schema)
    assert not spec.strict and spec.parameters == open_schema
    assert client_tool("ping", "Pings.").strict

"""SQL as text: what `statements` compiles and a serving process loads, without importing SQLAlchemy."""

from collections.abc import Callable, Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal

import msgspec

PATH = Path(__file__).with_name("statements.json")

Dialect = Literal["sqlite", "postgresql"]
Values = Mapping[str, Any]


class CompiledText(msgspec.Struct, frozen=True, omit_defaults=True):
    """One statement in one dialect. `keys` names the positional parameters in order; `lists` those that are lists.

    `counts`: it is asked how many rows it touched, and answers as many empty ones.
    """

    sql: str
    keys: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    counts: bool = False


class Statement:
    """A text ready to run: `arrange` puts named values into the order of its parameters."""

    __slots__ = ("arrange", "counts", "sql")

    def __init__(self, text: CompiledText, encode_list: Callable[[Any], Any] | None = None) -> None:
        self.sql = text.sql
        self.counts = text.counts
        self.arrange = _arranger(text, encode_list)


def _arranger(text: CompiledText, encode_list: Callable[[Any], Any] | None) -> Callable[[Values], tuple[Any, ...]]:
    keys, lists = text.keys, text.lists
    if lists and encode_list is not None:
        encode = encode_list
        return lambda values: tuple(encode(values[key]) if key in lists else values[key] for key in keys)
    if len(keys) > 1:
        pick = itemgetter(*keys)
        return lambda values: pick(values)
    return lambda values: tuple(values[key] for key in keys)


def load_texts() -> dict[Dialect, dict[str, CompiledText]]:
    """Everything in `statements.json`."""
    return msgspec.json.decode(PATH.read_bytes(), type=dict[Dialect, dict[str, CompiledText]])


def load_statements(dialect: Dialect, encode_list: Callable[[Any], Any] | None = None) -> dict[str, Statement]:
    """The statements of one dialect. `encode_list` turns a list into what the driver binds, where it cannot."""
    return {name: Statement(text, encode_list) for name, text in load_texts()[dialect].items()}

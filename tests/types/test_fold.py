"""Both folds, Python's and the widget's, are held to the same golden streams.

The widget keeps what it does not know (kinds and keys of a newer server); the server only ever folds what it wrote
itself, so here both sides are read through the known types first.
"""

import json
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from chatdock.types.event import Event, Update
from chatdock.types.fold import fold
from chatdock.types.item import Item

STREAMS = sorted((Path(__file__).parent.parent / "fixtures" / "streams").glob("*.json"))
T = TypeVar("T")


def _known(values: list[dict[str, Any]], shape: type[T]) -> list[T]:
    known = []
    for value in values:
        try:
            known.append(msgspec.convert(value, shape))
        except msgspec.ValidationError as error:
            if "Invalid value" not in str(error):  # "invalid value for the tag": a kind of a newer server
                raise
    return known


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_a_golden_stream_folds_to_its_items(path: Path) -> None:
    stream = json.loads(path.read_text())
    items = _known(stream["before"], Item)
    for event in _known(stream["events"], Event):
        before = list(items)
        items = fold(items, event)
        assert before == _known(json.loads(msgspec.json.encode(before)), Item), "the given items were changed"
    assert items == _known(stream["after"], Item)


def test_there_is_a_golden_stream_for_every_event_and_update() -> None:
    seen = set()
    for path in STREAMS:
        for event in json.loads(path.read_text())["events"]:
            seen |= {event["type"], event.get("update", {}).get("type")}
    tags = {kind.__struct_config__.tag for union in (Event, Update) for kind in union.__args__}
    assert tags <= seen

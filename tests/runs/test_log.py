"""What goes wrong in a run is in the log under the run's id, in full; the stream says only that it did."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from chatdock.context import RunContext
from chatdock.storage.base import Store
from chatdock.web.logs import configure_logs
from runs.house import House, memory_store

store = memory_store


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    configure_logs("INFO", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_a_responder_that_raises_is_logged_with_its_run_and_its_stack(store: Store, log: io.StringIO) -> None:
    async def respond(ctx: RunContext) -> None:
        raise RuntimeError("the shelf is empty")

    house = House(store, respond)
    run = await house.engine.start(house.message())
    frames = await house.watch(run)
    line = next(
        line for text in log.getvalue().splitlines() if (line := json.loads(text))["message"] == "responder failed"
    )
    assert line["run_id"] == run.id and "the shelf is empty" in line["error"]
    assert b"shelf" not in b"".join(frames)

"""`chatdock worker`: a process without a door that answers what replicas are asked, from a queue they share."""

import argparse
from collections.abc import Sequence

from chatdock import app
from chatdock.cli import checks
from chatdock.runs.engine import SLOTS
from chatdock.settings import read_settings


def main(arguments: Sequence[str]) -> int:
    """Works until it is told to stop. Raises: ConfigurationError."""
    parser = argparse.ArgumentParser(
        prog="chatdock worker",
        description="Runs answers for every replica on the same PostgreSQL and Redis. While there is a worker, replicas"
        " run none themselves.",
    )
    parser.add_argument("--slots", type=_slots, default=SLOTS, help=f"answers at a time (default {SLOTS})")
    options = parser.parse_args(arguments)
    settings = read_settings(production=True)
    checks.require_shared(settings, "chatdock worker")
    return app.work(settings, slots=options.slots)


def _slots(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 10000")
    return int(text)

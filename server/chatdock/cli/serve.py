"""`chatdock serve`: production, which refuses to start with settings that would be unsafe."""

import argparse
import os
from collections.abc import Sequence

from chatdock import app
from chatdock.cli import checks, listening, processes
from chatdock.errors import ConfigurationError
from chatdock.settings import read_settings


def main(arguments: Sequence[str]) -> int:
    """Serves until it is told to stop. Raises: ConfigurationError."""
    parser = argparse.ArgumentParser(
        prog="chatdock serve",
        description="Serves chats. Settings come from the environment; the README lists them.",
    )
    listening.add_options(parser)
    parser.add_argument("--workers", type=_count, default=1, help="processes that share the port (default 1)")
    options = parser.parse_args(arguments)
    settings = listening.with_options(read_settings(production=True), options)
    for refusal in checks.refusals(settings, os.environ):
        raise ConfigurationError(refusal)
    if options.workers == 1:
        return app.serve(settings, demo=False)
    checks.require_shared(settings, "chatdock serve --workers")
    processes.check_database(settings)
    listener = processes.listen(settings.host, settings.port)
    return processes.Children(options.workers, lambda: app.serve(settings, demo=False, listener=listener)).run()


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 256")
    return int(text)

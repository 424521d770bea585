"""`chatdock serve`: production, which refuses to start with settings that would be unsafe."""

import argparse
import os
from collections.abc import Sequence

from chatdock import app
from chatdock.cli import checks, listening
from chatdock.errors import ConfigurationError
from chatdock.settings import read_settings


def main(arguments: Sequence[str]) -> int:
    """Serves until it is told to stop. Raises: ConfigurationError."""
    parser = argparse.ArgumentParser(
        prog="chatdock serve",
        description="Serves chats. Settings come from the environment; the README lists them.",
    )
    listening.add_options(parser)
    settings = listening.with_options(read_settings(production=True), parser.parse_args(arguments))
    for refusal in checks.refusals(settings, os.environ):
        raise ConfigurationError(refusal)
    return app.serve(settings, demo=False)

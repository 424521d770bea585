"""The command, for each test in a folder of its own."""

from pathlib import Path

import pytest

from cli.command import Command


@pytest.fixture
def chatdock(tmp_path: Path) -> Command:
    """Call it with arguments; keywords are environment variables."""
    return Command(tmp_path)

"""The `chatdock` command in a process of its own, with nothing in its environment but what a test gives it."""

import os
import subprocess
import sys
from pathlib import Path

from servers.service import PASSED_ON, ROOT

SIGNING_KEY = "1:q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="


class Command:
    """Runs in its folder, where the data directory is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment: dict[str, str] = {}

    def __call__(
        self, *arguments: str, stdin: str | None = None, **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        """Exit code, stdout and stderr of one call; `stdin` is what it reads."""
        return subprocess.run(
            [sys.executable, "-m", "chatdock", *arguments],
            cwd=self.folder,
            env=self.complete(environment),
            **({"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def complete(self, environment: dict[str, str]) -> dict[str, str]:
        """What a call gets."""
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return {
            **passed,
            "PYTHONPATH": str(ROOT / "server"),
            "CHATDOCK_DATA_DIR": str(self.folder / "data"),
            **self.environment,
            **environment,
        }

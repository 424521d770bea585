"""Restarts a server whenever a watched file changes: a parent that looks at file times, and one child that serves.

Looking is enough: a few hundred `stat` calls twice a second cost less than a dependency that listens.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

LOOK_SECONDS = 0.5
STOP_SECONDS = 10.0  # runs get this long to end before a restart ends them
SUFFIXES = {".py", ".yaml", ".yml"}


class Stopped(Exception):
    """Somebody asked the parent to stop: a signal, not a fault."""


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def snapshot(watched: Sequence[Path]) -> dict[Path, int]:
    """Every watched file with its time of change, in nanoseconds."""
    times = {}
    for folder in watched:
        for path in folder.rglob("*"):
            if path.suffix in SUFFIXES:
                try:
                    times[path] = path.stat().st_mtime_ns
                except FileNotFoundError:  # gone between the listing and the look
                    continue
    return times


def changed(before: dict[Path, int], after: dict[Path, int]) -> list[Path]:
    """Files that appeared, went or changed."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def supervise(arguments: Sequence[str], watched: Sequence[Path]) -> int:
    """Runs `chatdock dev` with these arguments until told to stop, or until its first start fails; returns its exit code."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    command = [sys.executable, "-m", "chatdock", "dev", *arguments]
    first = True
    while True:
        seen = snapshot(watched)
        child = subprocess.Popen(command, process_group=0)  # or Ctrl-C would reach it twice, which means: hurry
        try:
            paths = _wait_for_change(child, seen, watched, even_if_ended=not first)
        except Stopped:
            return _end(child)
        if not paths:
            return child.wait()
        print(f"chatdock dev: {paths[0].name} changed, starting again.", file=sys.stderr, flush=True)
        _end(child)
        first = False


def _wait_for_change(
    child: "subprocess.Popen[bytes]", seen: dict[Path, int], watched: Sequence[Path], *, even_if_ended: bool
) -> list[Path]:
    """The files that changed. A change that broke the server is likely to be mended: then an ended child is waited with."""
    told = False
    while True:
        time.sleep(LOOK_SECONDS)
        paths = changed(seen, snapshot(watched))
        ended = child.poll() is not None
        if paths or (ended and not even_if_ended):
            return paths
        if ended and not told:
            print("chatdock dev: the server ended; waiting for a file to change.", file=sys.stderr, flush=True)
            told = True


def _end(child: "subprocess.Popen[bytes]") -> int:
    child.terminate()
    try:
        return child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()

"""Figures as a table to read, and as a file to keep."""

import datetime
import os
import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec

from bench.figures import Figure, spread
from bench.processes import ROOT

BUSY_PERCENT = 5.0
_HEAD = ("Scenario", "Measure", "Chatdock", "Peer", "Peer's", "Ratio", "Target", "")
_VERDICTS = {True: "met", False: "MISSED", None: ""}
_PEER_PACKAGES = ("openai-chatkit", "openai-agents", "fastapi", "openai", "uvicorn", "sse-starlette", "PyJWT")


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run, as it is saved."""

    started_at: str
    pairs: int
    others_percent: float
    """What everything else took of the machine meanwhile, in percent of all cores."""
    machine: str
    commit: str
    peers: dict[str, str]
    figures: list[Figure]
    problems: list[str]


def new_run(figures: list[Figure], problems: list[str], *, pairs: int, others_percent: float) -> Run:
    """The figures with what is needed to judge them."""
    return Run(
        others_percent=others_percent,
        started_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        pairs=pairs,
        machine=f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}",
        commit=_commit(),
        peers={name: version(name) for name in _PEER_PACKAGES},
        figures=figures,
        problems=problems,
    )


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table whose columns also line up in a terminal."""
    rows = [_HEAD, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, ...]:
    return (
        figure.scenario,
        f"{figure.measure}, {figure.unit}" + (f" [{figure.note}]" if figure.note else ""),
        spread(figure.ours),
        figure.peer,
        spread(figure.theirs),
        spread(figure.ratios),
        str(figure.target or ""),
        _VERDICTS[figure.is_met],
    )


def markdown(run: Run) -> str:
    """The saved page."""
    peers = ", ".join(f"{name} {number}" for name, number in run.peers.items())
    problems = "".join(f"- {problem}\n" for problem in run.problems)
    return (
        f"# Bench of {run.started_at}\n\nCommit {run.commit}; {run.machine}; {run.pairs} pairs, taken in turn; "
        f"medians with their range.\n{quietness(run)}\nPeers: {peers}.\n\n{table(run.figures)}\n"
        + (f"\n## Problems\n\n{problems}" if problems else "")
    )


def quietness(run: Run) -> str:
    """How far the milliseconds can be trusted."""
    trust = "trust the ratios, not the milliseconds" if run.others_percent > BUSY_PERCENT else "the machine was quiet"
    return f"Others took {run.others_percent:.0f}% of the machine meanwhile: {trust}."


def _commit() -> str:
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "unknown"


def save(run: Run, directory: Path) -> Path:
    """Write `<date>.md` and `<date>.json`; a second run of a day gets a number."""
    directory.mkdir(exist_ok=True)
    date = run.started_at[:10]
    names = [date, *(f"{date}-{number}" for number in range(2, 100))]
    name = next(name for name in names if not (directory / f"{name}.json").exists())
    (directory / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n")
    path = directory / f"{name}.md"
    path.write_text(markdown(run))
    return path

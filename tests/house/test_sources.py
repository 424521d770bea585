"""What no file of the project may hold, and how long one may get."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_LINES = 500  # past 400 there are usually two subjects in a file; past 500 there are


def tracked(*patterns: str) -> list[Path]:
    """Files in version control, and those that are about to be."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / line for line in listing.stdout.splitlines() if (ROOT / line).is_file()]


SOURCES = tracked(
    "server/**.py", "widget/src", "widget/scripts", "widget/test", "tests/**.py", "examples", "bench/**.py", "scripts"
)
WRITTEN = [*SOURCES, *tracked("**.md", "Makefile", "Dockerfile", "**.toml", "**.yaml")]


def lines_with(pattern: str, files: list[Path]) -> list[str]:
    """`file:line: text` of every line that matches."""
    wanted = re.compile(pattern)
    found = []
    for path in files:
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if wanted.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:160]}")
    return found


def test_there_are_sources_to_look_at() -> None:
    assert len(SOURCES) > 20


def test_no_file_has_two_subjects() -> None:
    code = [path for path in SOURCES if path.suffix in {".py", ".ts", ".tsx", ".mjs"}]
    long = {
        path.relative_to(ROOT): count for path in code if (count := len(path.read_text().splitlines())) > LONGEST_LINES
    }
    assert not long


def test_nothing_is_left_for_later() -> None:
    marks = "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"])
    assert not lines_with(rf"\b({marks})\b", WRITTEN)


def test_the_widget_makes_nodes_and_never_html_or_code_from_strings() -> None:
    sinks = r"\b(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|dangerouslySetInnerHTML|createContextualFragment|eval)\b|document\.write\b|new Function\b"
    assert not lines_with(sinks, tracked("widget/src"))


def test_the_demo_page_makes_nodes_and_never_html_from_strings() -> None:
    sinks = r"\b(innerHTML|outerHTML|insertAdjacentHTML)\b|document\.write\b|\son[a-z]+="
    assert not lines_with(sinks, tracked("server/chatdock/web/demo"))


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-build.lock", "requirements-dev.lock"])
def test_a_python_lock_has_hashes_and_names_no_index(name: str) -> None:
    text = (ROOT / name).read_text()
    packages = re.findall(r"^[a-z0-9][\w.\-\[\]]*==\S+", text, re.MULTILINE)
    assert packages
    assert text.count("--hash=sha256:") >= len(packages)
    assert "://" not in text
    assert "--index" not in text and "--find-links" not in text


def test_the_node_lock_names_no_registry() -> None:
    text = (ROOT / "widget" / "package-lock.json").read_text()
    assert '"integrity"' in text
    assert '"resolved"' not in text


def test_the_node_lock_holds_the_programs_of_every_platform() -> None:
    """Or `npm ci` refuses the lock on every machine, as it does when a registry lacked one of them."""
    packages = json.loads((ROOT / "widget" / "package-lock.json").read_text())["packages"]
    named = {name for package in packages.values() for name in package.get("optionalDependencies", {})}
    assert named
    assert not sorted(name for name in named if f"node_modules/{name}" not in packages)


def test_no_file_names_the_machine_it_was_written_on() -> None:
    paths = r"(?<![\w.])/(root|home/\w+|Users/\w+)/|(?<![\w.*])/" + r"work/"
    assert not lines_with(paths, WRITTEN)

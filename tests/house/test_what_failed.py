"""The end of `make test` names each test that failed, with the first lines of its error."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PYTEST = """\
..F.F
=================================== FAILURES ===================================
a long story
=========================== short test summary info ============================
FAILED tests/web/test_a.py::test_one - AssertionError: assert 1 == 2
ERROR tests/web/test_b.py::test_two - OSError: no port
2 failed, 3 passed in 1.23s
"""
NODE = """\
✔ a test that passed (12ms)
ℹ fail 1

=== 1 failed
FAILED composing.browser.test.ts: a tag is found
  AssertionError [ERR_ASSERTION]: Expected values to be strictly deep-equal:
  + actual - expected
  + 'ask @al'
  on the page:
  - textbox "Message"
"""
TYPES = "Found nothing\n\nserver/a.py:3: error: Incompatible types\nFound 1 error in 1 file\n"


@pytest.mark.parametrize(
    ("log", "lines", "told"),
    [
        (
            PYTEST,
            10,
            [
                "FAILED tests/web/test_a.py::test_one - AssertionError: assert 1 == 2",
                "ERROR tests/web/test_b.py::test_two - OSError: no port",
            ],
        ),
        (
            NODE,
            10,
            [
                "FAILED composing.browser.test.ts: a tag is found",
                "  AssertionError [ERR_ASSERTION]: Expected values to be strictly deep-equal:",
                "  + actual - expected",
                "  + 'ask @al'",
            ],
        ),
        (TYPES, 2, ["server/a.py:3: error: Incompatible types", "Found 1 error in 1 file"]),
    ],
)
def test_what_failed_is_told_in_few_lines(tmp_path: Path, log: str, lines: int, told: list[str]) -> None:
    (tmp_path / "log").write_text(log)
    command = [str(ROOT / "scripts/what-failed"), str(tmp_path / "log"), str(lines)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said.splitlines() == told


def test_more_failures_than_there_is_room_for_are_counted(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("".join(f"FAILED tests/test_a.py::test_{n} - AssertionError\n" for n in range(50)))
    command = [str(ROOT / "scripts/what-failed"), str(tmp_path / "log"), "20"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert len(said) == 20
    assert said[0].startswith("FAILED") and said[-1] == "... 31 more lines"

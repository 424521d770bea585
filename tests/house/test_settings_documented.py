"""Every setting says what it means, once in the code and, word for word, in the README."""

import re
import subprocess
import sys
from pathlib import Path

from msgspec.structs import fields

from chatdock.settings import Settings, variables

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "scripts" / "settings-table"


def names_in_readme() -> list[str]:
    return re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)


def test_every_variable_that_is_read_is_in_the_readme() -> None:
    assert len(variables()) > 10
    assert variables() == sorted(names_in_readme())


def test_every_field_is_read_from_the_environment_or_set_by_the_command() -> None:
    assert len(fields(Settings)) == len(names_in_readme()) + 1  # `production` is the command's own


def test_the_table_says_what_the_code_says() -> None:
    assert subprocess.run([sys.executable, TABLE, "--check"], check=False).returncode == 0, "run scripts/settings-table"

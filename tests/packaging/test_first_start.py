"""What a newcomer reads whose machine lacks something: one line that says what to install."""

import subprocess
from pathlib import Path

import pytest

from servers.service import ROOT

SYSTEM = ("sh", "rm", "cat", "ls", "id", "mktemp", "tail", "uname")


def machine(folder: Path, **programs: str) -> str:
    """A PATH with a shell's everyday programs and these scripts, and nothing else."""
    folder.mkdir(exist_ok=True)
    for name in SYSTEM:
        found = next(Path(each) / name for each in ("/usr/bin", "/bin") if (Path(each) / name).exists())
        (folder / name).symlink_to(found)
    for name, body in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def run(script: str, path: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": path, "HOME": str(folder)}
    return subprocess.run(
        [ROOT / "scripts" / script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("script", "programs", "words"),
    [
        ("make-environment", {}, "needs Python 3.11 or newer"),
        ("make-environment", {"python3": "exit 1"}, "needs Python 3.11 or newer"),
        ("make-environment", {"python3": 'case "$1" in -m) exit 1;; *) echo Python 3.12.1;; esac'}, "python3-venv"),
        ("need-node", {}, "found: none"),
        ("need-node", {"node": "echo v18.19.0"}, "found: v18.19.0"),
        ("need-node", {"node": "echo v20.1.0"}, "needs npm"),
        ("install-test-tools", {}, "please install them: chromium"),
    ],
)
def test_what_is_missing_is_said_in_one_line(tmp_path: Path, script: str, programs: dict[str, str], words: str) -> None:
    done = run(script, machine(tmp_path / "bin", **programs), tmp_path)
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_machine_with_node_is_good_enough(tmp_path: Path) -> None:
    done = run("need-node", machine(tmp_path / "bin", node="echo v22.0.0", npm=""), tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_first_python_that_is_new_enough_is_taken(tmp_path: Path) -> None:
    programs = {"python3": "exit 1", "python3.12": 'case "$1" in -m) echo made > made;; *) echo Python 3.12;; esac'}
    done = run("make-environment", machine(tmp_path / "bin", **programs), tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "made").exists()

"""What is in the wheel and the sdist, and what building them without the widget says."""

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from servers.service import ROOT

STATIC = Path("server/chatdock/web/static/widget")


def copy_project(target: Path, *, built: bool) -> Path:
    """The project as version control has it, with or without the built widget."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listing.stdout.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    if built:
        shutil.copytree(ROOT / STATIC, target / STATIC)
    return target


def build(project: Path, kind: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", "dist"],
        cwd=project,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("project"), built=True)


def test_the_wheel_carries_everything_that_runs(project: Path) -> None:
    done = build(project, "wheel")
    assert done.returncode == 0, done.stderr
    names = set(zipfile.ZipFile(next((project / "dist").glob("*.whl"))).namelist())
    for wanted in (
        "chatdock/py.typed",
        "chatdock/web/static/widget/manifest.json",
        "chatdock/web/static/widget/chatdock.js",
        "chatdock/web/static/widget/chatdock.js.br",
        "chatdock/web/static/widget/chatkit.js",
        "chatdock/web/demo/page.html",
        "chatdock/web/demo/demo.css",
        "chatdock/workflows/builtin/demo/demo.yaml",
        "chatdock/cli/__init__.py",
    ):
        assert wanted in names
    source = {str(path.relative_to(ROOT / "server")) for path in (ROOT / "server/chatdock").rglob("*.py")}
    assert source <= names
    assert {name.split("/")[0] for name in names} == {
        "chatdock",
        next(name for name in names if "dist-info" in name).split("/")[0],
    }


def test_the_wheel_gives_the_command(project: Path) -> None:
    if not list((project / "dist").glob("*.whl")):
        build(project, "wheel")
    wheel = zipfile.ZipFile(next((project / "dist").glob("*.whl")))
    entry = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "chatdock = chatdock.cli:main" in wheel.read(entry).decode()


def test_the_sdist_can_be_built_where_there_is_no_node(project: Path, tmp_path: Path) -> None:
    assert build(project, "sdist").returncode == 0
    with tarfile.open(next((project / "dist").glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = next(tmp_path.iterdir())
    done = build(unpacked, "wheel", PATH="/usr/bin/none")
    assert done.returncode == 0, done.stderr
    names = zipfile.ZipFile(next((unpacked / "dist").glob("*.whl"))).namelist()
    assert "chatdock/web/static/widget/chatdock.js" in names


def test_without_the_widget_and_without_npm_the_build_says_so_in_a_sentence(tmp_path: Path) -> None:
    done = build(copy_project(tmp_path, built=False), "wheel", PATH="/usr/bin/none")
    assert done.returncode != 0
    assert "The widget is not built and npm is not there" in done.stderr
    assert "Traceback" not in done.stderr


def locked(name: str) -> set[str]:
    lines = (ROOT / name).read_text().splitlines()
    return {canonicalize_name(line.split("==")[0]) for line in lines if "==" in line and not line.startswith(" ")}


def test_the_locks_hold_what_the_project_asks_for() -> None:
    written = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = {canonicalize_name(Requirement(line).name) for line in written["project"]["dependencies"]}
    groups = written["dependency-groups"]
    building = {canonicalize_name(Requirement(line).name) for line in groups["build"]}
    developing = {canonicalize_name(Requirement(line).name) for line in groups["dev"] if isinstance(line, str)}
    assert needed <= locked("requirements.lock")
    assert building <= locked("requirements-build.lock")
    assert needed | building | developing <= locked("requirements-dev.lock")


def test_the_locks_agree() -> None:
    def versions(name: str) -> set[str]:
        return {
            line.split(";")[0].strip(" \\")
            for line in (ROOT / name).read_text().splitlines()
            if "==" in line and not line.startswith(" ")
        }

    assert versions("requirements.lock") <= versions("requirements-dev.lock")
    assert versions("requirements-build.lock") <= versions("requirements-dev.lock")

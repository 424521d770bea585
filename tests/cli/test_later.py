"""Modules whose contents are loaded when something is first asked of them."""

import importlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from chatdock.cli import later

SLOW = """
import threading
LOADED = 1
ran_by = threading.get_ident()
started.set()
assert proceed.wait(30)
LAST = 2
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """A name whose contents are left for later, and the file that holds them."""
    name = "deferred_for_a_test"
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(later, "LATER", frozenset({name}))
    monkeypatch.setattr(later, "_locks", {name: threading.RLock()})
    yield name, tmp_path / f"{name}.py"
    sys.modules.pop(name, None)


def deferred(name: str) -> ModuleType:
    with later.deferred():
        return importlib.import_module(name)


def test_the_contents_come_when_something_is_asked_for_and_the_module_is_an_ordinary_one_then(
    module: tuple[str, Path],
) -> None:
    name, file = module
    file.write_text("import sys\nsys.loads_of_a_test = getattr(sys, 'loads_of_a_test', 0) + 1\nanswer = 42\n")
    found = deferred(name)
    assert "answer" not in vars(found)
    assert found.answer == 42
    assert type(found) is ModuleType
    with pytest.raises(AttributeError):
        _ = found.nothing_of_the_kind
    assert vars(sys).pop("loads_of_a_test") == 1


def test_a_module_that_cannot_be_loaded_says_so_every_time_and_may_work_later(module: tuple[str, Path]) -> None:
    name, file = module
    file.write_text("raise ImportError('not now')\n")
    found = deferred(name)
    for _ in range(2):
        with pytest.raises(ImportError, match="not now"):
            _ = found.answer
    file.write_text("answer = 'at last'\n")
    assert found.answer == "at last"


def test_threads_that_ask_meanwhile_wait_and_see_all_of_it(module: tuple[str, Path]) -> None:
    name, file = module
    file.write_text(SLOW)
    found = deferred(name)
    vars(found)["started"], vars(found)["proceed"] = threading.Event(), threading.Event()
    seen: list[object] = []
    threads = [threading.Thread(target=lambda: seen.append(found.LAST)) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert vars(found)["started"].wait(30)
    vars(found)["proceed"].set()
    for thread in threads:
        thread.join(30)
    assert seen == [2] * 4


def test_everything_that_is_left_for_later_can_be_had() -> None:
    program = """
import importlib
from chatdock import cli
from chatdock.cli import later
cli._load("serve")
for name in later.LATER:
    module = importlib.import_module(name)
    assert not hasattr(module, "nothing of the kind") and len(dir(module)) > 9, name
import html, http.client, shutil, uvicorn
assert http.client.responses[404] == "Not Found" and html.escape("<") == "&lt;" and shutil.which("sh")
assert callable(uvicorn.run) and uvicorn.Config and uvicorn.Server
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

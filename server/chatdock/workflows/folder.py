"""A folder's Python files, imported once under a private name, and what they offer by name.

The files of a folder form a package that nobody else can import by accident, so two folders may each have a `tools.py`; among
themselves they import relatively. A file whose name begins with an underscore is imported only by the others.
"""

import hashlib
import importlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from chatdock.errors import ConfigurationError
from chatdock.models.base import ToolSpec
from chatdock.tools.base import Tool
from chatdock.workflows.function import WorkflowFunction

VERSION_DIGITS = 12  # of a SHA-256: enough to tell versions of one workflow apart


class Folder:
    """The tools, client tools and workflows that the Python files of one directory define."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sources = sorted(path.glob("*.py"))
        self.tools: dict[str, Tool] = {}
        self.client_tools: dict[str, ToolSpec] = {}
        self.workflows: list[tuple[Path, WorkflowFunction]] = []
        seen: set[int] = set()  # a tool imported from a neighbour is the neighbour's
        for file, module in self._modules():
            for value in vars(module).values():
                if id(value) in seen:
                    continue
                seen.add(id(value))
                if isinstance(value, WorkflowFunction):
                    self.workflows.append((file, value))
                elif isinstance(value, ToolSpec):
                    self.client_tools[value.name] = value
                elif isinstance(value, Tool) and not isinstance(value, type):
                    self.tools[value.spec.name] = value

    def version(self, *files: Path) -> str:
        """A short hash of the files and of all the Python beside them."""
        return content_version([*files, *self.sources])

    def _modules(self) -> Iterator[tuple[Path, ModuleType]]:
        if not self.sources:
            return
        package = _package(self.path, content_version(self.sources))
        for file in self.sources:
            if not file.name.startswith("_"):
                yield file, _import(f"{package}.{file.stem}", file)


def content_version(files: Iterable[Path]) -> str:
    """A short hash of files by their names and contents."""
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:VERSION_DIGITS]


def _package(path: Path, version: str) -> str:
    """A package without code, over the folder; files that changed are another package."""
    place = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:VERSION_DIGITS]
    name = f"_chatdock_workflows_{place}_{version}"
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(path)]
        sys.modules[name] = package
    return name


def _import(name: str, file: Path) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ConfigurationError as error:
        raise ConfigurationError(f"{file}: {error.message}") from error
    except Exception as error:  # a guest's file may raise anything while it is imported
        said = " ".join(str(error).split()).rstrip(".")  # on one line
        raise ConfigurationError(f"{file} cannot be imported: {type(error).__name__}: {said}.") from error

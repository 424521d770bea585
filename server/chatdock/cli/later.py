"""Modules that libraries import and a start has no use for: each is loaded when something is first asked of it.

`uvicorn` is the package's own file, which imports its command line and with that click; we need its submodules alone.
`http.client`, which is there for the names of statuses, brings the parser of mails along; the others are for what is
hardly ever done. Together they are a seventh of a start.
"""

import contextlib
import sys
import threading
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Loader  # which is dear itself

LATER = frozenset(
    {
        "anyio",
        "anyio.abc",
        "anyio.to_thread",
        "ast",
        "html",
        "http.client",
        "http.cookies",
        "logging.config",
        "msgspec.inspect",
        "shutil",
        "textwrap",
        "tokenize",
        "uvicorn",
    }
)

_locks = {name: threading.RLock() for name in LATER}  # one thread loads; others that ask meanwhile wait for it


class _Deferred(ModuleType):
    """A module without its contents, until an attribute is missing."""

    def __getattr__(self, name: str) -> object:
        with _locks[self.__name__]:
            if self.__class__ is _Deferred:
                self._load()
            elif self.__class__ is _Loading:  # asked by its own code: any other thread would wait for the lock
                raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
            return getattr(self, name)

    def _load(self) -> None:
        spec = self.__spec__
        assert spec is not None and spec.loader is not None
        self.__class__ = _Loading
        try:
            spec.loader.exec_module(self)
        except BaseException:
            self.__class__ = _Deferred
            raise
        self.__class__ = ModuleType  # type: ignore[assignment]  # an ordinary one from now on


class _Loading(_Deferred):
    """The same, while its code runs."""


class _LaterLoader:
    """Makes the module, and leaves its contents to its own loader."""

    def __init__(self, loader: "Loader") -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> None:
        """Called by the import system, which makes an ordinary one."""

    def exec_module(self, module: ModuleType) -> None:
        """Called by the import system."""
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        module.__class__ = _Deferred


class _Finder:
    @staticmethod
    def find_spec(fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Called by the import system."""
        spec = PathFinder.find_spec(fullname, path, target) if fullname in LATER else None
        if spec is not None and spec.loader is not None:
            spec.loader = _LaterLoader(spec.loader)  # type: ignore[assignment]  # all that is asked of a loader
        return spec


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """What is imported in this block, by whomever, leaves the modules in `LATER` for later."""
    sys.meta_path.insert(0, _Finder)
    try:
        yield
    finally:
        sys.meta_path.remove(_Finder)

"""Loads the `openai` package where it stalls nobody: importing it costs half a second, so that happens in a thread."""

import asyncio
import gc
import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from chatdock.models.policy import Policy

if TYPE_CHECKING:
    from chatdock.models.upstream import Upstream

SWITCH_SECONDS = 0.0005  # a tenth of the usual: an import never waits, so it would keep each turn to its end
_MODULE = "chatdock.models.upstream"


async def load(*, api_key: str, base_url: str | None, policy: Policy) -> "Upstream":
    """A provider's client; the first call in a process imports what it is made of."""

    def make() -> "Upstream":
        upstream: Upstream = _imported().Upstream(api_key=api_key, base_url=base_url or None, policy=policy)
        return upstream

    return await asyncio.to_thread(make)


def _imported() -> ModuleType:
    """The module with the client, imported so that the event loop's thread hardly notices.

    A hundred thousand new objects set off full garbage collections, and those hold every thread for 40 ms and more: so
    there is none meanwhile, and what was imported, which stays for ever, is not looked at again. And a thread that asks
    for the interpreter gets it ten times as soon as usual.
    """
    if _MODULE in sys.modules:
        return importlib.import_module(_MODULE)  # waits where another thread has only begun
    collecting, interval_seconds = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        return importlib.import_module(_MODULE)
    finally:
        sys.setswitchinterval(interval_seconds)
        gc.freeze()
        if collecting:
            gc.enable()

"""Loads the `openai` package where it stalls nobody: importing it costs half a second, so that happens in a thread."""

import asyncio
import importlib
from typing import TYPE_CHECKING

from chatdock.models.policy import Policy

if TYPE_CHECKING:
    from chatdock.models.upstream import Upstream


async def load(*, api_key: str, base_url: str | None, policy: Policy) -> "Upstream":
    """A provider's client; the first call in a process imports what it is made of."""

    def make() -> "Upstream":
        module = importlib.import_module("chatdock.models.upstream")
        upstream: Upstream = module.Upstream(api_key=api_key, base_url=base_url or None, policy=policy)
        return upstream

    return await asyncio.to_thread(make)

"""The workflows that ship with the server: `wf_demo`, an agent, and `wf_gallery`, the shop window."""

from collections.abc import Iterable
from pathlib import Path

from chatdock.runs.responder import Definition
from chatdock.tools.base import Tool
from chatdock.workflows.builtin.gallery.workflow import gallery
from chatdock.workflows.folder import content_version
from chatdock.workflows.loader import Resolve, load

_HERE = Path(__file__).parent


def builtin_workflows(resolve: Resolve, tools: Iterable[Tool]) -> list[Definition]:
    """Their definitions; `tools` are the built-in tools. Raises: ConfigurationError from `resolve`."""
    version = content_version(sorted((_HERE / "gallery").glob("*.py")))
    return [*load(_HERE / "demo", resolve, tools), gallery.definition(version)]

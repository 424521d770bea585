"""Chatdock: a ChatKit-compatible chat service you host yourself.

The public face, a dozen names, each loaded when it is first asked for: `import chatdock` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatdock.app import create_app, serve
    from chatdock.context import RunContext
    from chatdock.errors import BadRequest, ConfigurationError, UserFacingError
    from chatdock.runs.responder import Prompt
    from chatdock.settings import Settings, read_settings
    from chatdock.tools.client import client_tool
    from chatdock.tools.function import tool
    from chatdock.workflows.function import workflow

__version__ = "0.1.0"

__all__ = [
    "BadRequest",
    "ConfigurationError",
    "Prompt",
    "RunContext",
    "Settings",
    "UserFacingError",
    "client_tool",
    "create_app",
    "read_settings",
    "serve",
    "tool",
    "workflow",
]

_HOMES = {
    "BadRequest": "chatdock.errors",
    "ConfigurationError": "chatdock.errors",
    "Prompt": "chatdock.runs.responder",
    "RunContext": "chatdock.context",
    "Settings": "chatdock.settings",
    "UserFacingError": "chatdock.errors",
    "client_tool": "chatdock.tools.client",
    "create_app": "chatdock.app",
    "read_settings": "chatdock.settings",
    "serve": "chatdock.app",
    "tool": "chatdock.tools.function",
    "workflow": "chatdock.workflows.function",
}


def __getattr__(name: str) -> Any:  # Any: whatever the name is
    if name not in _HOMES:
        raise AttributeError(f"module 'chatdock' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)

"""Client tools: what the page runs for the model, through the widget's `onClientTool`.

A client tool is its spec and nothing more: when the model calls it, the run ends with a pending call, and the page's answer
starts the next run.
"""

import copy
from typing import Any

from chatdock.models.base import ToolSpec
from chatdock.tools.signature import close

NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def client_tool(name: str, description: str, parameters: dict[str, Any] | None = None) -> ToolSpec:
    """A tool of the page's; `parameters` is a JSON schema of an object, none for a tool without arguments."""
    schema = NO_PARAMETERS if parameters is None else parameters
    return ToolSpec(name=name, description=description, parameters=schema, strict=_is_strict(schema))


def _is_strict(schema: dict[str, Any]) -> bool:
    """Whether the schema is closed as it stands; an author's own words are not changed behind their back."""
    closed = copy.deepcopy(schema)
    return close(closed) and closed == schema

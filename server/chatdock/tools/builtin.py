"""The tools that ship with the server; any workflow may name them."""

from chatdock.tools.base import Tool
from chatdock.tools.calculator import calculate
from chatdock.tools.current_time import current_time

BUILTIN_TOOLS: tuple[Tool, ...] = (current_time, calculate)

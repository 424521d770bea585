"""What a docstring in Google's style says about a function: its description, and one text a parameter."""

import inspect
import re
from collections.abc import Callable
from typing import Any, NamedTuple

_SECTION = re.compile(r"(Args|Arguments|Parameters|Returns?|Raises|Yields?|Examples?|Notes?|Warnings?):$")
_PARAMETERS = ("Args:", "Arguments:", "Parameters:")
_ENTRY = re.compile(r"(\s+)\*{0,2}(\w+)\s*(?:\([^)]*\))?:\s*(.*)")


class Docstring(NamedTuple):
    """The text before the first section, and the parameters' texts by name."""

    description: str
    parameters: dict[str, str]


def read_docstring(function: Callable[..., Any]) -> Docstring:
    """Reads the docstring of a function; one without any gives empty texts."""
    lines = (inspect.getdoc(function) or "").splitlines()
    start = next((number for number, line in enumerate(lines) if _SECTION.match(line)), len(lines))
    description = "\n".join(lines[:start]).strip()
    return Docstring(description, _read_parameters(lines[start:]))


def _read_parameters(lines: list[str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    inside, name, indent = False, "", 0
    for line in lines:
        if _SECTION.match(line):
            inside = line in _PARAMETERS
            name = ""
            continue
        if not inside or not line.strip():
            continue
        entry = _ENTRY.match(line)
        if entry and (not name or len(entry[1]) <= indent):  # deeper lines go on with the text above them
            indent, name = len(entry[1]), entry[2]
            texts[name] = entry[3].strip()
        elif name:
            texts[name] = f"{texts[name]} {line.strip()}".strip()
    return texts

"""The pieces that the gallery's widgets share, and the names of their actions."""

from typing import Any

Node = dict[str, Any]  # a widget tree is open JSON

ECHO, TOUCH = "gallery.echo", "gallery.touch"


def action(kind: str, payload: Node, **rest: Any) -> Node:
    """What a click asks for: of the server, unless `handler` says the page."""
    return {"type": kind, "payload": payload, **rest}


def tile(icon: str, background: str = "surface-secondary") -> Node:
    """An icon on a rounded square."""
    return {
        "type": "Box",
        "size": 40,
        "radius": "md",
        "align": "center",
        "justify": "center",
        "background": background,
        "children": [{"type": "Icon", "name": icon, "size": "lg", "color": "secondary"}],
    }


def between(left: Node, right: Node) -> Node:
    """Two nodes at the two ends of a line."""
    return {"type": "Row", "justify": "between", "align": "center", "children": [left, right]}

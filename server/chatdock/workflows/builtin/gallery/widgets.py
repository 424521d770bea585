"""The gallery's widgets by name, each as a product would show it; the one that is streamed; and what a touch does."""

import re

from chatdock.workflows.builtin.gallery.contact import form
from chatdock.workflows.builtin.gallery.finance import chart, table
from chatdock.workflows.builtin.gallery.flights import flights
from chatdock.workflows.builtin.gallery.nodes import Node
from chatdock.workflows.builtin.gallery.order import card

_COUNT = re.compile(r"Touched: (\d{1,6})")

WIDGETS = {"card": card, "list": flights, "form": form, "chart": chart, "table": table}


def touched(widget: Node) -> Node:
    """The widget after `gallery.touch`: its status line counts the touches."""
    status = widget.get("status")
    counted = _COUNT.fullmatch(str(status.get("text"))) if isinstance(status, dict) else None
    return {**widget, "status": {"text": f"Touched: {int(counted[1]) + 1 if counted else 1}", "icon": "check-circle"}}


def letter(text: str, *, done: bool) -> Node:
    """A card around a text that is still being written."""
    return {
        "type": "Card",
        "size": "md",
        "status": {"text": "Draft", "icon": "write"},
        "children": [
            {"type": "Title", "value": "Welcome letter", "size": "sm"},
            {"type": "Markdown", "id": "letter", "value": text, "streaming": not done},
        ],
    }

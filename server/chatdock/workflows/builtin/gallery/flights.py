"""A list: flights to choose from."""

from chatdock.workflows.builtin.gallery.nodes import ECHO, Node, action, tile

_FLIGHTS = (
    ("TP 204", "Lisbon", "New York", "10:25", "13:40", "Direct · 8 h 15 min", "€412", "Best"),
    ("BA 501", "Lisbon", "New York", "08:05", "15:10", "Via London · 12 h 05 min", "€368", "Cheapest"),
    ("UA 65", "Lisbon", "New York", "12:10", "15:30", "Direct · 8 h 20 min", "€455", ""),
    ("AF 1025", "Lisbon", "New York", "06:30", "14:55", "Via Paris · 13 h 25 min", "€391", ""),
    ("IB 3115", "Lisbon", "New York", "15:45", "21:05", "Via Madrid · 10 h 20 min", "€402", ""),
    ("LH 1167", "Lisbon", "New York", "13:20", "20:50", "Via Frankfurt · 12 h 30 min", "€437", ""),
)


def _flight(number: str, start: str, end: str, leaves: str, lands: str, way: str, price: str, mark: str) -> Node:
    badge = [{"type": "Badge", "label": mark, "color": "info", "size": "sm"}] if mark else []
    return {
        "type": "ListViewItem",
        "key": number,
        "gap": 3,
        "align": "center",
        "onClickAction": action(ECHO, {"flight": number}),
        "children": [
            tile("compass"),
            {
                "type": "Col",
                "gap": 0,
                "flex": 1,
                "children": [
                    {
                        "type": "Row",
                        "gap": 2,
                        "align": "center",
                        "children": [
                            {"type": "Text", "value": f"{leaves} – {lands}", "weight": "semibold"},
                            *badge,
                        ],
                    },
                    {"type": "Caption", "value": f"{start} → {end} · {number}", "color": "secondary"},
                    {"type": "Caption", "value": way, "color": "tertiary"},
                ],
            },
            {"type": "Text", "value": price, "weight": "semibold"},
        ],
    }


def flights() -> Node:
    """Six flights, three of them at first."""
    return {
        "type": "ListView",
        "status": {"text": "Lisbon to New York, 4 December", "icon": "calendar"},
        "limit": 3,
        "children": [_flight(*flight) for flight in _FLIGHTS],
    }

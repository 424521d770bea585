"""A card: an order on its way."""

from chatdock.workflows.builtin.gallery.nodes import ECHO, TOUCH, Node, action, between, tile


def _amount(label: str, value: str, *, strong: bool = False) -> Node:
    weight, color = ("semibold", "emphasis") if strong else ("normal", "secondary")
    return between(
        {"type": "Text", "value": label, "size": "sm", "weight": weight, "color": color},
        {"type": "Text", "value": value, "size": "sm", "weight": weight, "color": color},
    )


def _order_line(icon: str, name: str, detail: str, price: str) -> Node:
    return {
        "type": "Row",
        "gap": 3,
        "align": "center",
        "children": [
            tile(icon),
            {
                "type": "Col",
                "gap": 0,
                "flex": 1,
                "children": [
                    {"type": "Text", "value": name, "weight": "medium", "truncate": True},
                    {"type": "Caption", "value": detail, "color": "secondary"},
                ],
            },
            {"type": "Text", "value": price, "weight": "medium"},
        ],
    }


def card() -> Node:
    """An order on its way, with a server action, a synchronous one and one of the page's."""
    order = {"order": "A-1042"}
    return {
        "type": "Card",
        "id": "order",
        "size": "md",
        "status": {"text": "Order A-1042", "icon": "suitcase"},
        "children": [
            between(
                {"type": "Title", "value": "Arriving Thursday", "size": "md"},
                {"type": "Badge", "label": "On its way", "color": "success", "variant": "soft", "pill": True},
            ),
            {"type": "Caption", "value": "26 November, between 09:00 and 12:00", "color": "secondary"},
            {"type": "Divider", "flush": True},
            _order_line("lightbulb", "Walnut desk lamp", "Warm white · 1 piece", "€89.00"),
            _order_line("cube", "Linen cushion", "Sage · 2 pieces", "€56.00"),
            {"type": "Divider"},
            {
                "type": "Col",
                "gap": 1,
                "children": [
                    _amount("Subtotal", "€145.00"),
                    _amount("Delivery", "Free"),
                    _amount("Total", "€145.00", strong=True),
                ],
            },
            {
                "type": "Row",
                "gap": 2,
                "wrap": "wrap",
                "children": [
                    {
                        "type": "Button",
                        "label": "Track",
                        "size": "sm",
                        "style": "primary",
                        "iconStart": "map-pin",
                        "onClickAction": action(ECHO, {**order, "wish": "track"}),
                    },
                    {
                        "type": "Button",
                        "label": "Received",
                        "size": "sm",
                        "variant": "outline",
                        "iconStart": "check",
                        "onClickAction": action(TOUCH, order, streaming=False),
                    },
                    {
                        "type": "Button",
                        "label": "Invoice",
                        "size": "sm",
                        "variant": "ghost",
                        "iconStart": "document",
                        "onClickAction": action("gallery.invoice", order, handler="client"),
                    },
                ],
            },
        ],
    }

"""The gallery's widgets, each as a product would show it."""

import re
from typing import Any

Node = dict[str, Any]  # a widget tree is open JSON

ECHO, TOUCH = "gallery.echo", "gallery.touch"
_COUNT = re.compile(r"Touched: (\d{1,6})")


def _action(kind: str, payload: Node, **rest: Any) -> Node:
    return {"type": kind, "payload": payload, **rest}


def _tile(icon: str, background: str = "surface-secondary") -> Node:
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


def _between(left: Node, right: Node) -> Node:
    return {"type": "Row", "justify": "between", "align": "center", "children": [left, right]}


def _amount(label: str, value: str, *, strong: bool = False) -> Node:
    weight, color = ("semibold", "emphasis") if strong else ("normal", "secondary")
    return _between(
        {"type": "Text", "value": label, "size": "sm", "weight": weight, "color": color},
        {"type": "Text", "value": value, "size": "sm", "weight": weight, "color": color},
    )


def _order_line(icon: str, name: str, detail: str, price: str) -> Node:
    return {
        "type": "Row",
        "gap": 3,
        "align": "center",
        "children": [
            _tile(icon),
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
            _between(
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
                        "label": "Track parcel",
                        "style": "primary",
                        "iconStart": "map-pin",
                        "onClickAction": _action(ECHO, {**order, "wish": "track"}),
                    },
                    {
                        "type": "Button",
                        "label": "Mark as received",
                        "variant": "outline",
                        "iconStart": "check",
                        "onClickAction": _action(TOUCH, order, streaming=False),
                    },
                    {
                        "type": "Button",
                        "label": "Open invoice",
                        "variant": "ghost",
                        "iconStart": "document",
                        "onClickAction": _action("gallery.invoice", order, handler="client"),
                    },
                ],
            },
        ],
    }


_FLIGHTS = (
    ("TP 204", "Lisbon", "New York", "10:25", "13:40", "Nonstop · 8 h 15 min", "€412", "Best"),
    ("BA 501", "Lisbon", "New York", "08:05", "15:10", "1 stop, London · 12 h 05 min", "€368", "Cheapest"),
    ("UA 65", "Lisbon", "New York", "12:10", "15:30", "Nonstop · 8 h 20 min", "€455", ""),
    ("AF 1025", "Lisbon", "New York", "06:30", "14:55", "1 stop, Paris · 13 h 25 min", "€391", ""),
    ("IB 3115", "Lisbon", "New York", "15:45", "21:05", "1 stop, Madrid · 10 h 20 min", "€402", ""),
    ("LH 1167", "Lisbon", "New York", "13:20", "20:50", "1 stop, Frankfurt · 12 h 30 min", "€437", ""),
)


def _flight(number: str, start: str, end: str, leaves: str, lands: str, way: str, price: str, mark: str) -> Node:
    badge = [{"type": "Badge", "label": mark, "color": "info", "size": "sm"}] if mark else []
    return {
        "type": "ListViewItem",
        "key": number,
        "gap": 3,
        "align": "center",
        "onClickAction": _action(ECHO, {"flight": number}),
        "children": [
            _tile("lucide:plane"),
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


def _field(label: str, control: Node) -> Node:
    name = {"type": "Label", "value": label, "fieldName": control["name"], "size": "sm", "weight": "medium"}
    return {"type": "Col", "gap": 1, "flex": 1, "children": [name, control]}


def _input(name: str, kind: str, placeholder: str, **rest: Any) -> Node:
    return {"type": "Input", "name": name, "inputType": kind, "placeholder": placeholder, **rest}


def _pair(left: Node, right: Node) -> Node:
    return {"type": "Row", "gap": 3, "align": "start", "children": [left, right]}


def form() -> Node:
    """A demo request with every kind of input; its names with dots nest in the payload."""
    topics = [
        {"value": "sales", "label": "Sales", "description": "Prices and offers"},
        {"value": "support", "label": "Support", "description": "Something does not work"},
        {"value": "press", "label": "Press"},
        {"value": "jobs", "label": "Jobs", "disabled": True},
    ]
    fields = [
        {"type": "Title", "value": "Book a demo", "size": "md"},
        {"type": "Text", "value": "We answer within one working day.", "size": "sm", "color": "secondary"},
        _pair(
            _field("Name", _input("contact.name", "text", "Ada Lovelace", required=True, autoFocus=True)),
            _field("Email", _input("contact.email", "email", "ada@example.com", required=True)),
        ),
        _pair(
            _field("Phone", _input("contact.phone", "tel", "+44 20 7946 0000")),
            _field("Website", _input("company.website", "url", "https://example.com")),
        ),
        _pair(
            _field("Team size", _input("company.size", "number", "25", defaultValue="10")),
            _field("Access code", _input("code", "password", "From your invitation")),
        ),
        _field(
            "Topic", {"type": "Select", "name": "topic", "options": topics, "placeholder": "Choose one", "block": True}
        ),
        _field(
            "Preferred day",
            {
                "type": "DatePicker",
                "name": "day",
                "placeholder": "Any day",
                "min": "2026-01-01T00:00:00Z",
                "max": "2035-12-31T00:00:00Z",
                "clearable": True,
            },
        ),
        _field(
            "How shall we meet?",
            {
                "type": "RadioGroup",
                "name": "channel",
                "ariaLabel": "How shall we meet?",
                "direction": "row",
                "defaultValue": "video",
                "options": [
                    {"value": "video", "label": "Video"},
                    {"value": "phone", "label": "Phone"},
                    {"value": "office", "label": "At our office"},
                ],
            },
        ),
        _field(
            "What would you like to see?",
            {
                "type": "Textarea",
                "name": "message",
                "placeholder": "A few words help us to prepare",
                "rows": 3,
                "autoResize": True,
            },
        ),
        {"type": "Checkbox", "name": "terms", "label": "I have read the privacy notice", "required": True},
        {"type": "Checkbox", "name": "news", "label": "Send me news, about once a month", "defaultChecked": False},
        {
            "type": "Row",
            "gap": 2,
            "justify": "end",
            "children": [
                {
                    "type": "Button",
                    "label": "Save draft",
                    "variant": "outline",
                    "onClickAction": _action(TOUCH, {"form": "demo"}, streaming=False),
                },
                {"type": "Button", "label": "Request demo", "submit": True, "style": "primary", "iconEnd": "mail"},
            ],
        },
    ]
    submit = _action(ECHO, {"form": "demo"})
    return {
        "type": "Card",
        "id": "contact",
        "size": "lg",
        "children": [{"type": "Form", "direction": "col", "gap": 4, "onSubmitAction": submit, "children": fields}],
    }


_MONTHS = (
    ("Jun", 61, 44),
    ("Jul", 66, 46),
    ("Aug", 59, 45),
    ("Sep", 78, 51),
    ("Oct", 92, 57),
    ("Nov", 104, 60),
)


def _figure(label: str, value: str, change: str, color: str) -> Node:
    return {
        "type": "Col",
        "gap": 0,
        "flex": 1,
        "children": [
            {"type": "Caption", "value": label, "color": "secondary"},
            {
                "type": "Row",
                "gap": 2,
                "align": "center",
                "children": [
                    {"type": "Title", "value": value, "size": "lg"},
                    {"type": "Badge", "label": change, "color": color, "variant": "soft", "size": "sm"},
                ],
            },
        ],
    }


def chart() -> Node:
    """Revenue and costs over six months."""
    return {
        "type": "Card",
        "size": "lg",
        "status": {"text": "Finance", "icon": "analytics"},
        "children": [
            {"type": "Title", "value": "Revenue, June to November", "size": "md"},
            {
                "type": "Row",
                "gap": 4,
                "children": [
                    _figure("Revenue", "€460k", "+18%", "success"),
                    _figure("Costs", "€303k", "+7%", "warning"),
                ],
            },
            {
                "type": "Chart",
                "height": 220,
                "xAxis": "month",
                "showYAxis": True,
                "showLegend": True,
                "showTooltip": True,
                "series": [
                    {"type": "bar", "dataKey": "revenue", "label": "Revenue", "color": "blue"},
                    {"type": "line", "dataKey": "costs", "label": "Costs", "color": "orange", "curveType": "monotone"},
                ],
                "data": [{"month": month, "revenue": revenue, "costs": costs} for month, revenue, costs in _MONTHS],
            },
            {"type": "Caption", "value": "In thousands of euros", "color": "tertiary"},
        ],
    }


_INVOICES = (
    ("INV-2041", "Northwind Traders", "20 Nov", "Paid", "success", "€1,240.00"),
    ("INV-2040", "Contoso", "18 Nov", "Open", "info", "€820.00"),
    ("INV-2039", "Fabrikam", "11 Nov", "Overdue", "danger", "€2,310.00"),
    ("INV-2038", "Adventure Works", "9 Nov", "Paid", "success", "€456.00"),
)


def _cell(value: str, *, align: str = "start", weight: str = "normal") -> Node:
    return {
        "type": "Table.Cell",
        "align": align,
        "children": [{"type": "Text", "value": value, "size": "sm", "weight": weight}],
    }


def _invoice(number: str, customer: str, day: str, state: str, color: str, amount: str) -> Node:
    badge = {"type": "Badge", "label": state, "color": color, "variant": "soft", "size": "sm"}
    return {
        "type": "Table.Row",
        "key": number,
        "children": [
            _cell(number, weight="medium"),
            _cell(customer),
            _cell(day),
            {"type": "Table.Cell", "children": [badge]},
            _cell(amount, align="end"),
        ],
    }


def table() -> Node:
    """The latest invoices and their sum."""
    heads = (("Invoice", "start"), ("Customer", "start"), ("Due", "start"), ("State", "start"), ("Amount", "end"))
    header = {
        "type": "Table.Row",
        "header": True,
        "children": [_cell(head, align=side, weight="semibold") for head, side in heads],
    }
    total: Node = {
        "type": "Table.Row",
        "children": [
            {**_cell("Total", weight="semibold"), "colSpan": 4},
            _cell("€4,826.00", align="end", weight="semibold"),
        ],
    }
    return {
        "type": "Card",
        "size": "lg",
        "children": [
            _between(
                {"type": "Title", "value": "Latest invoices", "size": "md"},
                {"type": "Badge", "label": "1 overdue", "color": "danger", "variant": "soft"},
            ),
            {"type": "Table", "children": [header, *(_invoice(*invoice) for invoice in _INVOICES), total]},
        ],
    }


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

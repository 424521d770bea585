"""A chart and a table: a small company's money."""

from typing import Any

from chatdock.workflows.builtin.gallery.nodes import Node, between

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


def _text(value: str, weight: str = "normal") -> Node:
    return {"type": "Text", "value": value, "size": "sm", "weight": weight}


def _cell(child: Node, **rest: Any) -> Node:
    return {"type": "Table.Cell", "children": [child], **rest}


def _invoice(number: str, customer: str, day: str, state: str, color: str, amount: str) -> Node:
    caption = {"type": "Caption", "value": f"{number} · {day}", "color": "secondary"}
    badge = {"type": "Badge", "label": state, "color": color, "variant": "soft", "size": "sm"}
    return {
        "type": "Table.Row",
        "key": number,
        "children": [
            _cell({"type": "Col", "gap": 0, "children": [_text(customer, "medium"), caption]}),
            _cell(badge),
            _cell(_text(amount), align="end"),
        ],
    }


def table() -> Node:
    """The latest invoices and their sum."""
    header: Node = {
        "type": "Table.Row",
        "header": True,
        "children": [
            _cell(_text("Customer", "semibold")),
            _cell(_text("State", "semibold")),
            _cell(_text("Amount", "semibold"), align="end"),
        ],
    }
    total: Node = {
        "type": "Table.Row",
        "children": [
            _cell(_text("Total", "semibold"), colSpan=2),
            _cell(_text("€4,826.00", "semibold"), align="end"),
        ],
    }
    return {
        "type": "Card",
        "size": "lg",
        "children": [
            between(
                {"type": "Title", "value": "Latest invoices", "size": "md"},
                {"type": "Badge", "label": "1 overdue", "color": "danger", "variant": "soft"},
            ),
            {"type": "Table", "children": [header, *(_invoice(*invoice) for invoice in _INVOICES), total]},
        ],
    }

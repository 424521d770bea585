"""The support assistant's tools. A real shop would ask its own systems here."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatdock import RunContext, tool


class Order(msgspec.Struct):
    """An order, as the model reads it."""

    id: str
    state: Literal["packed", "on its way", "delivered"]
    items: list[str]
    arrives: str | None = None


ORDERS = {
    "A-1042": Order("A-1042", "on its way", ["Walnut desk lamp", "Linen cushion, sage"], "Thursday, 9 to 12"),
    "A-0977": Order("A-0977", "delivered", ["Linen cushion, rust"]),
}


@tool
async def find_order(order_id: str) -> Order | str:
    """Looks up an order by its number.

    Args:
        order_id: The number on the confirmation, such as A-1042.
    """
    return ORDERS.get(order_id.strip().upper(), f"There is no order {order_id}.")


@tool(timeout_seconds=10)
async def start_return(
    ctx: RunContext,
    order_id: str,
    item: str,
    reason: Annotated[str, Meta(max_length=500)] = "",
) -> str:
    """Starts a return once the customer has confirmed it.

    Args:
        order_id: The order's number.
        item: What comes back, as the order calls it.
        reason: The customer's own words, if there were any.
    """
    order = ORDERS.get(order_id.strip().upper())
    if order is None or order.state != "delivered":
        return "Only delivered orders can be returned."
    if item not in order.items:
        return f"This order holds: {', '.join(order.items)}."
    await ctx.progress("Making the label")
    await ctx.widget(
        {
            "type": "Card",
            "size": "sm",
            "children": [
                {"type": "Title", "value": "Return label", "size": "sm"},
                {"type": "Text", "value": f"{item}, from order {order.id}"},
                {"type": "Caption", "value": "Drop it at any parcel shop within 14 days.", "color": "secondary"},
            ],
        },
        copy_text=f"Return of {item}, order {order.id}",
    )
    return "The return is registered, and the customer sees the label."

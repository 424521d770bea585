"""Widgets: from the collection, as the user wrote them, and one that is written while you watch."""

import asyncio
from typing import Any

from chatdock.clock import now
from chatdock.context import RunContext
from chatdock.types.event import ItemAdded, ItemDone, ItemUpdated, ValueDelta
from chatdock.types.item import WidgetItem
from chatdock.workflows.builtin.gallery.command import PAUSE_SECONDS, Misused, code, read_object
from chatdock.workflows.builtin.gallery.widgets import WIDGETS, letter, touched

_LETTER = "Dear Ada,\n\nwelcome aboard! Your **first week** is planned:\n\n1. Meet the team\n2. Set up your desk\n3. Ship something small"


async def widget(ctx: RunContext, rest: str) -> None:
    """`/widget KIND`."""
    if rest not in WIDGETS:
        raise Misused
    await ctx.widget(WIDGETS[rest](), copy_text=f"The gallery's {rest} widget")


async def widget_json(ctx: RunContext, rest: str) -> None:
    """`/widget-json {json}`: whatever it is, unknown properties and all."""
    await ctx.widget(read_object(rest))


async def stream_widget(ctx: RunContext, rest: str) -> None:
    """`/stream-widget`: one value delta a word."""
    item = WidgetItem(id=ctx.item_id(), thread_id=ctx.thread.id, created_at=now(), widget=letter("", done=False))
    await ctx.emit(ItemAdded(item=item))
    words = _LETTER.split(" ")
    for number, word in enumerate(words):
        delta = f" {word}" if number else word
        update = ValueDelta(component_id="letter", delta=delta, done=number == len(words) - 1)
        await ctx.emit(ItemUpdated(item_id=item.id, update=update))
        await asyncio.sleep(PAUSE_SECONDS)
    done = WidgetItem(
        id=item.id,
        thread_id=item.thread_id,
        created_at=item.created_at,
        widget=letter(_LETTER, done=True),
        copy_text=_LETTER,
    )
    await ctx.emit(ItemDone(item=done))


async def echo(ctx: RunContext, payload: Any) -> None:
    """`gallery.echo`: the payload, said back."""
    await ctx.text(f"The widget sent:\n\n{code(payload)}")


def touch(sender: WidgetItem, payload: Any) -> dict[str, Any]:
    """`gallery.touch`: the widget, and how often it was touched."""
    return touched(sender.widget)

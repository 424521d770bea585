"""What is no item: progress, notices, errors, effects, and the thread's own fields."""

import asyncio
import re

from chatdock.context import RunContext
from chatdock.errors import UserFacingError
from chatdock.types.thread import Closed, Locked
from chatdock.workflows.builtin.gallery.command import PAUSE_SECONDS, Misused

_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?")


async def progress(ctx: RunContext, rest: str) -> None:
    """`/progress`."""
    steps = (("Opening the archive", "book-open"), ("Comparing 128 documents", "search"), ("Writing it up", "write"))
    for words, icon in steps:
        await ctx.progress(words, icon)
        await asyncio.sleep(PAUSE_SECONDS * 4)
    await ctx.text("Done: 128 documents compared.")


async def notice(ctx: RunContext, rest: str) -> None:
    """`/notice`."""
    await ctx.notice("Prices include **VAT** from today.", title="Good to know")
    await ctx.notice("You have used *90%* of your monthly messages.", level="warning", title="Nearly there")
    await ctx.notice(
        "Your card was declined. [Update it](https://example.com/billing).", level="danger", title="Payment"
    )
    await ctx.text("Three notices: for your information, a warning and something urgent.")


async def error(ctx: RunContext, rest: str) -> None:
    """`/error MESSAGE`."""
    raise UserFacingError(rest or "That did not work. Please try something else.")


async def fail(ctx: RunContext, rest: str) -> None:
    """`/fail`."""
    raise RuntimeError("The gallery was asked to fail.")


async def effect(ctx: RunContext, rest: str) -> None:
    """`/effect NAME`."""
    if not rest:
        raise Misused
    await ctx.effect(rest, {"source": "gallery"})
    await ctx.text(f"The page was sent the effect `{rest}`.")


async def title(ctx: RunContext, rest: str) -> None:
    """`/title X`."""
    if not rest:
        raise Misused
    ctx.thread.title = rest
    await ctx.text("This conversation has a new title.")


async def lock(ctx: RunContext, rest: str) -> None:
    """`/lock REASON`."""
    ctx.thread.status = Locked(reason=rest or None)
    await ctx.text("This conversation is locked.")


async def close(ctx: RunContext, rest: str) -> None:
    """`/close REASON`."""
    ctx.thread.status = Closed(reason=rest or None)
    await ctx.text("This conversation is closed.")


async def images_from(ctx: RunContext, rest: str) -> None:
    """`/images-from HOST`."""
    if not _HOST.fullmatch(rest):
        raise Misused
    ctx.thread.allowed_image_domains = [rest]
    await ctx.text(
        f"Images from `{rest}` are shown, others are not:\n\n"
        f"![From {rest}](https://{rest}/image.png)\n\n![From elsewhere](https://elsewhere.example/image.png)"
    )

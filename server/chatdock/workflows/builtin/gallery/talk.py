"""Answers in text: streamed, with sources, with an image, in Markdown, and what is said behind the scenes."""

import asyncio

from chatdock.agents.message import Message
from chatdock.clock import now
from chatdock.context import RunContext
from chatdock.types.content import EntitySource, FileSource, Source, UrlSource
from chatdock.types.event import Event, ImageUpdated, ItemAdded, ItemDone, ItemUpdated
from chatdock.types.item import GeneratedImage, Image
from chatdock.workflows.builtin.gallery.command import PAUSE_SECONDS, Misused
from chatdock.workflows.builtin.gallery.page import PAGE
from chatdock.workflows.builtin.gallery.picture import picture

BATCH = 256  # deltas pushed at once: enough to cost little, few enough to let others have their turn
MAX_DELTAS = 100_000
MAX_DELAY_MS = 10_000


async def text(ctx: RunContext, rest: str) -> None:
    """`/text N [D]`."""
    count, delay_ms = _numbers(rest)
    message = Message(ctx)
    await ctx.emit(*message.begin())
    if delay_ms:
        for number in range(count):
            await ctx.emit(message.write(_word(number)))
            await asyncio.sleep(delay_ms / 1000)
    else:
        for start in range(0, count, BATCH):
            await ctx.emit(*[message.write(_word(number)) for number in range(start, min(start + BATCH, count))])
            await asyncio.sleep(0)
    await ctx.emit(*message.end())


def _numbers(rest: str) -> tuple[int, int]:
    try:
        count, delay_ms = [int(part) for part in [*rest.split(), "0"][:2]]
    except ValueError:
        raise Misused from None
    if not 0 <= count <= MAX_DELTAS or not 0 <= delay_ms <= MAX_DELAY_MS or len(rest.split()) > 2:
        raise Misused
    return count, delay_ms


def _word(number: int) -> str:
    return f" word{number}" if number else "word0"


async def speak(ctx: RunContext, words: str) -> None:
    """A text word by word."""
    message = Message(ctx)
    await ctx.emit(*message.begin())
    for number, word in enumerate(words.split(" ")):
        await ctx.emit(message.write(f" {word}" if number else word))
        await asyncio.sleep(PAUSE_SECONDS / 3)
    await ctx.emit(*message.end())


async def markdown(ctx: RunContext, rest: str) -> None:
    """`/markdown`: by lines, as fast as a quick model writes."""
    message = Message(ctx)
    await ctx.emit(*message.begin())
    for line in PAGE.splitlines(keepends=True):
        await ctx.emit(message.write(line))
        await asyncio.sleep(0.002)
    await ctx.emit(*message.end())


_SOURCED = (
    (
        "The Atlantic crossing takes about eight hours.",
        UrlSource(
            title="Transatlantic flight",
            url="https://en.wikipedia.org/wiki/Transatlantic_flight",
            attribution="Wikipedia",
            description="How aircraft cross the Atlantic, and how long it takes them.",
        ),
    ),
    (
        " Your travel policy allows one checked bag.",
        FileSource(title="Travel policy 2026", filename="travel-policy.pdf", description="Section 4, luggage"),
    ),
    (
        " Ada Lovelace approves trips over €500.",
        EntitySource(
            title="Ada Lovelace",
            id="user_ada",
            interactive=True,
            data={"team": "Finance", "role": "Approver"},
            icon="profile",
            label="Approver",
            inline_label="Ada",
            description="Head of Finance",
        ),
    ),
)


async def sources(ctx: RunContext, rest: str) -> None:
    """`/sources`: one of each kind, each marked where its sentence ends, and one only in the list."""
    message = Message(ctx)
    written = 0
    events: list[Event] = message.begin()
    cited: list[tuple[Source, int]] = []
    for sentence, source in _SOURCED:
        written += len(sentence)
        events.append(message.write(sentence))
        cited.append((source, written))
    events += [message.cite(source, index) for source, index in cited]
    events.append(
        message.cite(UrlSource(title="More about fares", url="https://example.com/fares", group="Further reading"))
    )
    await ctx.emit(*events, *message.end())


async def image(ctx: RunContext, rest: str) -> None:
    """`/image`: a picture that appears from the top."""
    item = GeneratedImage(id=ctx.item_id(), thread_id=ctx.thread.id, created_at=now())
    image_id = f"{item.id}_image"
    await ctx.emit(ItemAdded(item=item))
    for share in (0.35, 0.7):
        update = ImageUpdated(image=Image(id=image_id, url=picture(share)), progress=share)
        await ctx.emit(ItemUpdated(item_id=item.id, update=update))
        await asyncio.sleep(PAUSE_SECONDS)
    done = GeneratedImage(
        id=item.id, thread_id=item.thread_id, created_at=item.created_at, image=Image(id=image_id, url=picture())
    )
    await ctx.emit(ItemDone(item=done))


async def hidden(ctx: RunContext, rest: str) -> None:
    """`/hidden`."""
    await ctx.hidden("The user has opened the cabinet.")
    await ctx.text("Something has been noted that only the model will see.")


async def locale(ctx: RunContext, rest: str) -> None:
    """`/locale`."""
    await ctx.text(f"Your language is `{ctx.locale}`.")

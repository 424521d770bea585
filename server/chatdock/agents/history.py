"""A thread's items as turns for the model: the newest that fit a budget of tokens, oldest first.

What an item becomes is one block of turns, kept or dropped whole, so that a tool call never loses its result. What only the
user's eyes need (workflows, tasks, ends of turns) becomes nothing.
"""

from collections.abc import Sequence
from typing import assert_never

import msgspec

from chatdock.agents.attachments import read_attachment
from chatdock.agents.record import read_record, turns_of
from chatdock.context import RunContext
from chatdock.models.base import (
    AssistantTurn,
    ContextTurn,
    ImagePart,
    TextPart,
    ToolCallTurn,
    ToolResultTurn,
    Turn,
    UserTurn,
)
from chatdock.types.content import InputTag, InputText
from chatdock.types.item import (
    AssistantMessage,
    ClientToolCall,
    EndOfTurn,
    GeneratedImage,
    HiddenContext,
    Item,
    SdkHiddenContext,
    StructuredInput,
    TaskItem,
    UserMessage,
    WidgetItem,
    WorkflowItem,
)

CHARS_PER_TOKEN = 4  # a fair average of English; other scripts need more tokens, so budgets leave room
IMAGE_TOKENS = 1_000  # about what providers charge for a picture of a screen's size
NOTE_CHARS = 4_000  # of a widget or of tags: the gist is enough
OUTPUT_CHARS = 32 * 1024  # of a client tool's answer or of hidden context
UNANSWERED = "The page did not answer this call."


async def build_history(items: Sequence[Item], ctx: RunContext, *, tokens: int, images: bool = True) -> list[Turn]:
    """The turns of the newest items within `tokens`; the newest item that says anything is kept whatever it costs."""
    blocks: list[list[Turn]] = []
    left = tokens
    for item in reversed(items):
        block = await _block(item, ctx, images=images)
        left -= sum(map(_tokens, block))
        if left < 0 and blocks:
            break
        if block:
            blocks.append(block)
    return [turn for block in reversed(blocks) for turn in block]


async def _block(item: Item, ctx: RunContext, *, images: bool) -> list[Turn]:
    match item:
        case UserMessage():
            return [await _user_turn(item, ctx, images=images)]
        case AssistantMessage():
            text = "\n\n".join(part.text for part in item.content if part.text)
            return [AssistantTurn(text)] if text else []
        case ClientToolCall():
            output = UNANSWERED if item.status == "pending" else _json(item.output, OUTPUT_CHARS)
            call = ToolCallTurn(item.call_id, item.name, msgspec.json.encode(item.arguments).decode())
            return [call, ToolResultTurn(item.call_id, output)]
        case WidgetItem():
            return [ContextTurn(f"The user was shown this widget: {_json(item.widget, NOTE_CHARS)}")]
        case GeneratedImage():
            return [ContextTurn("The user was shown a generated image.")] if item.image else []
        case StructuredInput():
            return [ContextTurn(_form(item))]
        case HiddenContext():
            kept = read_record(item.content)
            return turns_of(kept) if kept is not None else [ContextTurn(_text(item.content))]
        case SdkHiddenContext():
            return [ContextTurn(item.content)]
        case WorkflowItem() | TaskItem() | EndOfTurn():
            return []
        case _:
            assert_never(item)


async def _user_turn(message: UserMessage, ctx: RunContext, *, images: bool) -> UserTurn:
    parts: list[TextPart | ImagePart] = []
    if message.quoted_text:
        quoted = "\n".join(f"> {line}" for line in message.quoted_text.splitlines())
        parts.append(TextPart(f"About this passage:\n{quoted}"))
    parts.append(TextPart(_plain(message.content)))
    tags = [part for part in message.content if isinstance(part, InputTag)]
    if tags:
        mentioned = [{"id": tag.id, "name": tag.text, "data": tag.data} for tag in tags]
        parts.append(TextPart(f"Mentioned above: {_json(mentioned, NOTE_CHARS)}"))
    for attachment in message.attachments:
        parts.append(await read_attachment(attachment, ctx, images=images))
    return UserTurn(parts)


def _plain(content: Sequence[InputText | InputTag]) -> str:
    return "".join(part.text if isinstance(part, InputText) else f"@{part.text}" for part in content)


def _form(form: StructuredInput) -> str:
    if form.status != "answered":
        return f"The user was asked {_questions(form)} and gave no answer."
    lines = ["The user filled in a form:"]
    for question in form.inputs:
        answer = question.answer
        given = "(skipped)" if answer is None or answer.skipped else "; ".join(answer.values)
        lines.append(f"- {question.question} {given}")
    return "\n".join(lines)


def _questions(form: StructuredInput) -> str:
    return " / ".join(question.question for question in form.inputs)


def _text(content: object) -> str:
    return content[:OUTPUT_CHARS] if isinstance(content, str) else _json(content, OUTPUT_CHARS)


def _json(value: object, limit: int) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= limit else f"{text[:limit]} … (cut)"


def _tokens(turn: Turn) -> int:
    match turn:
        case UserTurn():
            return sum(_part_tokens(part) for part in turn.parts)
        case AssistantTurn() | ContextTurn():
            return len(turn.text) // CHARS_PER_TOKEN
        case ToolCallTurn():
            return (len(turn.name) + len(turn.arguments)) // CHARS_PER_TOKEN
        case ToolResultTurn():
            return len(turn.output) // CHARS_PER_TOKEN
        case _:
            assert_never(turn)


def _part_tokens(part: TextPart | ImagePart) -> int:
    return IMAGE_TOKENS if isinstance(part, ImagePart) else len(part.text) // CHARS_PER_TOKEN

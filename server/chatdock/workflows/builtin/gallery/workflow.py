"""The gallery: a command picks what is shown. It needs no model, and the same line is answered the same way every time."""

from chatdock.context import ActionFired, FormAnswered, NewMessage, RunContext, RunRequested, ToolAnswered
from chatdock.runs.responder import Prompt
from chatdock.types.content import InputText
from chatdock.types.item import UserMessage
from chatdock.workflows.builtin.gallery import panels, questions, signals, talk, work
from chatdock.workflows.builtin.gallery.command import Command, Misused
from chatdock.workflows.builtin.gallery.nodes import ECHO, TOUCH
from chatdock.workflows.function import workflow

COMMANDS = {
    command.usage.split(" ")[0]: command
    for command in (
        Command("/text N [D]", "N deltas, D milliseconds apart", talk.text),
        Command("/markdown", "a page with everything Markdown can do", talk.markdown),
        Command("/sources", "an answer with web, file and entity sources", talk.sources),
        Command("/image", "a generated image", talk.image),
        Command("/think", "reasoning, then an answer", work.think),
        Command("/tasks", "a workflow of tasks", work.tasks),
        Command("/progress", "passing status lines", signals.progress),
        Command("/notice", "banners of all three levels", signals.notice),
        Command("/widget card|list|form|chart|table", "a widget from the collection", panels.widget),
        Command("/widget-json {json}", "the widget you wrote", panels.widget_json),
        Command("/stream-widget", "a widget written word by word", panels.stream_widget),
        Command("/ask", "a form in place of the composer", questions.ask),
        Command("/client-tool NAME {json}", "a call to your page", questions.client_tool),
        Command("/client-tool-hidden NAME", "the same with a hidden item after it", questions.client_tool_hidden),
        Command("/effect NAME", "an effect for your page", signals.effect),
        Command("/title X", "a new title", signals.title),
        Command("/lock REASON", "locks the conversation", signals.lock),
        Command("/close REASON", "closes the conversation", signals.close),
        Command("/error MESSAGE", "an error meant for you", signals.error),
        Command("/fail", "an error not meant for you", signals.fail),
        Command("/hidden", "a note only the model sees", talk.hidden),
        Command("/images-from HOST", "images from one host only", signals.images_from),
        Command("/locale", "your language", talk.locale),
    )
}


@workflow(
    "wf_gallery",
    name="Gallery",
    greeting="Pick something to look at",
    prompts=[
        Prompt("Everything there is", "/help", "book-open"),
        Prompt("A card", "/widget card", "suitcase"),
        Prompt("Markdown", "/markdown", "square-text"),
        Prompt("Tasks at work", "/tasks", "check-circle"),
    ],
)
async def gallery(ctx: RunContext) -> None:
    """Answers a message by its first word, and whatever else happened by what it was."""
    match ctx.trigger:
        case NewMessage(message):
            await _answer(ctx, _said(message))
        case ToolAnswered():
            await questions.answered_call(ctx, ctx.trigger)
        case FormAnswered():
            await questions.answered_form(ctx, ctx.trigger)
        case ActionFired(payload=payload):
            await panels.echo(ctx, payload)
        case RunRequested(item):
            await _answer(ctx, str(item.content))


gallery.on_action(ECHO)(panels.echo)
gallery.on_sync_action(TOUCH)(panels.touch)


async def _answer(ctx: RunContext, said: str) -> None:
    name, _, rest = said.partition(" ")
    command = COMMANDS.get(name)
    if command is not None:
        try:
            await command.show(ctx, rest.strip())
        except Misused:
            await ctx.text(f"Please write it like this: `{command.usage}`")
    elif name == "/help":
        await ctx.text(_help())
    else:
        await ctx.text(f"You said: {said}")


def _said(message: UserMessage) -> str:
    return "".join(part.text if isinstance(part, InputText) else f"@{part.text}" for part in message.content).strip()


def _help() -> str:
    lines = [f"| `{command.usage.replace('|', chr(92) + '|')}` | {command.about} |" for command in COMMANDS.values()]
    return "\n".join(["| Command | What you get |", "|---|---|", *lines, "", "Anything else is said back to you."])

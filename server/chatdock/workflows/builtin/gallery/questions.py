"""What waits for an answer: calls to the page, and a form in place of the composer."""

from chatdock.context import FormAnswered, RunContext, ToolAnswered
from chatdock.types.content import ChoiceOption, Freeform, MultipleChoice
from chatdock.workflows.builtin.gallery.command import Misused, code, read_object


async def client_tool(ctx: RunContext, rest: str) -> None:
    """`/client-tool NAME {json}`."""
    name, _, arguments = rest.partition(" ")
    if not name:
        raise Misused
    await ctx.client_tool(name, read_object(arguments.strip() or "{}"))


async def client_tool_hidden(ctx: RunContext, rest: str) -> None:
    """`/client-tool-hidden NAME`: the pending call is not the thread's last item."""
    await client_tool(ctx, rest)
    await ctx.hidden("A note behind a call that waits.")


async def answered_call(ctx: RunContext, trigger: ToolAnswered) -> None:
    """The page has answered."""
    await ctx.text(f"The page answered `{trigger.call.name}`:\n\n{code(trigger.call.output)}")


async def ask(ctx: RunContext, rest: str) -> None:
    """`/ask`."""
    await ctx.ask(
        [
            MultipleChoice(
                id="plan",
                question="Which plan suits you best?",
                options=[ChoiceOption(value="Starter"), ChoiceOption(value="Team"), ChoiceOption(value="Enterprise")],
                multiple=False,
            ),
            Freeform(id="goal", question="What do you want to build?", description="A sentence or two are enough."),
        ]
    )


async def answered_form(ctx: RunContext, trigger: FormAnswered) -> None:
    """The user has answered, or skipped, the form."""
    answers = {question.id: question.answer for question in trigger.form.inputs}
    await ctx.text(f"Your answers:\n\n{code({'status': trigger.form.status, 'answers': answers})}")

"""A table at a restaurant, without a model: a form asks, a widget answers, and its buttons act."""

from typing import Any

from chatdock import RunContext, workflow
from chatdock.context import FormAnswered
from chatdock.runs.responder import Prompt
from chatdock.types.content import ChoiceOption, Freeform, MultipleChoice
from chatdock.types.item import WidgetItem


@workflow(
    "wf_booking",
    name="Table booking",
    greeting="Shall we keep a table for you?",
    prompts=[Prompt("Book a table", "I would like to book a table", "calendar")],
)
async def booking(ctx: RunContext) -> None:
    """Asks for the evening first, then shows the booking."""
    if isinstance(ctx.trigger, FormAnswered):
        await show_booking(ctx, ctx.trigger)
        return
    await ctx.ask(
        [
            MultipleChoice(
                id="evening",
                question="Which evening?",
                options=[ChoiceOption(value="Friday"), ChoiceOption(value="Saturday")],
                multiple=False,
            ),
            Freeform(id="wish", question="Anything we should know?", description="A birthday, an allergy, a pram."),
        ]
    )


async def show_booking(ctx: RunContext, trigger: FormAnswered) -> None:
    """The booking as a card, or a kind word if the form was skipped."""
    evening, wish = (question.answer for question in trigger.form.inputs)
    if evening is None or evening.skipped:
        await ctx.text("No table then. Write again whenever you like.")
        return
    note = "" if wish is None or wish.skipped else wish.values[0]
    await ctx.widget(booked(evening.values[0], note, guests=2), copy_text=f"A table on {evening.values[0]} at 19:30")


def booked(evening: str, note: str, *, guests: int) -> dict[str, Any]:
    """The card; its buttons carry all it takes to draw it again."""
    payload = {"evening": evening, "note": note, "guests": guests}
    return {
        "type": "Card",
        "size": "sm",
        "status": {"text": f"{evening}, 19:30", "icon": "calendar"},
        "children": [
            {"type": "Title", "value": f"A table for {guests}", "size": "md"},
            *([{"type": "Text", "value": note, "color": "secondary"}] if note else []),
            {
                "type": "Row",
                "gap": 2,
                "children": [
                    {
                        "type": "Button",
                        "label": "One more guest",
                        "variant": "outline",
                        "onClickAction": {"type": "booking.more", "payload": payload, "streaming": False},
                    },
                    {
                        "type": "Button",
                        "label": "Confirm",
                        "style": "primary",
                        "onClickAction": {"type": "booking.confirm", "payload": payload},
                    },
                ],
            },
        ],
    }


@booking.on_sync_action("booking.more")
def add_guest(sender: WidgetItem, payload: Any) -> dict[str, Any]:
    """The same card with one guest more, at once and without a new message."""
    return booked(payload["evening"], payload["note"], guests=min(payload["guests"] + 1, 8))


@booking.on_action("booking.confirm")
async def confirm(ctx: RunContext, payload: Any) -> None:
    """A confirmation as a message."""
    ctx.thread.title = f"{payload['evening']}, {payload['guests']} guests"
    await ctx.text(f"See you on {payload['evening']} at 19:30, all {payload['guests']} of you.")

"""The workflows under `examples/` load and do what they say."""

from pathlib import Path

import msgspec

from chatdock.agents.agent import Agent
from chatdock.models.base import Finished, Model, Text, ToolCall, ToolResultTurn
from chatdock.runs.responder import Definition
from chatdock.tools.builtin import BUILTIN_TOOLS
from chatdock.types.item import AssistantMessage, ClientToolCall, StructuredInput, WidgetItem
from chatdock.workflows import loader
from stage import Script, Stage

WORKFLOWS = Path(__file__).parents[2] / "examples" / "workflows"
CALLS, DONE = Finished("tool_calls"), Finished("stop")


def load(model: Script | None = None) -> dict[str, Definition]:
    def resolve(name: str) -> tuple[Model, str]:
        return model or Script(), name

    return {found.id: found for found in loader.load(WORKFLOWS, resolve, BUILTIN_TOOLS)}


def test_every_example_loads_with_a_greeting_and_prompts() -> None:
    found = load()
    assert set(found) == {"wf_support", "wf_booking"}
    assert all(definition.greeting and definition.prompts for definition in found.values())


def test_the_support_agents_tools_are_strict_and_every_parameter_is_described() -> None:
    agent = load()["wf_support"].responder
    assert isinstance(agent, Agent)
    for spec in [*(tool.spec for tool in agent.tools), *agent.client_tools]:
        assert spec.strict and spec.description
        assert all(part["description"] for part in spec.parameters["properties"].values())


async def test_the_support_agent_finds_an_order_and_starts_a_return() -> None:
    item = "Linen cushion, rust"
    model = Script(
        [[ToolCall("c1", "find_order", '{"order_id":"a-0977"}'), CALLS]],
        [
            [
                ToolCall(
                    "c2",
                    "start_return",
                    msgspec.json.encode({"order_id": "A-0977", "item": item, "reason": None}).decode(),
                ),
                CALLS,
            ]
        ],
        [[Text("Done."), DONE]],
    )
    stage = Stage().say("Please take my cushion back")
    await load(model)["wf_support"].responder.respond(stage)
    order = model.requests[1].turns[-1]
    assert isinstance(order, ToolResultTurn) and msgspec.json.decode(order.output)["items"] == [item]
    (label,) = [shown for shown in stage.shown if isinstance(shown, WidgetItem)]
    assert label.copy_text == "Return of Linen cushion, rust, order A-0977"
    assert stage.said == "Done."


async def test_the_support_agent_refuses_to_return_what_has_not_arrived() -> None:
    arguments = '{"order_id":"A-1042","item":"Walnut desk lamp","reason":"too bright"}'
    model = Script([[ToolCall("c1", "start_return", arguments), CALLS]], [[Text("Not yet."), DONE]])
    stage = Stage().say("Return it")
    await load(model)["wf_support"].responder.respond(stage)
    assert model.requests[1].turns[-1] == ToolResultTurn("c1", "Only delivered orders can be returned.")


async def test_the_support_agent_opens_an_order_in_the_page() -> None:
    model = Script([[ToolCall("c1", "open_order_page", '{"order_id":"A-1042"}'), CALLS]])
    stage = Stage().say("Show it to me")
    await load(model)["wf_support"].responder.respond(stage)
    (call,) = stage.shown
    assert isinstance(call, ClientToolCall) and call.arguments == {"order_id": "A-1042"}


async def test_a_table_is_booked_from_the_form_to_the_confirmation() -> None:
    booking, stage = load()["wf_booking"].responder, Stage().say("A table, please")
    await booking.respond(stage)
    assert isinstance(stage.shown[0], StructuredInput)

    await booking.respond(stage.answer_form({"evening": ["Friday"], "wish": ["A pram"]}))
    (card,) = stage.shown
    assert isinstance(card, WidgetItem) and card.widget["status"]["text"] == "Friday, 19:30"
    more, confirm = (button["onClickAction"] for button in card.widget["children"][-1]["children"])

    updated = await booking.sync_action(stage.thread, card, more["type"], more["payload"])
    assert updated is not None and updated.widget["children"][0]["value"] == "A table for 3"

    await booking.respond(stage.act(confirm["type"], confirm["payload"], card))
    assert stage.said == "See you on Friday at 19:30, all 2 of you."
    assert stage.thread.title == "Friday, 2 guests"


async def test_a_skipped_booking_ends_kindly() -> None:
    booking, stage = load()["wf_booking"].responder, Stage().say("A table, please")
    await booking.respond(stage)
    await booking.respond(stage.answer_form({}))
    assert [type(item) for item in stage.shown] == [AssistantMessage]

"""A tool of the page ends the run, and the answer of the page starts the next."""

from chatdock.models.base import (
    Finished,
    Text,
    ToolCall,
    ToolCallTurn,
    ToolResultTurn,
)
from chatdock.tools.client import client_tool
from chatdock.tools.function import tool
from chatdock.types.item import ClientToolCall
from stage import Script, Stage, agent

DONE = Finished("stop", input_tokens=12, output_tokens=3)
CALLS = Finished("tool_calls")


@tool
async def weather(city: str) -> str:
    """Says the weather.

    Args:
        city: The city's name.
    """
    return f"Sunny in {city}"


THEME = client_tool("switch_theme", "Switches the page's theme.")


async def test_a_client_tool_ends_the_run_and_the_pages_answer_starts_the_next() -> None:
    model = Script([[ToolCall("c1", "switch_theme", '{"to":"dark"}'), CALLS]], [[Text("Dark now."), DONE]])
    subject = agent(model, client_tools=[THEME])
    stage = Stage().say("Dark, please")
    await subject.respond(stage)
    (call,) = stage.shown
    assert isinstance(call, ClientToolCall)
    assert (call.status, call.call_id, call.name, call.arguments) == ("pending", "c1", "switch_theme", {"to": "dark"})
    assert len(model.requests) == 1

    await subject.respond(stage.answer_call({"done": True}))
    assert model.requests[1].turns[1:] == [
        ToolCallTurn("c1", "switch_theme", '{"to":"dark"}'),
        ToolResultTurn("c1", '{"done":true}'),
    ]
    assert stage.said == "Dark now."


async def test_server_tools_beside_a_client_tool_run_first_and_are_remembered_after_the_answer() -> None:
    model = Script(
        [[ToolCall("c1", "switch_theme", "{}"), ToolCall("c2", "weather", '{"city":"Oslo"}'), CALLS]],
        [[Text("Both done."), DONE]],
    )
    subject = agent(model, weather, client_tools=[THEME])
    stage = Stage().say("Both")
    await subject.respond(stage)
    assert isinstance(stage.stored[-1], ClientToolCall) and stage.stored[-1].status == "pending"
    assert [type(item).__name__ for item in stage.shown] == ["WorkflowItem", "ClientToolCall"]

    await subject.respond(stage.answer_call(None))
    assert model.requests[1].turns[1:] == [
        ToolCallTurn("c2", "weather", '{"city":"Oslo"}'),
        ToolResultTurn("c2", "Sunny in Oslo"),
        ToolCallTurn("c1", "switch_theme", "{}"),
        ToolResultTurn("c1", "null"),
    ]


async def test_only_the_first_of_two_client_calls_goes_to_the_page() -> None:
    model = Script(
        [[ToolCall("c1", "switch_theme", "{}"), ToolCall("c2", "switch_theme", "{}"), CALLS]], [[Text("Ok."), DONE]]
    )
    subject = agent(model, client_tools=[THEME])
    stage = Stage().say("Twice")
    await subject.respond(stage)
    assert [item.call_id for item in stage.shown if isinstance(item, ClientToolCall)] == ["c1"]
    await subject.respond(stage.answer_call("ok"))
    told = [turn for turn in model.requests[1].turns if isinstance(turn, ToolResultTurn)]
    assert [turn.call_id for turn in told] == ["c2", "c1"]
    assert "one tool of the page" in told[0].output


async def test_a_client_call_with_broken_arguments_goes_back_to_the_model_not_to_the_page() -> None:
    model = Script([[ToolCall("c1", "switch_theme", "nope"), CALLS]], [[Text("Sorry."), DONE]])
    stage = Stage().say("Dark")
    await agent(model, client_tools=[THEME]).respond(stage)
    assert [type(item).__name__ for item in stage.shown] == ["AssistantMessage"]
    result = model.requests[1].turns[-1]
    assert isinstance(result, ToolResultTurn) and "not a JSON object" in result.output

"""An agent calls tools: side by side, shown as they go, and safe from what they raise."""

import asyncio
import logging

import pytest

from chatdock.context import RunContext
from chatdock.errors import UserFacingError
from chatdock.models.base import (
    AssistantTurn,
    Finished,
    ModelSettings,
    Text,
    ToolCall,
    ToolCallStarted,
    ToolCallTurn,
    ToolResultTurn,
)
from chatdock.tools.function import tool
from chatdock.types.event import (
    ItemUpdated,
    PartAdded,
    PartDone,
    TaskAdded,
    TaskUpdated,
    TextDelta,
)
from chatdock.types.item import AssistantMessage, HiddenContext, WorkflowItem
from chatdock.types.task import CustomTask
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


def workflows(stage: Stage) -> list[WorkflowItem]:
    return [item for item in stage.shown if isinstance(item, WorkflowItem)]


@tool
async def broken(ctx: RunContext) -> str:
    """Fails."""
    raise RuntimeError("the password is swordfish")


async def test_tools_run_side_by_side_and_their_results_go_back_in_order() -> None:
    both_running = asyncio.Barrier(2)

    @tool
    async def first() -> str:
        """Waits for the second."""
        await both_running.wait()
        await asyncio.sleep(0.01)
        return "one"

    @tool
    async def second() -> str:
        """Waits for the first."""
        await both_running.wait()
        return "two"

    model = Script([[ToolCall("c1", "first", "{}"), ToolCall("c2", "second", ""), CALLS]], [[Text("Both."), DONE]])
    stage = Stage().say("Go")
    async with asyncio.timeout(5):
        await agent(model, first, second).respond(stage)
    assert model.requests[1].turns[1:] == [
        ToolCallTurn("c1", "first", "{}"),
        ToolCallTurn("c2", "second", "{}"),
        ToolResultTurn("c1", "one"),
        ToolResultTurn("c2", "two"),
    ]
    assert stage.said == "Both."


async def test_each_call_is_a_task_with_its_name_arguments_and_result() -> None:
    model = Script(
        [[ToolCallStarted("c1", "weather")], [ToolCall("c1", "weather", '{"city":"Oslo"}'), CALLS]],
        [[Text("Sunny."), DONE]],
    )
    stage = Stage().say("Weather?")
    await agent(model, weather).respond(stage)
    (item,) = workflows(stage)
    (task,) = item.workflow.tasks
    assert item.workflow.type == "custom" and item.workflow.summary is not None
    assert isinstance(task, CustomTask)
    assert task.title == "weather" and task.status_indicator == "complete"
    assert task.content == '```json\n{"city":"Oslo"}\n```\n\n```\nSunny in Oslo\n```'
    added = next(event.update for event in stage.pushes[0] if isinstance(event, ItemUpdated))
    assert isinstance(added, TaskAdded) and added.task.status_indicator == "loading"


async def test_a_tools_progress_shows_in_its_own_task_until_the_result() -> None:
    @tool
    async def count(ctx: RunContext) -> str:
        """Counts."""
        await ctx.progress("2 of 3")
        return "3"

    model = Script([[ToolCall("c1", "count", "{}"), CALLS]], [[Text("Three."), DONE]])
    stage = Stage().say("Count")
    await agent(model, count).respond(stage)
    contents = [
        event.update.task.content
        for event in stage.events
        if isinstance(event, ItemUpdated)
        and isinstance(event.update, TaskUpdated)
        and isinstance(event.update.task, CustomTask)
    ]
    assert "2 of 3" in contents
    assert contents[-1] == "```\n3\n```"


async def test_an_unknown_tool_is_told_to_the_model_and_the_run_goes_on() -> None:
    model = Script([[ToolCall("c1", "teleport", "{}"), CALLS]], [[Text("I can't."), DONE]])
    stage = Stage().say("Beam me up")
    await agent(model, weather).respond(stage)
    result = model.requests[1].turns[-1]
    assert isinstance(result, ToolResultTurn) and "no tool named teleport" in result.output
    assert stage.said == "I can't."


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ('{"city": ', "not a JSON object"),
        ("[]", "not a JSON object"),
        ('{"city": 4}', "$.city"),
        ("{}", "city"),
        ('{"city": "Oslo", "country": "NO"}', "country"),
        ("[" * 5_000, "not a JSON object"),
    ],
)
async def test_arguments_that_do_not_fit_are_told_to_the_model_with_what_to_repair(arguments: str, hint: str) -> None:
    model = Script(
        [[ToolCall("c1", "weather", arguments), CALLS]],
        [[ToolCall("c2", "weather", '{"city":"Oslo"}'), CALLS]],
        [[Text("Sunny."), DONE]],
    )
    stage = Stage().say("Weather?")
    await agent(model, weather).respond(stage)
    result = model.requests[1].turns[-1]
    assert isinstance(result, ToolResultTurn)
    assert hint in result.output and "correct" in result.output
    assert model.requests[2].turns[-1] == ToolResultTurn("c2", "Sunny in Oslo")


async def test_what_a_tool_raises_is_told_in_a_fixed_sentence_and_logged_in_full(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = Script([[ToolCall("c1", "broken", "{}"), CALLS]], [[Text("Sorry."), DONE]])
    stage = Stage().say("Break")
    with caplog.at_level(logging.ERROR):
        await agent(model, broken).respond(stage)
    assert model.requests[1].turns[-1] == ToolResultTurn(
        "c1", "An error occurred while running the tool. Please try again."
    )
    assert "swordfish" not in repr(stage.events) + repr(model.requests)
    (record,) = caplog.records
    assert "swordfish" in str(record.exc_info)
    assert record.__dict__["fields"]["run_id"] == stage.run_id


async def test_a_tool_that_takes_too_long_is_stopped() -> None:
    stopped = asyncio.Event()

    @tool(timeout_seconds=0.02)
    async def slow() -> str:
        """Never ends."""
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()
        return "late"

    model = Script([[ToolCall("c1", "slow", "{}"), CALLS]], [[Text("Too slow."), DONE]])
    stage = Stage().say("Wait")
    await agent(model, slow).respond(stage)
    result = model.requests[1].turns[-1]
    assert isinstance(result, ToolResultTurn) and "took too long" in result.output
    assert stopped.is_set()


async def test_a_long_result_is_cut_with_a_note() -> None:
    @tool
    async def flood() -> str:
        """Says much."""
        return "é" * 100_000

    model = Script([[ToolCall("c1", "flood", "{}"), CALLS]], [[Text("Much."), DONE]])
    stage = Stage().say("Flood")
    await agent(model, flood).respond(stage)
    result = model.requests[1].turns[-1]
    assert isinstance(result, ToolResultTurn)
    assert len(result.output.encode()) < 33 * 1024
    assert result.output.endswith("[cut: the whole result has 100000 characters]")
    (item,) = workflows(stage)
    assert len(repr(item)) < 4_000


async def test_a_user_facing_error_of_a_tool_ends_the_run_and_stops_the_other_tools() -> None:
    stopped = asyncio.Event()

    @tool
    async def refuse() -> str:
        """Refuses."""
        raise UserFacingError("Your plan does not include this.")

    @tool
    async def wait() -> str:
        """Waits."""
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()
        return ""

    model = Script([[ToolCall("c1", "wait", "{}"), ToolCall("c2", "refuse", "{}"), CALLS]])
    with pytest.raises(UserFacingError, match="Your plan"):
        await agent(model, refuse, wait).respond(Stage().say("Go"))
    assert stopped.is_set()


async def test_a_tool_may_show_a_widget() -> None:
    @tool
    async def show(ctx: RunContext) -> str:
        """Shows."""
        await ctx.widget({"type": "Card", "children": []})
        return "shown"

    model = Script([[ToolCall("c1", "show", "{}"), CALLS]], [[Text("There."), DONE]])
    stage = Stage().say("Show")
    await agent(model, show).respond(stage)
    assert [type(item).__name__ for item in stage.shown] == ["WorkflowItem", "WidgetItem", "AssistantMessage"]


async def test_calls_and_results_are_kept_for_later_runs_and_never_shown() -> None:
    model = Script(
        [[Text("Let me look."), ToolCall("c1", "weather", '{"city":"Oslo"}'), CALLS]],
        [[Text("Sunny."), DONE]],
        [[Text("Yes."), DONE]],
    )
    stage = Stage().say("Weather in Oslo?")
    await agent(model, weather).respond(stage)
    assert not any(isinstance(item, HiddenContext) for item in stage.shown)
    assert any(isinstance(item, HiddenContext) for item in stage.stored)
    in_run = list(model.requests[1].turns)
    await agent(model, weather).respond(stage.say("Really?"))
    assert list(model.requests[2].turns)[: len(in_run)] == in_run
    assert in_run[1:] == [
        AssistantTurn("Let me look."),
        ToolCallTurn("c1", "weather", '{"city":"Oslo"}'),
        ToolResultTurn("c1", "Sunny in Oslo"),
    ]


async def test_broken_arguments_are_not_sent_back_to_a_provider_that_would_choke_on_them() -> None:
    model = Script([[ToolCall("c1", "weather", '{"city":'), CALLS]], [[Text("Hm."), DONE]])
    await agent(model, weather).respond(Stage().say("Weather?"))
    assert model.requests[1].turns[1] == ToolCallTurn("c1", "weather", "{}")


async def test_a_forced_tool_is_forced_only_until_it_was_used() -> None:
    model = Script([[ToolCall("c1", "weather", '{"city":"Oslo"}'), CALLS]], [[Text("Sunny."), DONE]])
    settings = ModelSettings(tool_choice="required", temperature=0.2)
    await agent(model, weather, settings=settings).respond(Stage().say("Weather?"))
    assert [request.settings.tool_choice for request in model.requests] == ["required", None]
    assert model.requests[1].settings.temperature == 0.2


async def test_text_after_a_tool_call_in_one_response_is_a_message_of_its_own() -> None:
    model = Script(
        [[Text("Looking."), ToolCall("c1", "weather", '{"city":"Oslo"}'), Text("Wait."), CALLS]],
        [[Text("Sunny."), DONE]],
    )
    stage = Stage().say("Weather?")
    await agent(model, weather).respond(stage)
    texts = [item.content[0].text for item in stage.shown if isinstance(item, AssistantMessage)]
    assert texts == ["Looking.", "Wait.", "Sunny."]
    parts = [event.update for event in stage.events if isinstance(event, ItemUpdated)]
    assert sum(isinstance(part, PartAdded) for part in parts) == sum(isinstance(part, PartDone) for part in parts) == 3
    assert sum(isinstance(part, TextDelta) for part in parts) == 3


async def test_a_tool_with_effects_acts_under_a_key_of_its_own_and_another_does_not() -> None:
    keys: list[str] = []

    @tool(effects=True)
    async def order(ctx: RunContext, article: str) -> str:
        """Orders."""
        keys.append(ctx.idempotency_key)
        return article

    @tool
    async def look(ctx: RunContext) -> str:
        """Looks."""
        keys.append(ctx.idempotency_key)
        return "seen"

    model = Script(
        [[ToolCall("c1", "order", '{"article":"tea"}'), ToolCall("c2", "look", "{}")], [Finished("tool_calls")]],
        [[Text("Done.")], [DONE]],
    )
    stage = Stage().say("Order tea")
    await agent(model, order, look).respond(stage)
    assert stage.acts == [("order", "c1")]
    assert sorted(keys) == ["", f"{stage.run_id}:1:c1"]

"""An agent answers: text, thoughts, tools side by side, the page's tools, and every way an answer can end early."""

import asyncio
import logging
from typing import Any

import pytest

from chatdock.agents.agent import Agent
from chatdock.context import RunContext
from chatdock.errors import BadRequest, Incomplete, ModelError, UserFacingError
from chatdock.models.base import (
    AssistantTurn,
    Citation,
    ContextTurn,
    Finished,
    ModelSettings,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolCallStarted,
    ToolCallTurn,
    ToolResultTurn,
)
from chatdock.tools.base import Tool
from chatdock.tools.client import client_tool
from chatdock.tools.function import tool
from chatdock.types.content import FileSource, UrlSource
from chatdock.types.event import (
    AnnotationAdded,
    Event,
    ItemAdded,
    ItemDone,
    ItemUpdated,
    PartAdded,
    PartDone,
    TaskAdded,
    TaskUpdated,
    TextDelta,
)
from chatdock.types.item import AssistantMessage, ClientToolCall, HiddenContext, WorkflowItem
from chatdock.types.task import CustomTask, ThoughtTask
from stage import Script, Stage

DONE = Finished("stop", input_tokens=12, output_tokens=3)
CALLS = Finished("tool_calls")


def agent(model: Script, *tools: Tool, **rest: Any) -> Agent:
    return Agent(model=model, model_name="m", instructions="Be brief.", tools=tools, **rest)


def kinds(events: list[Event]) -> list[str]:
    """The events' kinds, updates by the kind of what they change."""
    return [type(event.update if isinstance(event, ItemUpdated) else event).__name__ for event in events]


def workflows(stage: Stage) -> list[WorkflowItem]:
    return [item for item in stage.shown if isinstance(item, WorkflowItem)]


@tool
async def weather(city: str) -> str:
    """Says the weather.

    Args:
        city: The city's name.
    """
    return f"Sunny in {city}"


@tool
async def broken(ctx: RunContext) -> str:
    """Fails."""
    raise RuntimeError("the password is swordfish")


async def test_a_text_answer_streams_in_the_protocols_order() -> None:
    model = Script([[Text("Hel")], [Text("lo"), Text("!")], [DONE]])
    stage = Stage().say("Hi")
    await agent(model).respond(stage)
    assert kinds(stage.events) == [
        "ItemAdded",
        "PartAdded",
        "TextDelta",
        "TextDelta",
        "TextDelta",
        "PartDone",
        "ItemDone",
    ]
    assert stage.said == "Hello!"
    added, done = stage.events[0], stage.events[-1]
    assert isinstance(added, ItemAdded) and isinstance(added.item, AssistantMessage) and added.item.content == []
    assert isinstance(done, ItemDone) and done.item == stage.shown[0]


async def test_one_upstream_read_is_one_push() -> None:
    model = Script([[Text(f"{number} ") for number in range(50)], [DONE]])
    stage = Stage().say("Count")
    await agent(model).respond(stage)
    assert len(stage.pushes[0]) == 52
    assert len(stage.pushes) == 2


async def test_the_model_gets_the_thread_its_instructions_and_an_opaque_user() -> None:
    model = Script([[Text("Yes"), DONE]], [[Text("Still yes"), DONE]])
    stage = Stage().say("Is it?")
    await agent(model, weather).respond(stage)
    await agent(model, weather).respond(stage.say("Sure?"))
    first, second = model.requests
    assert first.instructions == "Be brief."
    assert [spec.name for spec in first.tools] == ["weather"]
    assert first.user and "ada" not in first.user
    assert second.user == first.user
    assert [turn.parts[0].text for turn in second.turns if hasattr(turn, "parts")] == ["Is it?", "Sure?"]
    assert second.turns[1] == AssistantTurn("Yes")


async def test_citations_become_annotations_that_the_finished_message_keeps() -> None:
    model = Script(
        [[Text("As said"), Citation("url", "https://example.com/a", "A", 7), Citation("file", "b.pdf", "B"), DONE]]
    )
    stage = Stage().say("Who said?")
    await agent(model).respond(stage)
    message = stage.shown[0]
    assert isinstance(message, AssistantMessage)
    annotations = message.content[0].annotations
    assert annotations[0].source == UrlSource(title="A", url="https://example.com/a") and annotations[0].index == 7
    assert annotations[1].source == FileSource(title="B", filename="b.pdf") and annotations[1].index is None
    updates = [event.update for event in stage.events if isinstance(event, ItemUpdated)]
    assert [update.annotation_index for update in updates if isinstance(update, AnnotationAdded)] == [0, 1]


async def test_a_refusal_is_shown_as_the_answer() -> None:
    stage = Stage().say("Do evil")
    await agent(Script([[Refusal("I can't "), Refusal("do that."), DONE]])).respond(stage)
    assert stage.said == "I can't do that."


async def test_reasoning_is_a_workflow_of_thoughts_that_ends_when_the_answer_begins() -> None:
    model = Script([[Reasoning(0, "First")], [Reasoning(0, " things")], [Reasoning(1, "Then")], [Text("So."), DONE]])
    stage = Stage().say("Think")
    await agent(model).respond(stage)
    reasoning, message = stage.shown
    assert isinstance(reasoning, WorkflowItem) and isinstance(message, AssistantMessage)
    assert reasoning.workflow.type == "reasoning"
    assert [task.content for task in reasoning.workflow.tasks if isinstance(task, ThoughtTask)] == [
        "First things",
        "Then",
    ]
    assert reasoning.workflow.summary is not None and isinstance(reasoning.workflow.summary.duration, int)
    assert reasoning.workflow.expanded is False
    assert kinds(stage.events)[:6] == ["ItemAdded", "TaskAdded", "TaskUpdated", "TaskAdded", "ItemDone", "ItemAdded"]


async def test_a_long_thought_costs_a_fixed_multiple_of_its_length() -> None:
    length = 4_000
    model = Script([[[Reasoning(0, "word ")] for _ in range(length)][number] for number in range(length)] + [[DONE]])
    stage = Stage().say("Think hard")
    await agent(model).respond(stage)
    told = [
        len(event.update.task.content)
        for event in stage.events
        if isinstance(event, ItemUpdated)
        and isinstance(event.update, TaskAdded | TaskUpdated)
        and isinstance(event.update.task, ThoughtTask)
    ]
    assert max(told) == 5 * length
    assert sum(told) < 40 * 5 * length


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
    assert record.__dict__["run_id"] == stage.run_id


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


async def test_a_run_that_never_answers_ends_at_its_last_turn() -> None:
    call = [[ToolCall("c1", "weather", '{"city":"Oslo"}'), CALLS]]
    model = Script(*[call] * 5)
    with pytest.raises(ModelError) as caught:
        await agent(model, weather, max_turns=3).respond(Stage().say("Loop"))
    assert caught.value.code == "model_limit"
    assert caught.value.allow_retry
    assert len(model.requests) == 3


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_a_cut_answer_keeps_its_text_and_is_incomplete(reason: Any) -> None:
    model = Script([[Text("Half an ans")], [Finished(reason)]])
    stage = Stage().say("Talk")
    with pytest.raises(Incomplete):
        await agent(model).respond(stage)
    assert isinstance(stage.events[-1], ItemDone)
    assert stage.said == "Half an ans"


async def test_calls_of_a_cut_response_are_not_made() -> None:
    model = Script([[ToolCall("c1", "weather", '{"city":"Oslo"}'), Finished("length")]])
    stage = Stage().say("Weather?")
    with pytest.raises(Incomplete):
        await agent(model, weather).respond(stage)
    assert stage.shown == []


async def test_a_failing_model_ends_the_run_with_its_own_error() -> None:
    failure = ModelError("502 from upstream", code="model_unavailable", allow_retry=True)
    model = Script([[Text("Half")], failure])
    with pytest.raises(ModelError) as caught:
        await agent(model).respond(Stage().say("Hi"))
    assert caught.value is failure


async def test_cancelling_closes_the_models_stream_at_once() -> None:
    model = Script([[Text("Once upon")], 60.0])
    stage = Stage().say("Story")
    run = asyncio.create_task(agent(model).respond(stage))
    while not stage.pushes:
        await asyncio.sleep(0)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(run, 1)
    assert model.closed_streams == 1


async def test_cancelling_stops_running_tools_before_the_run_is_over() -> None:
    started, stopped = asyncio.Event(), asyncio.Event()

    @tool
    async def wait() -> str:
        """Waits."""
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()
        return ""

    run = asyncio.create_task(agent(Script([[ToolCall("c1", "wait", "{}"), CALLS]]), wait).respond(Stage().say("Wait")))
    await asyncio.wait_for(started.wait(), 5)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert stopped.is_set()


async def test_usage_is_counted_for_every_model_call() -> None:
    model = Script(
        [[ToolCall("c1", "weather", '{"city":"Oslo"}'), Finished("tool_calls", 10, 2)]],
        [[Text("Sunny."), Finished("stop", 20, 4)]],
    )
    stage = Stage().say("Weather?")
    await agent(model, weather).respond(stage)
    assert [usage.total_tokens for usage in stage.usage] == [12, 24]


async def test_a_forced_tool_is_forced_only_until_it_was_used() -> None:
    model = Script([[ToolCall("c1", "weather", '{"city":"Oslo"}'), CALLS]], [[Text("Sunny."), DONE]])
    settings = ModelSettings(tool_choice="required", temperature=0.2)
    await agent(model, weather, settings=settings).respond(Stage().say("Weather?"))
    assert [request.settings.tool_choice for request in model.requests] == ["required", None]
    assert model.requests[1].settings.temperature == 0.2


async def test_the_tool_picked_in_the_composer_is_forced_if_the_agent_has_it() -> None:
    model = Script([[Text("a"), DONE]], [[Text("b"), DONE]])
    subject = agent(model, weather)
    await subject.respond(Stage().say("Weather?", tool="weather"))
    await subject.respond(Stage().say("Weather?", tool="search"))
    assert [request.settings.tool_choice for request in model.requests] == ["weather", None]


async def test_an_action_is_told_to_the_model_and_remembered() -> None:
    model = Script([[Text("Tracked."), DONE]], [[Text("Yes."), DONE]])
    subject = agent(model)
    stage = Stage()
    widget = await stage.widget({"type": "Card", "children": []})
    await subject.respond(stage.act("order.track", {"id": 7}, widget))
    told = model.requests[0].turns[-1]
    assert isinstance(told, ContextTurn) and 'order.track with {"id":7}' in told.text
    await subject.respond(stage.say("Did you?"))
    assert told in model.requests[1].turns


async def test_an_agent_refuses_synchronous_actions() -> None:
    stage = Stage()
    with pytest.raises(BadRequest) as caught:
        await agent(Script()).sync_action(stage.thread, None, "x.y", None)
    assert caught.value.code == "unknown_action"


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

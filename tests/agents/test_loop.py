"""An agent answers with text, sources and thoughts, from the whole thread."""

import pytest

from chatdock.errors import BadRequest
from chatdock.models.base import (
    AssistantTurn,
    Citation,
    ContextTurn,
    Finished,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
)
from chatdock.tools.function import tool
from chatdock.types.content import FileSource, UrlSource
from chatdock.types.event import (
    AnnotationAdded,
    ItemAdded,
    ItemDone,
    ItemUpdated,
    TaskAdded,
    TaskUpdated,
)
from chatdock.types.item import AssistantMessage, WorkflowItem
from chatdock.types.task import ThoughtTask
from stage import Script, Stage, agent, kinds

DONE = Finished("stop", input_tokens=12, output_tokens=3)
CALLS = Finished("tool_calls")


@tool
async def weather(city: str) -> str:
    """Says the weather.

    Args:
        city: The city's name.
    """
    return f"Sunny in {city}"


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
    model = Script([*[[Reasoning(0, "word ")]] * length, [DONE]])
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


async def test_usage_is_counted_for_every_model_call() -> None:
    model = Script(
        [[ToolCall("c1", "weather", '{"city":"Oslo"}'), Finished("tool_calls", 10, 2)]],
        [[Text("Sunny."), Finished("stop", 20, 4)]],
    )
    stage = Stage().say("Weather?")
    await agent(model, weather).respond(stage)
    assert [usage.total_tokens for usage in stage.usage] == [12, 24]


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

"""`wf_gallery`: every command shows what it says, the same way every time."""

import base64
import importlib
import io
import json
import re
import time
import warnings
from typing import Any

import pytest
from PIL import Image as PillowImage

from chatdock.errors import BadRequest, UserFacingError
from chatdock.types.content import EntitySource, FileSource, Freeform, MultipleChoice, UrlSource
from chatdock.types.event import (
    ClientEffect,
    ImageUpdated,
    ItemAdded,
    ItemDone,
    ItemUpdated,
    Notice,
    ProgressUpdate,
    TaskAdded,
    TaskUpdated,
    TextDelta,
    ValueDelta,
)
from chatdock.types.item import (
    AssistantMessage,
    ClientToolCall,
    GeneratedImage,
    HiddenContext,
    StructuredInput,
    WidgetItem,
    WorkflowItem,
)
from chatdock.types.task import ThoughtTask
from chatdock.types.thread import Closed, Locked
from chatdock.workflows.builtin.gallery.widgets import WIDGETS
from chatdock.workflows.builtin.gallery.workflow import COMMANDS, gallery
from stage import Stage

NO_TIME_OF_ITS_OWN = {"id", "created_at", "item_id"}


async def run(line: str, **rest: Any) -> Stage:
    stage = Stage(**rest).say(line)
    await gallery.respond(stage)
    return stage


def deltas(stage: Stage) -> list[str]:
    return [
        event.update.delta
        for event in stage.events
        if isinstance(event, ItemUpdated) and isinstance(event.update, TextDelta)
    ]


def updates(stage: Stage, kind: type) -> list[Any]:
    return [event.update for event in stage.events if isinstance(event, ItemUpdated) and isinstance(event.update, kind)]


def block(text: str) -> Any:
    """The JSON in a text's code block."""
    found = re.search(r"```json\n(.*)\n```", text)
    assert found
    return json.loads(found[1])


async def test_anything_else_is_said_back() -> None:
    assert (await run("Good morning")).said == "You said: Good morning"
    assert (await run("/unknown thing")).said == "You said: /unknown thing"


async def test_help_lists_every_command() -> None:
    said = (await run("/help")).said
    for command in COMMANDS.values():
        assert command.usage.replace("|", "\\|") in said


async def test_text_streams_that_many_words() -> None:
    stage = await run("/text 5")
    assert deltas(stage) == ["word0", " word1", " word2", " word3", " word4"]
    assert stage.said == "word0 word1 word2 word3 word4"


async def test_a_long_text_is_pushed_in_batches_and_quickly() -> None:
    started = time.process_time()
    stage = Stage().say("/text 1000")
    await gallery.respond(stage)
    assert time.process_time() - started < 0.5
    assert len(deltas(stage)) == 1000
    assert len(stage.pushes) == 1 + 4 + 1


async def test_text_with_a_delay_pushes_each_word_alone() -> None:
    started = time.monotonic()
    stage = await run("/text 4 10")
    assert time.monotonic() - started >= 0.04
    assert len(stage.pushes) == 1 + 4 + 1


async def test_no_words_are_an_empty_answer() -> None:
    assert (await run("/text 0")).said == ""


@pytest.mark.parametrize(
    "line",
    [
        *("/text", "/text many", "/text -1", "/text 5 x", "/text 5 5 5", "/text 999999999"),
        *("/widget", "/widget sofa", "/widget-json", "/widget-json [1]", "/widget-json {"),
        *("/client-tool", "/client-tool x {", "/client-tool-hidden", "/effect", "/title"),
        *("/images-from", "/images-from a b"),
    ],
)
async def test_a_command_used_wrongly_is_answered_with_its_usage(line: str) -> None:
    stage = await run(line)
    assert COMMANDS[line.split(" ")[0]].usage in stage.said
    assert len(stage.shown) == 1


async def test_think_reasons_in_thoughts_and_then_answers() -> None:
    stage = await run("/think")
    reasoning, answer = stage.shown
    assert isinstance(reasoning, WorkflowItem) and isinstance(answer, AssistantMessage)
    assert reasoning.workflow.type == "reasoning"
    assert [type(task) for task in reasoning.workflow.tasks] == [ThoughtTask] * 3
    assert reasoning.workflow.summary is not None and reasoning.workflow.summary.duration is not None
    assert len(updates(stage, TaskUpdated)) > 3


async def test_tasks_are_added_updated_and_summed_up() -> None:
    stage = await run("/tasks")
    item = stage.shown[0]
    assert isinstance(item, WorkflowItem) and item.workflow.type == "custom"
    assert len(updates(stage, TaskAdded)) == len(updates(stage, TaskUpdated)) == 4
    assert {type(task).__name__ for task in item.workflow.tasks} == {
        "CustomTask",
        "WebSearchTask",
        "FileTask",
        "ImageTask",
    }
    assert all(task.status_indicator == "complete" for task in item.workflow.tasks)
    assert item.workflow.summary is not None and item.workflow.summary.title
    assert stage.events[0] == ItemAdded(item=stage.events[0].item)  # type: ignore[union-attr]
    assert len({event.item.id for event in stage.events if isinstance(event, ItemDone)}) == 2


async def test_progress_passes_by_and_an_answer_follows() -> None:
    stage = await run("/progress")
    lines = [event for event in stage.events if isinstance(event, ProgressUpdate)]
    assert len(lines) >= 2 and all(line.icon for line in lines)
    assert stage.said


async def test_notices_come_in_three_levels() -> None:
    stage = await run("/notice")
    assert [event.level for event in stage.events if isinstance(event, Notice)] == ["info", "warning", "danger"]


async def test_an_error_carries_the_users_own_message() -> None:
    with pytest.raises(UserFacingError) as caught:
        await run("/error No more tea")
    assert caught.value.message == "No more tea" and not caught.value.allow_retry


async def test_a_failure_is_not_meant_for_the_user() -> None:
    with pytest.raises(RuntimeError):
        await run("/fail")


async def test_the_title_changes() -> None:
    assert (await run("/title Tea and cake")).thread.title == "Tea and cake"


async def test_lock_and_close_change_the_threads_status_with_a_reason() -> None:
    assert (await run("/lock Back on Monday")).thread.status == Locked(reason="Back on Monday")
    assert (await run("/close Solved")).thread.status == Closed(reason="Solved")
    assert (await run("/lock")).thread.status == Locked(reason=None)


@pytest.mark.parametrize("kind", list(WIDGETS))
async def test_a_widget_is_one_finished_item_with_text_to_copy(kind: str) -> None:
    stage = await run(f"/widget {kind}")
    (item,) = stage.shown
    assert isinstance(item, WidgetItem) and item.copy_text
    assert [type(event) for event in stage.events] == [ItemDone]


@pytest.fixture(scope="module")
def stock() -> Any:
    """The reference server's own widget models, which warn that their vendor wants them written otherwise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return importlib.import_module("chatkit.widgets")


@pytest.mark.parametrize("kind", list(WIDGETS))
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_stock_models_accept_the_widget_and_lose_nothing(kind: str, stock: Any) -> None:
    widget = WIDGETS[kind]()
    root = stock.ListView if widget["type"] == "ListView" else stock.Card
    assert_kept(widget, root.model_validate(widget).model_dump(mode="json", exclude_none=True, by_alias=True))


def assert_kept(ours: Any, theirs: Any) -> None:
    """Everything of ours is there, whatever defaults they add."""
    if isinstance(ours, dict):
        for key, value in ours.items():
            assert_kept(value, theirs[key])
    elif isinstance(ours, list):
        for mine, other in zip(ours, theirs, strict=True):
            assert_kept(mine, other)
    else:
        assert theirs == ours


def test_the_form_has_every_kind_of_input() -> None:
    found = {(node["type"], node.get("inputType")) for node in nodes(WIDGETS["form"]()) if "name" in node}
    assert {kind for kind, _ in found} == {"Input", "Textarea", "Select", "DatePicker", "Checkbox", "RadioGroup"}
    assert {kind for _, kind in found if kind} == {"text", "email", "tel", "url", "number", "password"}


def test_the_chart_has_two_series_over_the_same_rows() -> None:
    (chart,) = [node for node in nodes(WIDGETS["chart"]()) if node["type"] == "Chart"]
    assert len(chart["series"]) == 2
    assert all(series["dataKey"] in row for series in chart["series"] for row in chart["data"])


@pytest.mark.parametrize("kind", ["card", "form"])
def test_card_and_form_carry_both_of_the_gallerys_actions(kind: str) -> None:
    actions = [value for node in nodes(WIDGETS[kind]()) for key, value in node.items() if key.endswith("Action")]
    by_type = {action["type"]: action for action in actions}
    assert by_type["gallery.echo"].get("streaming", True) is True
    assert by_type["gallery.touch"]["streaming"] is False


def nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    """A widget's nodes, depth first."""
    return [node, *(found for child in node.get("children", []) for found in nodes(child))]


async def test_a_widget_of_the_users_own_keeps_unknown_properties() -> None:
    widget = {"type": "Card", "sparkle": {"level": 11}, "children": [{"type": "Novelty", "x": [1, "two"]}]}
    stage = await run(f"/widget-json {json.dumps(widget)}")
    (item,) = stage.shown
    assert isinstance(item, WidgetItem) and item.widget == widget


async def test_a_widget_streams_its_text_and_ends_as_the_finished_one() -> None:
    stage = await run("/stream-widget")
    grown = updates(stage, ValueDelta)
    assert len(grown) >= 2
    assert [delta.done for delta in grown].index(True) == len(grown) - 1
    last = stage.events[-1]
    assert isinstance(last, ItemDone) and isinstance(last.item, WidgetItem)
    (text,) = [node for node in nodes(last.item.widget) if node.get("id") == "letter"]
    assert text["value"] == "".join(delta.delta for delta in grown) and text["streaming"] is False
    before_the_end = Stage()
    before_the_end.pushes = stage.pushes[:-1]
    assert before_the_end.shown == [last.item] or before_the_end.shown[0].widget == last.item.widget  # type: ignore[union-attr]


async def test_a_client_tool_waits_for_the_page_and_its_output_is_said() -> None:
    stage = await run('/client-tool pick_colour {"of": ["red", "blue"]}')
    (call,) = stage.shown
    assert isinstance(call, ClientToolCall) and call.status == "pending"
    assert (call.name, call.arguments) == ("pick_colour", {"of": ["red", "blue"]})
    await gallery.respond(stage.answer_call({"picked": "blue", "sure": None}))
    assert block(stage.said) == {"picked": "blue", "sure": None}


async def test_a_client_tool_needs_no_arguments_and_may_answer_nothing() -> None:
    stage = await run("/client-tool ping")
    await gallery.respond(stage.answer_call(None))
    assert block(stage.said) is None


async def test_a_hidden_item_may_stand_behind_a_pending_call() -> None:
    stage = await run("/client-tool-hidden ping")
    assert [type(item) for item in stage.stored[-2:]] == [ClientToolCall, HiddenContext]
    await gallery.respond(stage.answer_call(1))
    assert block(stage.said) == 1


async def test_a_form_asks_one_choice_and_one_open_question_and_says_the_answers() -> None:
    stage = await run("/ask")
    (form,) = stage.shown
    assert isinstance(form, StructuredInput) and form.status == "pending"
    choice, freeform = form.inputs
    assert isinstance(choice, MultipleChoice) and not choice.multiple and isinstance(freeform, Freeform)
    await gallery.respond(stage.answer_form({choice.id: ["Team"], freeform.id: ["A shop"]}))
    assert block(stage.said) == {
        "status": "answered",
        "answers": {
            choice.id: {"values": ["Team"], "skipped": False},
            freeform.id: {"values": ["A shop"], "skipped": False},
        },
    }


async def test_a_skipped_form_is_said_too() -> None:
    stage = await run("/ask")
    await gallery.respond(stage.answer_form({}))
    assert block(stage.said)["status"] == "skipped"


async def test_an_image_appears_step_by_step_as_a_raster_picture() -> None:
    stage = await run("/image")
    (item,) = stage.shown
    assert isinstance(item, GeneratedImage) and item.image is not None
    progress = [update.progress for update in updates(stage, ImageUpdated)]
    assert progress == sorted(progress) and len(progress) >= 2
    head, _, data = item.image.url.partition(",")
    assert head == "data:image/png;base64"
    with PillowImage.open(io.BytesIO(base64.b64decode(data))) as picture:
        picture.load()
        assert picture.size == (320, 200)
    assert len(item.image.url) < 20_000


async def test_an_effect_goes_to_the_page_by_name() -> None:
    stage = await run("/effect confetti")
    assert stage.events[0] == ClientEffect(name="confetti", data={"source": "gallery"})


async def test_sources_are_cited_where_their_sentence_ends() -> None:
    stage = await run("/sources")
    message = stage.shown[0]
    assert isinstance(message, AssistantMessage)
    (part,) = message.content
    assert [type(annotation.source) for annotation in part.annotations] == [
        UrlSource,
        FileSource,
        EntitySource,
        UrlSource,
    ]
    for annotation in part.annotations[:3]:
        assert annotation.index is not None and part.text[annotation.index - 1] == "."
    assert part.annotations[3].index is None


async def test_a_hidden_item_is_stored_and_text_follows() -> None:
    stage = await run("/hidden")
    assert isinstance(stage.stored[1], HiddenContext)
    assert [type(item) for item in stage.shown] == [AssistantMessage]


async def test_images_are_allowed_from_one_host() -> None:
    stage = await run("/images-from img.example.com")
    assert stage.thread.allowed_image_domains == ["img.example.com"]
    assert "https://img.example.com/" in stage.said


async def test_the_locale_is_told() -> None:
    assert "pt-BR" in (await run("/locale", locale="pt-BR")).said


async def test_markdown_exercises_all_of_it() -> None:
    said = (await run("/markdown")).said
    for sign in ("# ", "## ", "**", "~~", "1. ", "- [x]", "> ", "```python", "| ", "$$", "---", "#### ", "<script>"):
        assert sign in said


async def test_the_same_line_is_answered_the_same_way() -> None:
    for line in ("/help", "/tasks", "/sources", "/widget form", "/image"):
        first, second = await run(line), await run(line)
        assert [shape(item) for item in first.shown] == [shape(item) for item in second.shown]


def shape(item: Any) -> Any:
    return {
        name: repr(getattr(item, name)).replace(item.id, "")
        for name in item.__struct_fields__
        if name not in NO_TIME_OF_ITS_OWN | {"thread_id"}
    }


async def test_echo_says_the_payload() -> None:
    stage = Stage()
    sender = await stage.widget(WIDGETS["card"]())
    await gallery.respond(stage.act("gallery.echo", {"order": "A-1042", "n": [1, None]}, sender))
    assert block(stage.said) == {"order": "A-1042", "n": [1, None]}


async def test_the_pages_own_actions_are_echoed_too() -> None:
    stage = Stage()
    await gallery.respond(stage.act("page.ping", {"a": 1}))
    assert block(stage.said) == {"a": 1}


@pytest.mark.parametrize("kind", ["card", "form", "list"])
async def test_touch_gives_the_widget_back_with_a_count(kind: str) -> None:
    stage = Stage()
    sender = await stage.widget(WIDGETS[kind]())
    once = await gallery.sync_action(stage.thread, sender, "gallery.touch", {})
    assert once is not None and once.id == sender.id
    assert once.widget["status"]["text"] == "Touched: 1"
    assert once.widget["children"] == sender.widget["children"]
    twice = await gallery.sync_action(stage.thread, once, "gallery.touch", {})
    assert twice is not None and twice.widget["status"]["text"] == "Touched: 2"
    assert sender.widget == WIDGETS[kind]()


async def test_a_synchronous_action_without_a_handler_or_a_widget_is_refused() -> None:
    stage = Stage()
    sender = await stage.widget(WIDGETS["card"]())
    with pytest.raises(BadRequest, match=r"no synchronous action gallery\.dance"):
        await gallery.sync_action(stage.thread, sender, "gallery.dance", None)
    with pytest.raises(BadRequest, match="widget"):
        await gallery.sync_action(stage.thread, None, "gallery.touch", None)

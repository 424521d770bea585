"""A thread's items become the model's turns: nothing said is lost, nothing hidden is shown, and the budget holds."""

from typing import Any

import pytest

from chatdock.agents.history import IMAGE_TOKENS, build_history
from chatdock.clock import now
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
from chatdock.types.attachment import FileAttachment, ImageAttachment, StoredFile
from chatdock.types.content import (
    ChoiceOption,
    Freeform,
    InputTag,
    InputText,
    MultipleChoice,
    StructuredAnswer,
    output_text,
)
from chatdock.types.item import (
    AssistantMessage,
    ClientToolCall,
    EndOfTurn,
    GeneratedImage,
    HiddenContext,
    Image,
    Item,
    SdkHiddenContext,
    StructuredInput,
    TaskItem,
    WidgetItem,
    WorkflowItem,
)
from chatdock.types.task import Workflow, custom_task
from stage import Stage, user_message

SAME: dict[str, Any] = {"thread_id": "cthr_1", "created_at": now()}


def said(text: str, number: int = 0) -> AssistantMessage:
    return AssistantMessage(id=f"cti_a{number}", content=[output_text(text)], **SAME)


async def turns_of(
    *items: Item, stage: RunContext | None = None, tokens: int = 10_000, images: bool = True
) -> list[Turn]:
    return await build_history(items, stage or Stage(), tokens=tokens, images=images)


def stored(stage: Stage, file_id: str, mime_type: str, data: bytes, kind: Any = "file") -> None:
    file = StoredFile(
        id=file_id, session_id="s", name="n", mime_type=mime_type, size_bytes=len(data), kind=kind, created_at=now()
    )
    stage.files[file_id] = file, data


async def test_messages_become_turns_in_order() -> None:
    turns = await turns_of(user_message("Hi"), said("Hello"), user_message("Bye"))
    assert turns == [UserTurn([TextPart("Hi")]), AssistantTurn("Hello"), UserTurn([TextPart("Bye")])]


async def test_a_quotation_comes_before_what_is_said_about_it() -> None:
    (turn,) = await turns_of(user_message("Why?", quoted="The sky\nis blue"))
    assert turn == UserTurn([TextPart("About this passage:\n> The sky\n> is blue"), TextPart("Why?")])


async def test_a_mention_reads_as_text_and_brings_its_data() -> None:
    content = [InputText(text="Ask "), InputTag(id="u7", text="Ada", data={"team": "ops"}), InputText(text=" please")]
    (turn,) = await turns_of(user_message("", content=content))
    assert isinstance(turn, UserTurn)
    first, second = turn.parts
    assert first == TextPart("Ask @Ada please")
    assert isinstance(second, TextPart) and '{"id":"u7","name":"Ada","data":{"team":"ops"}}' in second.text


async def test_an_attached_image_goes_to_the_model_as_it_is() -> None:
    stage = Stage()
    stored(stage, "f1", "image/png", b"png", "image")
    attachment = ImageAttachment(id="f1", name="cat.png", mime_type="image/png", preview_url="/p")
    (turn,) = await turns_of(user_message("Look", attachments=[attachment]), stage=stage)
    assert turn == UserTurn([TextPart("Look"), ImagePart("image/png", b"png")])


async def test_a_model_without_eyes_gets_the_images_name() -> None:
    stage = Stage()
    stored(stage, "f1", "image/png", b"png", "image")
    attachment = ImageAttachment(id="f1", name="cat.png", mime_type="image/png", preview_url="/p")
    (turn,) = await turns_of(user_message("Look", attachments=[attachment]), stage=stage, images=False)
    assert isinstance(turn, UserTurn) and isinstance(turn.parts[1], TextPart)
    assert "cat.png" in turn.parts[1].text


async def test_an_image_no_provider_would_take_is_named() -> None:
    stage = Stage()
    stored(stage, "f1", "image/png", b"x" * (20 * 1024 * 1024 + 1), "image")
    attachment = ImageAttachment(id="f1", name="huge.png", mime_type="image/png", preview_url="/p")
    (turn,) = await turns_of(user_message("Look", attachments=[attachment]), stage=stage)
    assert isinstance(turn, UserTurn) and isinstance(turn.parts[1], TextPart)
    assert "huge.png" in turn.parts[1].text and "too large" in turn.parts[1].text


@pytest.mark.parametrize("mime_type", ["text/plain", "text/csv; charset=utf-8", "application/json"])
async def test_a_text_file_is_read_out_with_its_name(mime_type: str) -> None:
    stage = Stage()
    stored(stage, "f1", mime_type, "a,b\n1,é".encode())
    attachment = FileAttachment(id="f1", name="data.csv", mime_type=mime_type)
    (turn,) = await turns_of(user_message("Read", attachments=[attachment]), stage=stage)
    assert turn == UserTurn([TextPart("Read"), TextPart("Attached file: data.csv\n\na,b\n1,é")])


async def test_a_long_text_file_is_cut() -> None:
    stage = Stage()
    stored(stage, "f1", "text/plain", b"x" * 1_000_000)
    attachment = FileAttachment(id="f1", name="long.txt", mime_type="text/plain")
    (turn,) = await turns_of(user_message("Read", attachments=[attachment]), stage=stage, tokens=100_000)
    assert isinstance(turn, UserTurn) and isinstance(turn.parts[1], TextPart)
    assert len(turn.parts[1].text) < 50_000 and turn.parts[1].text.endswith("(cut)")


async def test_other_files_and_files_that_are_gone_are_named() -> None:
    attachments = [
        FileAttachment(id="f1", name="report.pdf", mime_type="application/pdf"),
        FileAttachment(id="f2", name="gone.txt", mime_type="text/plain"),
    ]
    (turn,) = await turns_of(user_message("Read", attachments=attachments))
    assert isinstance(turn, UserTurn)
    texts = [part.text for part in turn.parts if isinstance(part, TextPart)]
    assert "report.pdf" in texts[1] and "cannot be read" in texts[1]
    assert "gone.txt" in texts[2] and "no longer" in texts[2]


async def test_an_answered_client_call_is_a_call_and_its_result() -> None:
    call = ClientToolCall(id="i", status="completed", call_id="c1", name="pick", arguments={"a": 1}, output=[2], **SAME)
    assert await turns_of(call) == [ToolCallTurn("c1", "pick", '{"a":1}'), ToolResultTurn("c1", "[2]")]


async def test_a_call_nobody_answered_still_has_a_result() -> None:
    call = ClientToolCall(id="i", status="pending", call_id="c1", name="pick", arguments={}, **SAME)
    turns = await turns_of(call, user_message("Never mind"))
    assert isinstance(turns[1], ToolResultTurn) and "did not answer" in turns[1].output


async def test_recorded_tool_calls_are_rebuilt_and_other_hidden_context_is_a_note() -> None:
    record = {
        "type": "tool_calls",
        "calls": [{"call_id": "c1", "name": "f", "arguments": "{}", "output": "ok"}],
    }
    turns = await turns_of(
        HiddenContext(id="1", content=record, **SAME),
        HiddenContext(id="2", content="plain", **SAME),
        HiddenContext(id="3", content={"type": "tool_calls", "calls": "of the author's own"}, **SAME),
        SdkHiddenContext(id="4", content="The user stopped this answer.", **SAME),
    )
    assert turns == [
        ToolCallTurn("c1", "f", "{}"),
        ToolResultTurn("c1", "ok"),
        ContextTurn("plain"),
        ContextTurn('{"type":"tool_calls","calls":"of the author\'s own"}'),
        ContextTurn("The user stopped this answer."),
    ]


async def test_a_widget_is_a_bounded_note() -> None:
    small = WidgetItem(id="1", widget={"type": "Card", "children": []}, **SAME)
    large = WidgetItem(id="2", widget={"type": "Card", "text": "x" * 50_000}, **SAME)
    first, second = await turns_of(small, large, tokens=100_000)
    assert isinstance(first, ContextTurn) and '{"type":"Card","children":[]}' in first.text
    assert isinstance(second, ContextTurn) and len(second.text) < 5_000


async def test_a_forms_answers_are_told_question_by_question() -> None:
    inputs: list[Any] = [
        MultipleChoice(
            id="q1",
            question="Size?",
            options=[ChoiceOption(value="S")],
            multiple=True,
            answer=StructuredAnswer(values=["S", "M"], skipped=False),
        ),
        Freeform(id="q2", question="Why?", answer=StructuredAnswer(values=[], skipped=True)),
    ]
    answered = StructuredInput(id="1", status="answered", inputs=inputs, **SAME)
    skipped = StructuredInput(id="2", status="skipped", inputs=inputs, **SAME)
    first, second = await turns_of(answered, skipped)
    assert isinstance(first, ContextTurn) and "- Size? S; M" in first.text and "- Why? (skipped)" in first.text
    assert isinstance(second, ContextTurn) and "gave no answer" in second.text


async def test_what_only_eyes_need_is_left_out() -> None:
    turns = await turns_of(
        WorkflowItem(id="1", workflow=Workflow(type="custom", tasks=[], expanded=False), **SAME),
        TaskItem(id="2", task=custom_task("t"), **SAME),
        EndOfTurn(id="3", **SAME),
        AssistantMessage(id="4", content=[], **SAME),
        GeneratedImage(id="5", **SAME),
    )
    assert turns == []
    (shown,) = await turns_of(GeneratedImage(id="6", image=Image(id="6", url="data:,"), **SAME))
    assert isinstance(shown, ContextTurn) and "data:" not in shown.text


async def test_the_newest_turns_within_the_budget_are_kept() -> None:
    items = [said("x" * 400, number) for number in range(10)]  # a hundred tokens each
    assert len(await turns_of(*items, tokens=350)) == 3
    assert len(await turns_of(*items, tokens=10_000)) == 10


async def test_the_newest_message_is_kept_whatever_it_costs() -> None:
    turns = await turns_of(said("old"), user_message("y" * 40_000), tokens=300)
    assert len(turns) == 1


async def test_the_budget_never_parts_a_call_from_its_result() -> None:
    record = {"type": "tool_calls", "calls": [{"call_id": "c", "name": "f", "arguments": "{}", "output": "o" * 400}]}
    items = [HiddenContext(id="1", content=record, **SAME), user_message("n" * 400)]
    assert len(await turns_of(*items, tokens=150)) == 1
    assert len(await turns_of(*items, tokens=250)) == 3


async def test_an_image_costs_the_same_whatever_its_bytes() -> None:
    stage = Stage()
    stored(stage, "f1", "image/png", b"x" * 5_000_000, "image")
    attachment = ImageAttachment(id="f1", name="a.png", mime_type="image/png", preview_url="/p")
    items = [said("before"), user_message("Look", attachments=[attachment])]
    assert len(await turns_of(*items, stage=stage, tokens=IMAGE_TOKENS + 50)) == 2

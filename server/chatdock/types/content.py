"""What messages are made of: parts, annotations and the sources behind them."""

from typing import Any

from chatdock.types.wire import Wire


class InputText(Wire, tag="input_text", tag_field="type"):
    """Plain user text; never read as Markdown."""

    text: str


class InputTag(Wire, tag="input_tag", tag_field="type"):
    """An entity the user mentioned. `data` is required on the wire, as in the reference server."""

    id: str
    text: str
    data: dict[str, Any]
    group: str | None = None
    interactive: bool | None = None


UserContent = InputText | InputTag


class UrlSource(Wire, tag="url", tag_field="type"):
    """A web page an answer refers to."""

    title: str
    url: str
    attribution: str | None = None
    description: str | None = None
    timestamp: str | None = None
    group: str | None = None


class FileSource(Wire, tag="file", tag_field="type"):
    """A file an answer refers to."""

    title: str
    filename: str
    description: str | None = None
    timestamp: str | None = None
    group: str | None = None


class EntitySource(Wire, tag="entity", tag_field="type"):
    """Something of the customer's own world; `interactive` wires its click and preview."""

    title: str
    id: str
    interactive: bool
    data: dict[str, Any]
    icon: str | None = None
    label: str | None = None
    inline_label: str | None = None
    description: str | None = None
    timestamp: str | None = None
    group: str | None = None
    preview: str | None = None


Source = UrlSource | FileSource | EntitySource


class Annotation(Wire, tag="annotation", tag_field="type"):
    """A source, and the character offset after which its marker stands (none: only in the list of sources)."""

    source: Source
    index: int | None = None


class OutputText(Wire, tag="output_text", tag_field="type"):
    """A part of an answer, in GitHub-flavoured Markdown."""

    text: str
    annotations: list[Annotation]


class StructuredAnswer(Wire):
    """What the user chose or wrote for one question."""

    values: list[str]
    skipped: bool


class ChoiceOption(Wire):
    """One option of a multiple-choice question."""

    value: str


class MultipleChoice(Wire, tag="multiple_choice", tag_field="type"):
    """A question with options; the user may also write an answer of their own."""

    id: str
    question: str
    options: list[ChoiceOption]
    multiple: bool
    answer: StructuredAnswer | None = None


class Freeform(Wire, tag="freeform", tag_field="type"):
    """A question answered in the user's own words."""

    id: str
    question: str
    description: str | None = None
    answer: StructuredAnswer | None = None


Question = MultipleChoice | Freeform


class ToolChoice(Wire):
    """The composer tool the user picked."""

    id: str


class InferenceOptions(Wire):
    """What the composer's pickers were set to; `{}` when nothing was."""

    tool_choice: ToolChoice | None = None
    model: str | None = None


def output_text(text: str, annotations: list[Annotation] | None = None) -> OutputText:
    """A text part; the usual way to build one."""
    return OutputText(text=text, annotations=annotations or [])

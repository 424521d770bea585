"""A directory of workflows: YAML files that describe agents and Python files beside them, subdirectories included.

Every mistake is one sentence with the file's name and the path inside it, said before the server starts.
"""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml
from msgspec import Meta

from chatdock.agents.agent import HISTORY_TOKENS, MAX_TURNS, Agent
from chatdock.errors import ConfigurationError
from chatdock.models.base import Model, ModelSettings, ToolSpec
from chatdock.runs.responder import ConcurrentInput, Definition, Prompt
from chatdock.tools.base import Tool
from chatdock.workflows.builtin.gallery.workflow import gallery
from chatdock.workflows.folder import Folder, content_version

Resolve = Callable[
    [str], tuple[Model, str]
]  # "provider/name", or "" for the server's default, to a model and its name there

Slug = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
ToolName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]  # what providers allow
Text = Annotated[str, Meta(min_length=1)]
Days = Annotated[float, Meta(gt=0)] | Literal["inf"]
Seconds = Annotated[float, Meta(ge=0)] | Literal["inf"]  # YAML's own word is .inf, which few know
Schema = dict[str, Any]  # a JSON schema is open JSON

_BUILTIN = Path(__file__).parent / "builtin"
NO_PARAMETERS: Schema = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


class ClientToolFile(msgspec.Struct, forbid_unknown_fields=True):
    """A tool of the page's. `strict` promises that `parameters` is closed and requires all of its properties."""

    name: ToolName
    description: Text
    parameters: Schema = msgspec.field(default_factory=lambda: dict(NO_PARAMETERS))
    strict: bool = False


class PromptFile(msgspec.Struct, forbid_unknown_fields=True):
    """A starter prompt of the start screen."""

    label: Text
    prompt: Text
    icon: str | None = None


class AgentFile(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One YAML file. `model` is `provider/name`; without it the server's default answers."""

    id: Slug
    name: Text
    instructions: Text
    model: str = ""
    tools: list[ToolName] = []
    client_tools: list[ClientToolFile] = []
    greeting: str | None = None
    prompts: list[PromptFile] = []
    model_settings: ModelSettings = ModelSettings()
    concurrent_input: ConcurrentInput = "reject"
    on_disconnect_grace_seconds: Seconds | None = None
    max_turns: Annotated[int, Meta(ge=1, le=100)] = MAX_TURNS
    history_tokens: Annotated[int, Meta(ge=256)] = HISTORY_TOKENS
    accepts_images: bool = True
    keep_threads_days: Days | None = None
    keep_files_days: Days | None = None


def builtin(resolve: Resolve, tools: Iterable[Tool]) -> list[Definition]:
    """`wf_demo` and `wf_gallery`; `tools` as for `load`. Raises: ConfigurationError from `resolve`."""
    version = content_version(sorted((_BUILTIN / "gallery").glob("*.py")))
    return [*load(_BUILTIN / "demo", resolve, tools), gallery.definition(version)]


def load(directory: Path, resolve: Resolve, tools: Iterable[Tool]) -> list[Definition]:
    """The workflows of a directory; `tools` are the built-in ones, which any YAML file may name.

    Raises: ConfigurationError.
    """
    if not directory.is_dir():
        raise ConfigurationError(f"The workflows directory {directory} does not exist.")
    shared = {tool.spec.name: tool for tool in tools}
    found: dict[str, tuple[Path, Definition]] = {}
    for path in _folders(directory):
        for file, definition in _load_folder(Folder(path), resolve, shared):
            if definition.id in found:
                first, _ = found[definition.id]
                raise ConfigurationError(f"Two workflows have the id {definition.id}: {first} and {file}.")
            found[definition.id] = file, definition
    return [definition for _, definition in found.values()]


def _folders(directory: Path) -> list[Path]:
    """The directory and those below it, but for hidden and private ones."""
    below = [path for path in sorted(directory.iterdir()) if path.is_dir() and path.name[0] not in "._"]
    return [directory, *(folder for path in below for folder in _folders(path))]


def _load_folder(folder: Folder, resolve: Resolve, shared: Mapping[str, Tool]) -> Iterable[tuple[Path, Definition]]:
    for file in sorted([*folder.path.glob("*.yaml"), *folder.path.glob("*.yml")]):
        yield file, _agent(file, folder, resolve, shared)
    for file, function in folder.workflows:
        yield file, function.definition(folder.version())


def _agent(file: Path, folder: Folder, resolve: Resolve, shared: Mapping[str, Tool]) -> Definition:
    written = read_agent(file)
    tools, client_tools = _find_tools(file, written, folder, shared)
    try:
        model, model_name = resolve(written.model)
    except ConfigurationError as error:
        if not written.model:
            raise  # the server's own model: the settings are to blame, not this file
        raise ConfigurationError(f"{file}: {error.message}") from error
    return Definition(
        id=written.id,
        version=folder.version(file),
        name=written.name,
        responder=Agent(
            model=model,
            model_name=model_name,
            instructions=written.instructions,
            tools=tools,
            client_tools=client_tools,
            settings=written.model_settings,
            max_turns=written.max_turns,
            history_tokens=written.history_tokens,
            accepts_images=written.accepts_images,
        ),
        greeting=written.greeting,
        prompts=[Prompt(prompt.label, prompt.prompt, prompt.icon) for prompt in written.prompts],
        on_disconnect_grace_seconds=_number(written.on_disconnect_grace_seconds),
        concurrent_input=written.concurrent_input,
        accepts_images=written.accepts_images,
        keep_threads_days=_number(written.keep_threads_days),
        keep_files_days=_number(written.keep_files_days),
    )


def read_agent(file: Path) -> AgentFile:
    """One YAML file, validated. Raises: ConfigurationError."""
    try:
        content = _parse(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file} is not UTF-8 text.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{file}, line {line}: {error.problem or 'this is not YAML'}.") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{file} is not YAML: {error}.") from error
    try:
        return msgspec.convert(content, AgentFile)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{file}: {error}.") from error


def _parse(text: str) -> Any:
    """YAML's plain data. Raises: YAMLError, in the words of the parser that is written in Python."""
    if yaml.__with_libyaml__:
        with contextlib.suppress(yaml.YAMLError):
            return yaml.load(text, yaml.CSafeLoader)  # a tenth of the other one's cost
    return yaml.safe_load(text)


def _number(value: float | Literal["inf"] | None) -> float | None:
    return None if value is None else float(value)


def _find_tools(
    file: Path, written: AgentFile, folder: Folder, shared: Mapping[str, Tool]
) -> tuple[list[Tool], list[ToolSpec]]:
    """The tools a file names: its folder's, then the shared ones; and those of the page."""
    tools: list[Tool] = []
    page = [ToolSpec(tool.name, tool.description, tool.parameters, tool.strict) for tool in written.client_tools]
    for name in written.tools:
        tool = folder.tools.get(name) or shared.get(name)
        if tool is not None:
            tools.append(tool)
        elif name in folder.client_tools:
            page.append(folder.client_tools[name])
        else:
            raise ConfigurationError(f"{file}: there is no tool {name} beside it or among the built-in ones.")
    names = [tool.spec.name for tool in tools] + [spec.name for spec in page]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigurationError(f"{file}: the tool {twice} is there twice.")
    return tools, page

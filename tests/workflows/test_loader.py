"""A directory of workflows: YAML and Python side by side, and one sentence for every mistake."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from chatdock.agents.agent import Agent
from chatdock.errors import ConfigurationError
from chatdock.models.base import Finished, Model, Text, ToolCall, ToolResultTurn
from chatdock.runs.responder import Catalog, Definition, Prompt
from chatdock.tools.builtin import BUILTIN_TOOLS
from chatdock.workflows import loader
from stage import Script, Stage

DONE = Finished("stop")
Write = Callable[[str, str], Path]
LEAST = "id: wf_a\nname: A\nmodel: demo\ninstructions: Be kind.\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file into the workflows directory and gives the directory."""

    def to_file(name: str, content: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(content), encoding="utf-8")
        return tmp_path

    return to_file


def load(directory: Path, model: Script | None = None) -> dict[str, Definition]:
    def resolve(name: str) -> tuple[Model, str]:
        if name.startswith("nobody/"):
            raise ConfigurationError(f"There is no model provider in {name}.")
        return model or Script(), name or "the-default"

    return {found.id: found for found in loader.load(directory, resolve, BUILTIN_TOOLS)}


def agent_of(definition: Definition) -> Agent:
    assert isinstance(definition.responder, Agent)
    return definition.responder


def mistake(directory: Path) -> str:
    """The one sentence the operator reads."""
    with pytest.raises(ConfigurationError) as caught:
        load(directory)
    message = caught.value.message
    assert "\n" not in message and message.endswith(".")
    return message.replace(str(directory), "DIR")


def test_four_lines_are_an_agent(write: Write) -> None:
    definition = load(write("a.yaml", LEAST))["wf_a"]
    assert (definition.name, definition.greeting, definition.prompts) == ("A", None, [])
    agent = agent_of(definition)
    assert (agent.model_name, agent.instructions, agent.max_turns) == ("demo", "Be kind.", 10)


def test_without_a_model_the_servers_default_answers(write: Write) -> None:
    directory = write("a.yaml", "id: wf_a\nname: A\ninstructions: Be kind.\n")
    assert agent_of(load(directory)["wf_a"]).model_name == "the-default"


def test_everything_an_agent_may_say_is_read(write: Write) -> None:
    directory = write(
        "a.yml",
        """\
        id: wf_all
        name: All of it
        model: openai_chat/llama
        instructions: |
          Line one.
          Line two.
        greeting: Hello there
        prompts:
          - {label: Hi, prompt: Say hi, icon: star}
        tools: [calculate]
        client_tools:
          - name: pick
            description: Picks.
          - name: paint
            description: Paints.
            strict: true
            parameters: {type: object, properties: {c: {type: string}}, required: [c], additionalProperties: false}
        model_settings: {temperature: 0.2, max_output_tokens: 500, tool_choice: auto}
        concurrent_input: reject
        on_disconnect_grace_seconds: .inf
        max_turns: 4
        history_tokens: 9000
        accepts_images: false
        """,
    )
    definition = load(directory)["wf_all"]
    assert definition.greeting == "Hello there"
    assert definition.prompts == [Prompt("Hi", "Say hi", "star")]
    assert definition.on_disconnect_grace_seconds == float("inf")
    assert definition.accepts_images is False
    agent = agent_of(definition)
    assert [tool.spec.name for tool in agent.tools] == ["calculate"]
    assert [(spec.name, spec.strict) for spec in agent.client_tools] == [("pick", False), ("paint", True)]
    assert agent.client_tools[0].parameters["type"] == "object"
    assert agent.settings.temperature == 0.2 and agent.settings.max_output_tokens == 500
    assert (agent.max_turns, agent.history_tokens) == (4, 9000)


async def test_a_tool_in_a_python_file_beside_the_yaml_is_called_by_name(write: Write) -> None:
    write("a.yaml", LEAST + "tools: [double]\n")
    directory = write(
        "tools.py",
        '''\
        from chatdock import tool


        @tool
        def double(number: int) -> int:
            """Doubles."""
            return number * 2
        ''',
    )
    model = Script([[ToolCall("c1", "double", '{"number":21}'), Finished("tool_calls")]], [[Text("42"), DONE]])
    stage = Stage().say("Double 21")
    await load(directory, model)["wf_a"].responder.respond(stage)
    assert model.requests[1].turns[-1] == ToolResultTurn("c1", "42")


async def test_an_async_function_is_a_workflow(write: Write) -> None:
    directory = write(
        "hello.py",
        '''\
        from chatdock import RunContext, workflow
        from chatdock.runs.responder import Prompt


        @workflow("wf_hello", name="Hello", greeting="Say something", prompts=[Prompt("Hi", "Hi")])
        async def hello(ctx: RunContext) -> None:
            """Greets."""
            await ctx.text(f"Hello, {ctx.actor.user}!")


        @hello.on_action("hello.wave")
        async def wave(ctx: RunContext, payload: object) -> None:
            await ctx.text(f"Waved {payload}")


        @hello.on_sync_action("hello.like")
        async def like(sender: object, payload: object) -> dict[str, object]:
            return {"type": "Card", "children": [], "liked": payload, "nothing": None}


        @hello.on_sync_action("hello.ignore")
        def ignore(sender: object, payload: object) -> None:
            return None
        ''',
    )
    definition = load(directory)["wf_hello"]
    assert (definition.name, definition.greeting, len(definition.prompts)) == ("Hello", "Say something", 1)
    responder, stage = definition.responder, Stage().say("Hi")
    await responder.respond(stage)
    assert stage.said == "Hello, ada!"
    await responder.respond(stage.act("hello.wave", 3))
    assert stage.said == "Waved 3"
    await responder.respond(stage.act("hello.other"))
    assert stage.said == "Hello, ada!"
    sender = await stage.widget({"type": "Card", "children": []})
    liked = await responder.sync_action(stage.thread, sender, "hello.like", 2)
    assert liked is not None and liked.id == sender.id
    assert liked.widget == {"type": "Card", "children": [], "liked": 2}
    assert await responder.sync_action(stage.thread, sender, "hello.ignore", 2) is None
    assert await responder.title("where is my parcel today please") == "where is my parcel today please"


def test_yaml_and_python_say_how_long_threads_and_files_are_kept(write: Write) -> None:
    write("a.yaml", LEAST + "keep_threads_days: 0.5\nkeep_files_days: .inf\n")
    directory = write(
        "b.py",
        """
        from chatdock import workflow

        @workflow("wf_b", keep_threads_days=30)
        async def b(ctx): ...
        """,
    )
    kept = {each.id: (each.keep_threads_days, each.keep_files_days) for each in load(directory).values()}
    assert kept == {"wf_a": (0.5, float("inf")), "wf_b": (30, None)}
    write("a.yaml", LEAST + "keep_threads_days: 0\n")
    assert "keep_threads_days" in mistake(directory)
    write("a.yaml", LEAST)
    write("b.py", "from chatdock import workflow\nworkflow('wf_b', keep_files_days=-1)\n")
    assert "keep_files_days of wf_b must be more than 0" in mistake(directory)


@pytest.mark.parametrize("name", ["on_disconnect_grace_seconds", "keep_threads_days", "keep_files_days"])
@pytest.mark.parametrize(("written", "read"), [("inf", float("inf")), (".inf", float("inf")), ("1.5", 1.5)])
def test_for_ever_is_written_as_in_the_settings(write: Write, name: str, written: str, read: float) -> None:
    assert getattr(load(write("a.yaml", f"{LEAST}{name}: {written}\n"))["wf_a"], name) == read


def test_folders_keep_their_tools_apart(write: Write) -> None:
    for folder, factor in (("one", 2), ("two", 3)):
        write(f"{folder}/a.yaml", LEAST.replace("wf_a", f"wf_{folder}") + "tools: [times]\n")
        directory = write(
            f"{folder}/tools.py",
            f'''\
            from chatdock import tool


            @tool
            def times(number: int) -> int:
                """Multiplies."""
                return number * {factor}
            ''',
        )
    found = load(directory)
    results = [agent_of(found[name]).tools[0](5) for name in ("wf_one", "wf_two")]  # type: ignore[operator]
    assert results == [10, 15]


def test_files_of_a_folder_import_one_another_and_private_ones_offer_nothing(write: Write) -> None:
    write("_shared.py", "FACTOR = 7\n")
    write("a.yaml", LEAST + "tools: [times]\n")
    write("_not_loaded/b.yaml", "nonsense: true\n")
    write(".hidden/b.yaml", "nonsense: true\n")
    directory = write(
        "tools.py",
        '''\
        from chatdock import tool

        from ._shared import FACTOR


        @tool
        def times(number: int) -> int:
            """Multiplies."""
            return number * FACTOR
        ''',
    )
    assert agent_of(load(directory)["wf_a"]).tools[0](6) == 42  # type: ignore[operator]


def test_a_folders_own_tool_comes_before_a_built_in_one(write: Write) -> None:
    write("a.yaml", LEAST + "tools: [calculate]\n")
    directory = write(
        "tools.py",
        '''\
        from chatdock import tool


        @tool
        def calculate(sum: str) -> str:
            """Guesses."""
            return "about ten"
        ''',
    )
    assert agent_of(load(directory)["wf_a"]).tools[0].spec.description == "Guesses."


def test_a_client_tool_may_be_written_in_python(write: Write) -> None:
    write("a.yaml", LEAST + "tools: [pick]\n")
    directory = write(
        "page.py", 'from chatdock.tools.client import client_tool\n\npick = client_tool("pick", "Picks.")\n'
    )
    agent = agent_of(load(directory)["wf_a"])
    assert agent.tools == [] and [spec.name for spec in agent.client_tools] == ["pick"]


def test_the_version_follows_the_content_of_the_yaml_and_the_python(write: Write) -> None:
    write("a.yaml", LEAST)
    directory = write("b.yaml", LEAST.replace("wf_a", "wf_b"))
    first = {name: found.version for name, found in load(directory).items()}
    assert {name: found.version for name, found in load(directory).items()} == first
    assert all(len(version) == 12 for version in first.values())

    write("b.yaml", LEAST.replace("wf_a", "wf_b") + "greeting: Hi\n")
    second = {name: found.version for name, found in load(directory).items()}
    assert second["wf_a"] == first["wf_a"] and second["wf_b"] != first["wf_b"]

    write("tools.py", "LIMIT = 3\n")
    assert load(directory)["wf_a"].version != first["wf_a"]


def test_python_that_changed_is_imported_again(write: Write) -> None:
    source = "from chatdock.tools.client import client_tool\n\npick = client_tool('pick', '{}')\n"
    write("a.yaml", LEAST + "tools: [pick]\n")
    for description in ("First.", "Second."):
        directory = write("page.py", source.format(description))
        assert agent_of(load(directory)["wf_a"]).client_tools[0].description == description


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("name: A\ninstructions: x\n", "DIR/a.yaml: Object missing required field `id`."),
        ("", "DIR/a.yaml: Expected `object`, got `null`."),
        (LEAST + "colour: red\n", "DIR/a.yaml: Object contains unknown field `colour`."),
        (LEAST + "max_turns: many\n", "DIR/a.yaml: Expected `int`, got `str` - at `$.max_turns`."),
        (LEAST + "max_turns: 0\n", "DIR/a.yaml: Expected `int` >= 1 - at `$.max_turns`."),
        (LEAST + "prompts: [{label: x}]\n", "DIR/a.yaml: Object missing required field `prompt` - at `$.prompts[0]`."),
        (
            LEAST + "prompts: [{label: x, prompt: y, icno: z}]\n",
            "DIR/a.yaml: Object contains unknown field `icno` - at `$.prompts[0]`.",
        ),
        (LEAST + "concurrent_input: queue\n", "DIR/a.yaml: Invalid enum value 'queue' - at `$.concurrent_input`."),
        (
            LEAST + "model_settings: {temprature: 1}\n",
            "DIR/a.yaml: Object contains unknown field `temprature` - at `$.model_settings`.",
        ),
        (LEAST + "tools: [fly]\n", "DIR/a.yaml: there is no tool fly beside it or among the built-in ones."),
        (LEAST + "tools: [calculate, calculate]\n", "DIR/a.yaml: the tool calculate is there twice."),
        (LEAST.replace("demo", "nobody/x"), "DIR/a.yaml: There is no model provider in nobody/x."),
        ("id: wf a\nname: A\ninstructions: x\n", "DIR/a.yaml: Expected `str` matching regex"),
        ("id: [1\nname: A\n", "DIR/a.yaml, line 2: "),
        ("id: 'unfinished\n", "DIR/a.yaml, line 2: "),
        ("id: *nobody\n", "DIR/a.yaml, line 1: found undefined alias"),
        ("id: !!python/object/apply:os.getcwd []\n", "DIR/a.yaml, line 1: "),
    ],
)
def test_a_mistake_in_yaml_is_one_sentence_with_its_place(write: Write, content: str, sentence: str) -> None:
    assert mistake(write("a.yaml", content)).startswith(sentence)


def test_a_file_that_is_no_text_is_named(write: Write) -> None:
    directory = write("a.yaml", "")
    (directory / "a.yaml").write_bytes(b"id: \xff\xfe")
    assert mistake(directory) == "DIR/a.yaml is not UTF-8 text."


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("import nothing_of_that_name\n", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("def broken(:\n", "SyntaxError: "),
        ("raise SystemError('line one\\nline two')\n", "SystemError: line one line two"),
        (
            "from chatdock import tool\n\n@tool\ndef f(x):\n    return x\n",
            "Tool f: the parameter x needs a type",
        ),
    ],
)
def test_a_mistake_in_python_is_one_sentence_with_the_file(write: Write, content: str, hint: str) -> None:
    message = mistake(write("tools.py", content))
    assert message.startswith("DIR/tools.py") and hint in message


def test_two_workflows_with_one_id_are_refused_with_both_places(write: Write) -> None:
    write("a.yaml", LEAST)
    directory = write("more/b.yaml", LEAST)
    assert mistake(directory) == "Two workflows have the id wf_a: DIR/a.yaml and DIR/more/b.yaml."


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        load(tmp_path / "nowhere")


def test_the_built_in_workflows_load_and_the_demo_offers_its_tools() -> None:
    def resolve(name: str) -> tuple[Model, str]:
        assert name == ""
        return Script(), "demo"

    catalog = Catalog(loader.builtin(resolve, BUILTIN_TOOLS))
    demo, gallery = catalog.get("wf_demo"), catalog.get("wf_gallery")
    for found in (demo, gallery):
        assert found.greeting and len(found.prompts) == 4 and all(prompt.icon for prompt in found.prompts)
    agent = agent_of(demo)
    assert [tool.spec.name for tool in agent.tools] == ["current_time", "calculate"]
    assert [spec.name for spec in agent.client_tools] == ["switch_theme"]

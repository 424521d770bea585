"""Models by name: which provider a name means, and what an operator reads where it means none."""

import pytest

from chatdock.errors import ConfigurationError
from chatdock.models.demo import DemoModel
from chatdock.models.openai_chat import OpenAIChat
from chatdock.models.openai_responses import OpenAIResponses
from chatdock.models.registry import ModelPool, create_model

URL = "http://127.0.0.1:11434/v1"


@pytest.mark.parametrize(
    ("provider", "kind"), [("demo", DemoModel), ("openai_responses", OpenAIResponses), ("openai_chat", OpenAIChat)]
)
def test_each_provider_makes_its_model(provider: str, kind: type) -> None:
    assert type(create_model(provider, api_key="k", base_url=URL)) is kind


@pytest.mark.parametrize(
    ("name", "base_url", "kind", "model"),
    [
        ("openai_responses/gpt-5-mini", "", OpenAIResponses, "gpt-5-mini"),
        ("openai_responses/gpt-5-mini", URL, OpenAIResponses, "gpt-5-mini"),
        ("openai_chat/llama3.2", URL, OpenAIChat, "llama3.2"),
        ("openai_chat/meta-llama/Llama-3.3-70B", URL, OpenAIChat, "meta-llama/Llama-3.3-70B"),
        ("gpt-5-mini", "", OpenAIResponses, "gpt-5-mini"),
        ("llama3.2", URL, OpenAIChat, "llama3.2"),
        ("meta-llama/Llama-3.3-70B", URL, OpenAIChat, "meta-llama/Llama-3.3-70B"),
        ("demo", "", DemoModel, "demo"),
        ("demo/anything", URL, DemoModel, "anything"),
    ],
)
def test_a_name_leads_to_a_provider_and_its_own_name_for_the_model(
    name: str, base_url: str, kind: type, model: str
) -> None:
    found, its_name = ModelPool("k", base_url).resolve(name)
    assert type(found) is kind
    assert its_name == model


def test_no_name_is_the_default() -> None:
    assert isinstance(ModelPool().resolve()[0], DemoModel)
    found, name = ModelPool("k", default="openai_responses/gpt-5-mini").resolve("")
    assert (type(found), name) == (OpenAIResponses, "gpt-5-mini")


def test_a_pool_has_one_model_a_provider() -> None:
    pool = ModelPool("k", URL)
    assert pool.resolve("openai_chat/a")[0] is pool.resolve("openai_chat/b")[0]
    assert pool.resolve("openai_chat/a")[0] is not pool.resolve("openai_responses/a")[0]


@pytest.mark.parametrize(
    ("name", "key", "base_url", "sentence"),
    [
        (
            "anthropic/claude",
            "k",
            "",
            "There is no model provider 'anthropic'; there are demo, openai_responses, openai_chat.",
        ),
        (
            "openai_responses/gpt-5-mini",
            "",
            "",
            "The model provider openai_responses needs OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own.",
        ),
        (
            "llama3.2",
            "k",
            "localhost:11434/v1",
            "OPENAI_BASE_URL must be an address that begins with http:// or https://, not 'localhost:11434/v1'.",
        ),
        (
            "llama3.2",
            "k",
            "http://[::1",
            "OPENAI_BASE_URL must be an address that begins with http:// or https://, not 'http://[::1'.",
        ),
        ("gpt-5-mini", "sk-1\n", "", "OPENAI_API_KEY holds a space, a line break or a character that no key has."),
    ],
)
def test_what_cannot_work_is_said_in_one_sentence(name: str, key: str, base_url: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        ModelPool(key, base_url).resolve(name)
    assert str(error.value) == sentence


def test_an_unknown_provider_is_not_made() -> None:
    with pytest.raises(ConfigurationError):
        create_model("anthropic", api_key="k")


async def test_a_pool_is_warmed_without_a_server_and_closed_twice_without_harm() -> None:
    pool = ModelPool("k", URL, default="openai_chat/llama3.2")
    await pool.warm()
    await pool.warm("demo")
    await pool.close()
    await pool.close()

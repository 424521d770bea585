"""Models by name: `provider/name` leads to one `Model` a provider, made once and closed together.

Each provider is imported where it is first named.
"""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chatdock.errors import ConfigurationError
from chatdock.models.base import Model

if TYPE_CHECKING:
    from chatdock.models.openai_chat import OpenAIChat
    from chatdock.models.openai_responses import OpenAIResponses

DEMO = "demo"
RESPONSES = "openai_responses"
CHAT = "openai_chat"

_PROVIDERS = (DEMO, RESPONSES, CHAT)


def create_model(provider: str, *, api_key: str = "", base_url: str | None = None) -> Model:
    """A provider's model endpoint. Raises: ConfigurationError, in one sentence."""
    if provider == DEMO:
        from chatdock.models.demo import DemoModel

        return DemoModel()
    if provider not in _PROVIDERS:
        raise ConfigurationError(f"There is no model provider {provider!r}; there are {', '.join(_PROVIDERS)}.")
    if base_url and not _is_address(base_url):
        raise ConfigurationError(
            f"OPENAI_BASE_URL must be an address that begins with http:// or https://, not {base_url!r}."
        )
    if not api_key and not base_url:
        raise ConfigurationError(
            f"The model provider {provider} needs OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own."
        )
    if not api_key.isascii() or not api_key.isprintable() or " " in api_key:
        raise ConfigurationError("OPENAI_API_KEY holds a space, a line break or a character that no key has.")
    return _kind(provider)(api_key=api_key, base_url=base_url or None)


def _kind(provider: str) -> "type[OpenAIChat | OpenAIResponses]":
    if provider == CHAT:
        from chatdock.models.openai_chat import OpenAIChat

        return OpenAIChat
    from chatdock.models.openai_responses import OpenAIResponses

    return OpenAIResponses


class ModelPool:
    """The models of one server: one a provider, made when first resolved. `default` answers where no model is named."""

    def __init__(self, api_key: str = "", base_url: str | None = None, *, default: str = DEMO) -> None:
        self._api_key = api_key
        self._base_url = base_url or None
        self._default = default
        self._models: dict[str, Model] = {}

    def resolve(self, name: str = "") -> tuple[Model, str]:
        """The model and its provider's name for it. Raises: ConfigurationError."""
        provider, model = self._split(name or self._default, "" if name else "CHATDOCK_MODEL: ")
        if provider not in self._models:
            self._models[provider] = create_model(provider, api_key=self._api_key, base_url=self._base_url)
        return self._models[provider], model

    async def warm(self, name: str = "") -> None:
        """Loads, in a thread, what the first call of this model needs. Raises: ConfigurationError."""
        model, _ = self.resolve(name)
        warm = getattr(model, "warm", None)
        if warm is not None:
            await warm()

    async def close(self) -> None:
        """Ends all connections."""
        models, self._models = self._models, {}
        for model in models.values():
            await model.close()

    def _split(self, name: str, prefix: str) -> tuple[str, str]:
        provider, slash, model = name.partition("/")
        if slash and provider in _PROVIDERS:
            return provider, model
        if name == DEMO:
            return DEMO, DEMO
        if self._base_url:
            return CHAT, name  # with its slashes: many servers name models `organisation/model`
        if slash:
            known = ", ".join(_PROVIDERS)
            raise ConfigurationError(f"{prefix}There is no model provider {provider!r}; there are {known}.")
        return RESPONSES, name


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False

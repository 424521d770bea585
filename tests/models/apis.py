"""The two APIs side by side: what their upstreams say, for tests of what both must bear."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from chatdock.errors import ModelError
from chatdock.models.base import Finished, Model, ModelEvent
from chatdock.models.openai_chat import OpenAIChat
from chatdock.models.openai_responses import OpenAIResponses
from chatdock.models.policy import Policy
from fakes.upstream import chat_text, chunk, completed, event, responses_text, said, text_delta
from models.asking import batches, joined

KEY = "sk-secret-key-of-the-operator"
WORDS = [f"wörd{n} " for n in range(8)]


@dataclass(frozen=True)
class Api:
    """One of the two, with what its upstream says."""

    make: Callable[[str, Policy], OpenAIResponses | OpenAIChat]
    text: Callable[..., bytes]  # a whole stream
    delta: Callable[[str], bytes]  # one event of it
    last: bytes  # the event that makes an answer complete


RESPONSES = Api(
    lambda url, policy: OpenAIResponses(api_key=KEY, base_url=url, policy=policy),
    responses_text,
    lambda text: said(text_delta(text)),
    said(completed()),
)
CHAT = Api(
    lambda url, policy: OpenAIChat(api_key=KEY, base_url=url, policy=policy),
    chat_text,
    lambda text: event(chunk({"content": text})),
    event(chunk({}, "stop")),
)


async def failure(model: Model) -> tuple[ModelError, list[ModelEvent]]:
    """What a stream that fails says before it does, and how it fails."""
    seen: list[ModelEvent] = []
    with pytest.raises(ModelError) as error:
        async for batch in batches(model):
            seen += batch
    assert not any(isinstance(event, Finished) for event in seen)
    return error.value, joined(seen)

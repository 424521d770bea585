"""The provider `openai_responses`: models behind the Responses API, without state at the provider.

Source: https://platform.openai.com/docs/api-reference/responses/create
"""

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any, assert_never

from chatdock.models.base import (
    AssistantTurn,
    ContextTurn,
    ImagePart,
    ModelEvent,
    ModelRequest,
    ModelSettings,
    Take,
    TextPart,
    ToolCallTurn,
    ToolResultTurn,
    ToolSpec,
    Turn,
    UserTurn,
)
from chatdock.models.endpoint import Endpoint
from chatdock.models.policy import Policy
from chatdock.models.responses_events import ResponsesDecoder


class OpenAIResponses:
    """A `Model`."""

    pushes = True

    def __init__(self, *, api_key: str, base_url: str | None = None, policy: Policy | None = None) -> None:
        self._endpoint = Endpoint(
            "/responses", request_body, ResponsesDecoder, api_key=api_key, base_url=base_url, policy=policy or Policy()
        )

    def stream(self, request: ModelRequest, take: Take | None = None) -> AsyncIterator[list[ModelEvent]]:
        """One batch an upstream read. Raises: ModelError."""
        return self._endpoint.stream(request, take)

    async def warm(self) -> None:
        """Loads in a thread what the first call needs."""
        await self._endpoint.warm()

    async def close(self) -> None:
        """Ends pooled connections."""
        await self._endpoint.close()


def request_body(request: ModelRequest) -> dict[str, Any]:
    """The JSON of a call (Any: it is JSON)."""
    body: dict[str, Any] = {
        "model": request.model,
        "input": [_input(turn) for turn in request.turns],
        "store": False,
        **_settings(request.settings),
    }
    if request.instructions:
        body["instructions"] = request.instructions
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
        body |= _tool_settings(request.settings)
    if request.user is not None:
        body["safety_identifier"] = request.user
    return body | (request.settings.extra_body or {}) | {"stream": True}


def _settings(settings: ModelSettings) -> dict[str, Any]:
    reasoning = {"effort": settings.reasoning_effort, "summary": settings.reasoning_summary}
    body = {
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "max_output_tokens": settings.max_output_tokens,
        "reasoning": {key: value for key, value in reasoning.items() if value is not None} or None,
        "text": {"verbosity": settings.verbosity} if settings.verbosity is not None else None,
    }
    return {key: value for key, value in body.items() if value is not None}


def _tool_settings(settings: ModelSettings) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if settings.parallel_tool_calls is not None:
        body["parallel_tool_calls"] = settings.parallel_tool_calls
    if settings.tool_choice is not None:
        named = settings.tool_choice not in ("auto", "none", "required")
        body["tool_choice"] = {"type": "function", "name": settings.tool_choice} if named else settings.tool_choice
    return body


def _input(turn: Turn) -> dict[str, Any]:
    match turn:
        case UserTurn():
            return {"role": "user", "content": [_content(part) for part in turn.parts]}
        case AssistantTurn():
            return {"role": "assistant", "content": turn.text}
        case ContextTurn():
            return {"role": "developer", "content": turn.text}
        case ToolCallTurn():
            return {"type": "function_call", "call_id": turn.call_id, "name": turn.name, "arguments": turn.arguments}
        case ToolResultTurn():
            return {"type": "function_call_output", "call_id": turn.call_id, "output": turn.output}
        case _:
            assert_never(turn)


def _content(part: TextPart | ImagePart) -> dict[str, Any]:
    match part:
        case TextPart():
            return {"type": "input_text", "text": part.text}
        case ImagePart():
            address = f"data:{part.mime_type};base64,{b64encode(part.data).decode()}"
            return {"type": "input_image", "image_url": address, "detail": "auto"}
        case _:
            assert_never(part)


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": tool.strict,
    }

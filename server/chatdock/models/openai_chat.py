"""The provider `openai_chat`: models behind Chat Completions, as most compatible servers speak it.

Source: https://platform.openai.com/docs/api-reference/chat/create
"""

from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
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
from chatdock.models.chat_events import ChatDecoder
from chatdock.models.endpoint import Endpoint
from chatdock.models.policy import Policy

_Message = dict[str, Any]  # Any: it is JSON


class OpenAIChat:
    """A `Model`."""

    pushes = True

    def __init__(self, *, api_key: str, base_url: str | None = None, policy: Policy | None = None) -> None:
        # OpenAI's reasoning models refuse the old name of the limit; servers at home may not know the new one.
        self._limit = "max_tokens" if base_url else "max_completion_tokens"
        self._endpoint = Endpoint(
            "/chat/completions",
            self._body,
            ChatDecoder,
            api_key=api_key,
            base_url=base_url,
            policy=policy or Policy(),
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

    def _body(self, request: ModelRequest) -> dict[str, Any]:
        return request_body(request, limit=self._limit)


def request_body(request: ModelRequest, *, limit: str = "max_tokens") -> dict[str, Any]:
    """The JSON of a call; `limit` is the name of the output limit."""
    settings = request.settings
    body: dict[str, Any] = {
        "model": request.model,
        "messages": _messages(request.instructions, request.turns),
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        limit: settings.max_output_tokens,
        "reasoning_effort": settings.reasoning_effort,
        "verbosity": settings.verbosity,
        "user": request.user,
    }
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
        body["parallel_tool_calls"] = settings.parallel_tool_calls
        body["tool_choice"] = _tool_choice(settings)
    body = {key: value for key, value in body.items() if value is not None}
    streaming = {"stream": True, "stream_options": {"include_usage": True}}
    return body | (settings.extra_body or {}) | streaming


def _messages(instructions: str, turns: Sequence[Turn]) -> list[_Message]:
    messages: list[_Message] = [{"role": "system", "content": instructions}] if instructions else []
    for turn in turns:
        _add(turn, messages)
    for message in messages:
        content = message.get("content")
        if isinstance(content, list) and all(part["type"] == "text" for part in content):
            message["content"] = "\n\n".join(part["text"] for part in content)  # servers without vision take text only
    return messages


def _add(turn: Turn, messages: list[_Message]) -> None:
    match turn:
        case UserTurn():
            _role("user", messages)["content"] += [_content(part) for part in turn.parts]
        case ContextTurn():
            # Many chat templates refuse a system message that is not the first, and two of one role in a row.
            _role("user", messages)["content"].append(_text(f"<context>\n{turn.text}\n</context>"))
        case AssistantTurn():
            _role("assistant", messages)["content"].append(_text(turn.text))
        case ToolCallTurn():
            call = {"name": turn.name, "arguments": turn.arguments}
            message = _role("assistant", messages)
            message.setdefault("tool_calls", []).append({"id": turn.call_id, "type": "function", "function": call})
        case ToolResultTurn():
            messages.append({"role": "tool", "tool_call_id": turn.call_id, "content": turn.output})
        case _:
            assert_never(turn)


def _role(role: str, messages: list[_Message]) -> _Message:
    """The last message if it is this role's, else a new one."""
    if not messages or messages[-1]["role"] != role:
        messages.append({"role": role, "content": []})
    return messages[-1]


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _content(part: TextPart | ImagePart) -> dict[str, Any]:
    match part:
        case TextPart():
            return _text(part.text)
        case ImagePart():
            address = f"data:{part.mime_type};base64,{b64encode(part.data).decode()}"
            return {"type": "image_url", "image_url": {"url": address}}
        case _:
            assert_never(part)


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    if tool.strict:  # here the default is false, and not everybody knows the field
        function["strict"] = True
    return {"type": "function", "function": function}


def _tool_choice(settings: ModelSettings) -> Any:
    choice = settings.tool_choice
    return (
        choice if choice in (None, "auto", "none", "required") else {"type": "function", "function": {"name": choice}}
    )

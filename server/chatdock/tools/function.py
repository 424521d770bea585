"""`@tool`: a typed function becomes something a model may call.

    from chatdock import RunContext, tool

    @tool
    async def order_status(ctx: RunContext, order_id: str) -> str:
        \"\"\"Says where an order is.

        Args:
            order_id: The order's number, such as A-1042.
        \"\"\"

The schema comes from the signature and the docstring. A first parameter named `ctx`, or annotated `RunContext`, takes the
run and is not in the schema. A plain function runs in a thread, which goes on by itself when its time is up: what may
hang belongs in an async function.
"""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, Literal, overload

import msgspec

from chatdock.context import RunContext
from chatdock.errors import ConfigurationError
from chatdock.models.base import ToolSpec
from chatdock.tools.base import InvalidArguments
from chatdock.tools.docstring import read_docstring
from chatdock.tools.signature import read_signature, without_defaults

Effects = bool | Literal["once", "idempotent"]
TIMEOUT_SECONDS = 30.0  # longer than a slow web API, shorter than a user's patience


class FunctionTool:
    """A function as a tool; calling the object calls the function itself."""

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        timeout_seconds: float,
        has_effects: bool = False,
        is_idempotent: bool = False,
    ) -> None:
        signature = read_signature(function)
        self.spec = ToolSpec(
            name=name or function.__name__,
            description=read_docstring(function).description,
            parameters=signature.parameters,
            strict=signature.strict,
        )
        self.timeout_seconds = timeout_seconds
        self.has_effects = has_effects
        self.is_idempotent = is_idempotent
        self._function = function
        self._arguments = signature.arguments
        self._context = signature.context

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function, as if it were not decorated."""
        return self._function(*args, **kwargs)

    async def call(self, arguments: dict[str, Any], ctx: RunContext) -> str:
        """Validates and runs; a result that is no string becomes JSON. Raises: InvalidArguments."""
        values = self._validate(arguments)
        if self._context is not None:
            values[self._context] = ctx
        if inspect.iscoroutinefunction(self._function):
            result = await self._function(**values)
        else:
            result = await asyncio.to_thread(self._function, **values)
        return result if isinstance(result, str) else msgspec.json.encode(result).decode()

    def _validate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            checked = msgspec.convert(without_defaults(arguments, self._arguments), self._arguments)
        except msgspec.ValidationError as error:
            raise InvalidArguments(f"The arguments of {self.spec.name} do not fit: {error}.") from error
        return {name: getattr(checked, name) for name in self._arguments.__struct_fields__}


@overload
def tool(function: Callable[..., Any], /) -> FunctionTool: ...


@overload
def tool(
    *, name: str | None = None, timeout_seconds: float = TIMEOUT_SECONDS, effects: Effects = False
) -> Callable[[Callable[..., Any]], FunctionTool]: ...


def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    effects: Effects = False,
) -> FunctionTool | Callable[[Callable[..., Any]], FunctionTool]:
    """Makes a function a tool, as `@tool` or `@tool(timeout_seconds=5)`.

    `effects`: it changes the world (an order, a mail). Each call is on record before it begins and has a key of its own in
    `ctx.idempotency_key`. With True or "once" it is never repeated by the server: an answer that is cut short in the middle
    of it ends, and says that it may have happened. With "idempotent" the call is repeated under the same key, and the answer
    goes on: only for what tells by the key that it is the same once more.
    Raises: ConfigurationError.
    """
    if effects not in (False, True, "once", "idempotent"):
        raise ConfigurationError(f'@tool(effects={effects!r}): it is "once" or "idempotent".')

    def decorate(function: Callable[..., Any]) -> FunctionTool:
        return FunctionTool(
            function,
            name=name,
            timeout_seconds=timeout_seconds,
            has_effects=bool(effects),
            is_idempotent=effects == "idempotent",
        )

    return decorate if function is None else decorate(function)

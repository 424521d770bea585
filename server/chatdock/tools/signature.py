"""The arguments of a typed function: a struct that validates them and the JSON schema a model reads.

Strict mode wants every object closed and every property required; an optional parameter is one that may also be null.
Free-form maps and tuples have no strict form: a tool with one of these is offered without strictness.
"""

import copy
import inspect
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import msgspec

from chatdock.context import RunContext
from chatdock.errors import ConfigurationError
from chatdock.tools.docstring import read_docstring

_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
_DEFINITIONS = "#/$defs/{name}"


class Signature(NamedTuple):
    """How to call a function: `context` names the parameter that takes the run, if one does."""

    arguments: type[msgspec.Struct]
    parameters: dict[str, Any]
    strict: bool
    context: str | None


def read_signature(function: Callable[..., Any]) -> Signature:
    """The signature of a tool's function. Raises: ConfigurationError for what a model could not fill in."""
    name = function.__name__
    try:
        hints = get_type_hints(function, include_extras=True)
    except NameError as error:
        raise ConfigurationError(f"Tool {name}: its types cannot be found ({error}).") from error
    texts = read_docstring(function).parameters
    context: str | None = None
    fields: list[tuple[str, Any, Any]] = []
    for position, parameter in enumerate(inspect.signature(function).parameters.values()):
        if parameter.kind in _VARIADIC:
            raise ConfigurationError(f"Tool {name}: the parameter {parameter.name} must have a name of its own.")
        if position == 0 and (parameter.name == "ctx" or hints.get(parameter.name) is RunContext):
            context = parameter.name
            continue
        if parameter.name not in hints:
            raise ConfigurationError(f"Tool {name}: the parameter {parameter.name} needs a type.")
        fields.append(_field(parameter, hints[parameter.name], texts.get(parameter.name)))
    try:
        arguments = msgspec.defstruct(name, fields, kw_only=True, forbid_unknown_fields=True)
        schema = object_schema(arguments)
    except TypeError as error:
        raise ConfigurationError(f"Tool {name}: a model cannot fill in these parameters ({error}).") from error
    strict = close(schema)
    return Signature(arguments, schema, strict, context)


def _field(parameter: inspect.Parameter, hint: Any, text: str | None) -> tuple[str, Any, Any]:
    if text and not _is_described(hint):
        hint = Annotated[hint, msgspec.Meta(description=text)]
    if parameter.default is inspect.Parameter.empty:
        return parameter.name, hint, msgspec.NODEFAULT
    default = parameter.default
    return parameter.name, hint, msgspec.field(default_factory=partial(copy.copy, default))


def _is_described(hint: Any) -> bool:
    if get_origin(hint) is not Annotated:
        return False
    return any(isinstance(extra, msgspec.Meta) and extra.description for extra in get_args(hint)[1:])


def object_schema(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON schema of a struct as one object, what it refers to under `$defs`."""
    (reference,), definitions = msgspec.json.schema_components((shape,), ref_template=_DEFINITIONS)
    schema = dict(definitions.pop(reference["$ref"].removeprefix("#/$defs/")))
    schema.pop("title", None)
    optional = [name for name in schema["properties"] if name not in schema["required"]]
    for name in optional:
        schema["properties"][name] = _nullable(schema["properties"][name])
    if definitions:
        schema["$defs"] = definitions
    return schema


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """Null, which stands for the default and comes first, or the same as before."""
    schema = {key: value for key, value in schema.items() if key != "default"}
    description = schema.pop("description", None)
    choices = schema["anyOf"] if set(schema) == {"anyOf"} else [schema]
    if {"type": "null"} not in choices:
        choices = [{"type": "null"}, *choices]
    return {"anyOf": choices} if description is None else {"description": description, "anyOf": choices}


def close(schema: Any) -> bool:
    """Closes every object in place and requires all of it; False where a part has no strict form."""
    if isinstance(schema, list):
        return min(map(close, schema), default=True)  # no `all`: every part is closed, also after one that cannot be
    if not isinstance(schema, dict):
        return True
    strict = "prefixItems" not in schema
    if "type" not in schema and all(isinstance(value, str) for value in schema.get("enum", [None])):
        schema["type"] = "string"  # providers want a type beside an enum
    if schema.get("type") == "object":
        if isinstance(schema.get("additionalProperties"), dict) or "properties" not in schema:
            return False
        schema["additionalProperties"] = False
        schema["required"] = list(schema["properties"])
        for part in schema["properties"].values():
            part.pop("default", None)
            strict = close(part) and strict
    for key in ("anyOf", "items"):
        strict = close(schema.get(key)) and strict
    for part in schema.get("$defs", {}).values():
        strict = close(part) and strict
    return strict


def without_defaults(arguments: dict[str, Any], shape: type[msgspec.Struct]) -> dict[str, Any]:
    """The arguments without the nulls that stand for a default."""
    optional = {field.name for field in msgspec.structs.fields(shape) if not field.required}
    return {name: value for name, value in arguments.items() if value is not None or name not in optional}

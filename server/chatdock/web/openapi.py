"""`/openapi.json`, made from the table of endpoints and the wire types themselves, and its readable form at `/docs`."""

import functools
import re
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response

from chatdock import __version__
from chatdock.web.docs_page import CONTENT_SECURITY_POLICY, html
from chatdock.web.endpoint import Body, Credential, Endpoint
from chatdock.web.endpoints import ENDPOINTS
from chatdock.web.errors import ErrorObject

_REF = "#/components/schemas/"
_SECURITY: dict[Credential, list[dict[str, list[str]]]] = {
    "server key": [{"serverKey": []}],
    "client secret": [{"clientSecret": []}],
    "either": [{"clientSecret": []}, {"serverKey": []}],
    "none": [],
}


def document(public_url: str) -> Response:
    """The answer to `GET /openapi.json`."""
    body = msgspec.json.encode(openapi(public_url))
    return Response(body, media_type="application/json", headers={"access-control-allow-origin": "*"})


def page(public_url: str) -> Response:
    """The answer to `GET /docs`."""
    headers = {"content-security-policy": CONTENT_SECURITY_POLICY}
    return Response(html(openapi(public_url)), media_type="text/html", headers=headers)


@functools.cache
def openapi(public_url: str = "") -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    shapes = [body.shape for endpoint in ENDPOINTS for body in _bodies(endpoint) if body.shape is not None]
    unique = list(dict.fromkeys([*shapes, ErrorObject]))
    schemas, components = msgspec.json.schema_components(unique, ref_template=_REF + "{name}")
    by_shape = dict(zip(unique, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, by_shape)
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "Chatdock", "version": __version__, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": public_url or "/"}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SCHEMES},
    }
    return _with_plain_names(whole)


_SCHEMES = {
    "serverKey": {"type": "http", "scheme": "bearer", "description": "A server API key, `sk_...`; never in a browser."},
    "clientSecret": {"type": "http", "scheme": "bearer", "description": "A session's client secret, `ek_...`."},
}


def _bodies(endpoint: Endpoint) -> list[Body]:
    return [*([endpoint.request] if endpoint.request else []), *endpoint.responses]


def _operation(endpoint: Endpoint, schemas: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    scope = f"Scope: `{endpoint.scope}`." if endpoint.scope and endpoint.credential != "none" else ""
    operation: dict[str, Any] = {
        "operationId": re.sub(r"[^a-z0-9]+", "_", f"{endpoint.method} {endpoint.path}".lower()).strip("_"),
        "tags": [endpoint.group],
        "summary": endpoint.summary,
        "description": " ".join(filter(None, (endpoint.text, scope))),
        "security": _SECURITY[endpoint.credential],
        "parameters": [
            {
                "name": each.name,
                "in": each.where,
                "description": each.text,
                "required": each.required,
                "schema": each.schema,
            }
            for each in endpoint.parameters
        ],
        "responses": {str(endpoint.success): _success(endpoint.responses, schemas)},
    }
    if endpoint.request:
        operation["requestBody"] = {"required": True, "content": _content(endpoint.request, schemas)}
    for status in _errors(endpoint):
        error = {"application/json": {"schema": schemas[ErrorObject]}}
        operation["responses"][str(status)] = {"description": HTTPStatus(status).phrase, "content": error}
    return operation


def _errors(endpoint: Endpoint) -> list[int]:
    """What it may answer besides: where credentials are taken, one in the address is a 400, and many bad ones a 429."""
    return sorted({*endpoint.errors, *((400, 429) if 401 in endpoint.errors else ())})


def _success(bodies: tuple[Body, ...], schemas: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for body in bodies:
        content |= _content(body, schemas)
    return {"description": " ".join(body.text for body in bodies if body.text) or "OK", "content": content}


def _content(body: Body, schemas: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    schema: dict[str, Any] = schemas[body.shape] if body.shape is not None else {}
    if body.is_list:
        schema = _list_of(schema)
    elif body.media_type == "multipart/form-data":
        schema = {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
    elif body.shape is None and body.media_type == "application/json":
        schema = {"type": "object"}
    media: dict[str, Any] = {"schema": schema}
    if body.example is not None:
        media["example"] = body.example
    return {body.media_type: media}


def _list_of(schema: dict[str, Any]) -> dict[str, Any]:
    nullable = {"type": ["string", "null"]}
    return {
        "type": "object",
        "required": ["object", "data", "first_id", "last_id", "has_more"],
        "properties": {
            "object": {"const": "list"},
            "data": {"type": "array", "items": schema},
            "first_id": nullable,
            "last_id": nullable,
            "has_more": {"type": "boolean"},
        },
    }


def _with_plain_names(whole: dict[str, Any]) -> dict[str, Any]:
    """Two types of one name are told apart by their modules, which mean nothing outside: REST's get a prefix instead."""
    names: dict[str, str] = {}
    for name in whole["components"]["schemas"]:
        module, _, last = name.rpartition(".")
        plain = ("Rest" if ".rest." in name else "") + last if module else name
        names[name] = plain.replace("Page_Raw_", "Page")
    text = msgspec.json.encode(whole).decode()
    for name, plain in sorted(names.items(), key=lambda pair: -len(pair[0])):
        if name != plain:
            text = text.replace(f'"{_REF}{name}"', f'"{_REF}{plain}"').replace(f'"{name}":', f'"{plain}":')
    renamed: dict[str, Any] = msgspec.json.decode(text)
    return renamed

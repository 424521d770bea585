"""The reference as one page of HTML: readable without a script, a font or a style from anywhere else."""

import base64
import hashlib
import json
import re
from collections import Counter
from html import escape
from typing import Any

STYLE = """
:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 18%,transparent);--soft:color-mix(in srgb,currentColor 6%,transparent)}
*{box-sizing:border-box}
body{margin:0;font:16px/1.55 system-ui,sans-serif}
main{max-width:60rem;margin:auto;padding:1.5rem 1rem 6rem}
h1{font-size:1.75rem;margin:.5rem 0}h2{margin:3rem 0 .5rem;text-transform:capitalize;border-bottom:1px solid var(--line)}
h3{font-size:1.05rem;margin:0}
nav ul{columns:18rem;padding-left:1.1rem}a{color:inherit}
article{border:1px solid var(--line);border-radius:.6rem;padding:1rem;margin:1rem 0}
.route{font:600 .95rem ui-monospace,monospace;overflow-wrap:anywhere;margin:.4rem 0}
.method{display:inline-block;min-width:4.5rem}
code,pre{font:.875rem/1.5 ui-monospace,monospace;background:var(--soft);border-radius:.3rem}
code{padding:.1rem .3rem;overflow-wrap:anywhere}pre{padding:.75rem;overflow:auto;margin:.5rem 0}pre code{padding:0;background:none}
table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{text-align:left;vertical-align:top;padding:.35rem .5rem;border-top:1px solid var(--line)}
td:first-child{white-space:nowrap}
details{margin:.4rem 0}summary{cursor:pointer}
.scroll{overflow-x:auto}
"""
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    + "'"
)
_CREDENTIALS = {"serverKey": "a server key", "clientSecret": "a client secret"}


def html(document: dict[str, Any]) -> str:
    """The page for an OpenAPI document."""
    operations = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    groups = list(dict.fromkeys(operation["tags"][0] for _, _, operation in operations))
    sections = []
    for group in groups:
        sections.append(f"<section><h2 id='{_anchor(group)}'>{escape(group)}</h2>")
        sections.extend(_operation(*each) for each in operations if each[2]["tags"][0] == group)
        sections.append("</section>")
    schemas = document["components"]["schemas"]
    title = f"{document['info']['title']} {document['info']['version']}"
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<title>{escape(title)}: API reference</title><style>{STYLE}</style></head><body><main>"
        f"<h1>{escape(title)}</h1><p>The same as a machine reads it: <a href='openapi.json'>openapi.json</a>. Errors"
        f" have one shape everywhere: {_link('ErrorObject')}.</p>{_contents(operations)}{''.join(sections)}"
        f"<section><h2 id='types'>Types</h2>{''.join(_schema(name, schemas[name]) for name in sorted(schemas))}</section>"
        "</main></body></html>"
    )


def _contents(operations: list[tuple[str, str, dict[str, Any]]]) -> str:
    seen: dict[str, int] = Counter(operation["summary"] for _, _, operation in operations)
    rows = [
        f"<li><a href='#{operation['operationId']}'>{escape(operation['summary'])}"
        f"{f' ({method.upper()} {escape(path)})' if seen[operation['summary']] > 1 else ''}</a></li>"
        for path, method, operation in operations
    ]
    return f"<nav aria-label='Endpoints'><ul>{''.join(rows)}<li><a href='#types'>Types</a></li></ul></nav>"


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    credentials = [_CREDENTIALS[name] for option in operation["security"] for name in option]
    return (
        f"<article id='{operation['operationId']}'><h3>{escape(operation['summary'])}</h3>"
        f"<p class='route'><span class='method'>{method.upper()}</span> {escape(path)}</p>"
        f"<p>{_prose(operation['description'])} Takes {' or '.join(credentials) or 'no credential'}.</p>"
        f"{_parameters(operation['parameters'])}{_request(operation)}{_responses(operation['responses'])}</article>"
    )


def _parameters(parameters: list[dict[str, Any]]) -> str:
    if not parameters:
        return ""
    rows = [
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{each['in']}</td><td>{_prose(each['description'])}</td>"
        f"<td>{_type(each['schema'])}</td></tr>"
        for each in parameters
    ]
    return f"<div class='scroll'><table><tr><th>Parameter<th>In<th>Meaning<th>Type</tr>{''.join(rows)}</table></div>"


def _request(operation: dict[str, Any]) -> str:
    if "requestBody" not in operation:
        return ""
    return "<p>Request body:</p>" + _media(operation["requestBody"]["content"])


def _responses(responses: dict[str, Any]) -> str:
    errors = ", ".join(
        f"{status} {escape(each['description'])}" for status, each in responses.items() if not status.startswith("2")
    )
    code, success = next((status, each) for status, each in responses.items() if status.startswith("2"))
    described = "" if success["description"] == "OK" else f" {_prose(success['description'])}"
    tail = f"<p>Errors: {errors}.</p>" if errors else ""
    return f"<p>Response {code}:{described}</p>{_media(success['content'])}{tail}"


def _media(content: dict[str, Any]) -> str:
    parts = []
    for media_type, media in content.items():
        parts.append(f"<p><code>{escape(media_type)}</code> {_type(media['schema'])}</p>")
        if "example" in media:
            parts.append(f"<pre><code>{escape(json.dumps(media['example'], indent=2))}</code></pre>")
    return "".join(parts)


def _schema(name: str, schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = [
        f"<tr><td><code>{escape(field)}</code></td><td>{_type(each)}</td><td>{'required' if field in required else ''}</td></tr>"
        for field, each in schema.get("properties", {}).items()
    ]
    table = f"<div class='scroll'><table>{''.join(rows)}</table></div>" if rows else f"<p>{_type(schema)}</p>"
    return (
        f"<details id='type-{_anchor(name)}'><summary><code>{escape(name)}</code></summary>"
        f"<p>{_prose(schema.get('description', ''))}</p>{table}</details>"
    )


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _link(schema["$ref"].rpartition("/")[2])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(_type(each) for each in schema[key])
    if "enum" in schema:
        return " or ".join(f"<code>{escape(json.dumps(each))}</code>" for each in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(json.dumps(schema['const']))}</code>"
    kind = schema.get("type", "any JSON")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "object" and "properties" in schema:
        fields = ", ".join(f"<code>{escape(name)}</code> {_type(each)}" for name, each in schema["properties"].items())
        return f"object: {fields}"
    shown = " or ".join(kind) if isinstance(kind, list) else str(kind)
    limits = [f"{word} {schema[key]}" for key, word in _LIMITS.items() if key in schema]
    return escape(", ".join([shown, *limits]))


_LIMITS = {
    "minimum": "at least",
    "maximum": "at most",
    "minLength": "at least characters:",
    "maxLength": "at most characters:",
    "maxItems": "at most items:",
    "maxProperties": "at most entries:",
    "default": "by default",
}


def _link(name: str) -> str:
    return f"<a href='#type-{_anchor(name)}'>{escape(name)}</a>"


def _anchor(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)


def _prose(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))

"""Who is asking: client secrets on the chat's doors, server keys on the backend's, and no way from one to the other.

Order, cheap first: length and form, prefix, signature, expiry, origin, the session's row, scope. Limits come after, in
the handler. A credential in the query string is refused whatever it is: addresses end up in logs and histories.
"""

import logging

import msgspec
from starlette.requests import Request

from chatdock.errors import BadRequest, Forbidden, Unauthorized
from chatdock.sessions import keys, secrets
from chatdock.types.actor import Actor, KeyHolder, Scope
from chatdock.types.session import Session
from chatdock.web.lookup import all_of, headers_of, text_of
from chatdock.web.parts import Parts, parts_of

FORBIDDEN_PARAMETERS = frozenset({"token", "access_token", "client_secret", "api_key", "authorization", "secret"})
PROJECT_HEADERS = (b"openai-project", b"openai-organization")
_FROM_A_BROWSER = (b"origin", b"sec-fetch-site")

logger = logging.getLogger(__name__)


class Caller(msgspec.Struct, frozen=True):
    """Either kind of caller: what it may reach, and who it is where it is a chat user."""

    scope: Scope
    actor: Actor | None


async def authenticate_client(request: Request, scope: str = "chat") -> tuple[Actor, Session]:
    """The holder of the client secret in `Authorization`, and its session. `scope` is chat, files, history or feedback.

    Raises: Unauthorized; Forbidden (origin or scope); BadRequest (a secret in the query); RateLimited for an address
    that keeps failing; Unavailable when the store is away.
    """
    parts = parts_of(request)
    try:
        token = _bearer(request)
        if not token.startswith(secrets.PREFIX):
            raise Unauthorized("This route takes a client secret.", code="invalid_client_secret")
        actor = parts.secrets.recall(token)
        check_origin(request, actor.origins)
        request.scope["state"]["session_id"] = actor.session_id
        session = await parts.sessions.require(actor)
    except Unauthorized:
        await parts.limits.wasted(request)
        raise
    if scope not in actor.scopes:
        raise Forbidden(f"This session lacks the scope {scope}.", code="insufficient_scope")
    return actor, session


async def authenticate_key(request: Request, scope: str) -> KeyHolder:
    """The holder of the server key in `Authorization`; browsers are refused, with any key.

    Raises: Unauthorized; Forbidden (a browser, or `insufficient_scope`); BadRequest (a secret in the query); RateLimited
    for an address that keeps failing; Unavailable when the store is away.
    """
    parts = parts_of(request)
    try:
        token = _bearer(request)
        if token.startswith(secrets.PREFIX):
            raise Unauthorized("This route takes a server API key, not a client secret.")
        _refuse_browser(request, parts, token)
        holder = await parts.keys.verify(token)
        _check_project(request, holder)
    except Unauthorized:
        await parts.limits.wasted(request)
        raise
    request.scope["state"]["key_id"] = holder.key_id
    if scope not in holder.scopes and "admin" not in holder.scopes:
        raise Forbidden(f"This API key lacks the scope {scope}.", code="insufficient_scope")
    return holder


async def authenticate_caller(request: Request, key_scope: str, client_scope: str = "chat") -> Caller:
    """For doors that take both: the prefix decides, and only one verifier ever sees the credential."""
    authorization = text_of(request.scope, b"authorization")
    if authorization[7:].lstrip().startswith(secrets.PREFIX):
        actor, _ = await authenticate_client(request, client_scope)
        return Caller(actor.scope, actor)
    holder = await authenticate_key(request, key_scope)
    return Caller(holder.scope, None)


def check_origin(request: Request, only: tuple[str, ...] = ()) -> None:
    """The page behind this request is one that may chat. No `Origin` is no browser's cross-site request.

    Raises: Forbidden.
    """
    origins = all_of(request.scope, b"origin")
    if not origins:
        return
    host = text_of(request.scope, b"host")
    allowed = parts_of(request).origins.allows(origins[0].decode("latin-1"), host, request.url.scheme, only)
    if len(origins) > 1 or not allowed:
        raise Forbidden("This origin is not on the list of allowed origins.", code="origin_not_allowed")


def _bearer(request: Request) -> str:
    if request.scope["query_string"]:
        _refuse_secret_in_query(request)
    values = all_of(request.scope, b"authorization")
    if not values:
        raise Unauthorized("Missing bearer authentication in header.", code="missing_credential")
    scheme, _, token = values[0].decode("latin-1").partition(" ")
    token = token.strip(" ")
    if len(values) > 1 or scheme.lower() != "bearer" or not token:
        raise Unauthorized("The Authorization header must be: Bearer, a space, the credential.")
    return token


def _refuse_secret_in_query(request: Request) -> None:
    for name, value in request.query_params.multi_items():
        if name.lower() in FORBIDDEN_PARAMETERS or value.startswith((secrets.PREFIX, keys.PREFIX)):
            raise BadRequest(
                "Credentials belong in the Authorization header, never in the address.", code="secret_in_query"
            )


def _refuse_browser(request: Request, parts: Parts, token: str) -> None:
    headers = headers_of(request.scope)
    if not headers.keys().isdisjoint(_FROM_A_BROWSER):
        request.state.key_id = parts.keys.key_id(token)
        logger.warning("a server key was used from a browser", extra={"fields": {"key_id": request.state.key_id}})
        raise Forbidden("A server API key must never be used in a browser.", code="server_key_in_browser")


def _check_project(request: Request, holder: KeyHolder) -> None:
    if headers_of(request.scope).keys().isdisjoint(PROJECT_HEADERS):
        return
    for name in PROJECT_HEADERS:
        if any(value.decode("latin-1") != holder.project for value in all_of(request.scope, name)):
            raise Unauthorized("The API key does not belong to this project.", code="mismatched_project")

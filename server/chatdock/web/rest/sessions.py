"""Sessions, for server keys: mint one for a user of the customer's, cancel one.

Source: `client.beta.chatkit.sessions` of the openai SDK; every key of the response is always there, nulls included.
"""

from datetime import timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from chatdock import clock
from chatdock.errors import BadRequest
from chatdock.ids import SESSION, new_id
from chatdock.sessions.registry import status_of
from chatdock.types.actor import KeyHolder
from chatdock.types.audit import by_key, minting
from chatdock.types.session import (
    Configuration,
    HistoryConfiguration,
    Session,
    SessionStatus,
    TitlingConfiguration,
    UploadConfiguration,
)
from chatdock.web.answer import Json
from chatdock.web.audit import audit_of
from chatdock.web.auth import authenticate_key
from chatdock.web.body import read_json
from chatdock.web.parts import Parts, parts_of

DEFAULT_SECONDS = 600
DEFAULT_REQUESTS_PER_MINUTE = 10
DEFAULT_FILE_MEGABYTES = 512
DEFAULT_FILES = 10
MAX_BODY_BYTES = 16 * 1024 * 1024  # one state variable may have 10,485,760 characters, and only server keys come here
MAX_ORIGINS = 20

Name = Annotated[str, Meta(min_length=1, max_length=512)]
StateKey = Annotated[str, Meta(max_length=64)]
StateValue = Annotated[str, Meta(max_length=10_485_760)] | int | float | bool


class Switch(msgspec.Struct):
    """Something that is on or off."""

    enabled: bool | None = None


class WorkflowParam(msgspec.Struct):
    """Which workflow answers, in which version (the newest by default), with which variables."""

    id: Name
    version: Name | None = None
    state_variables: Annotated[dict[StateKey, StateValue], Meta(max_length=64)] | None = None
    tracing: Switch | None = None


class UploadParam(msgspec.Struct):
    """Whether users may attach files; `max_file_size` is in megabytes."""

    enabled: bool | None = None
    max_file_size: Annotated[int, Meta(ge=1, le=512)] | None = None
    max_files: Annotated[int, Meta(ge=1)] | None = None


class HistoryParam(msgspec.Struct):
    """Whether users see earlier threads, and how many."""

    enabled: bool | None = None
    recent_threads: Annotated[int, Meta(ge=1)] | None = None


class ConfigurationParam(msgspec.Struct):
    """What the widget offers."""

    automatic_thread_titling: Switch | None = None
    file_upload: UploadParam | None = None
    history: HistoryParam | None = None


class ExpiresAfterParam(msgspec.Struct):
    """How long the client secret lives, in seconds from its creation."""

    anchor: Literal["created_at"]
    seconds: Annotated[int, Meta(ge=1)]


class RateLimitsParam(msgspec.Struct):
    """How many messages a minute the session may send."""

    max_requests_per_1_minute: Annotated[int, Meta(ge=1)] | None = None


class CreateSession(msgspec.Struct):
    """The body of `POST /v1/chatkit/sessions`. `allowed_origins` is ours: it narrows the server's list."""

    user: Name
    workflow: WorkflowParam
    chatkit_configuration: ConfigurationParam | None = None
    expires_after: ExpiresAfterParam | UnsetType = UNSET
    rate_limits: RateLimitsParam | None = None
    allowed_origins: Annotated[list[str], Meta(max_length=MAX_ORIGINS)] | None = None


class Tracing(msgspec.Struct):
    """Whether runs are traced."""

    enabled: bool


class SessionWorkflow(msgspec.Struct):
    """The workflow as it was asked for: `version` is null where the newest was."""

    id: str
    version: str | None
    state_variables: dict[str, str | int | float | bool] | None
    tracing: Tracing


class RateLimits(msgspec.Struct):
    """Messages a minute."""

    max_requests_per_1_minute: int


class AutomaticThreadTitling(msgspec.Struct):
    """Whether threads get titles."""

    enabled: bool


class FileUpload(msgspec.Struct):
    """`max_file_size` is in megabytes."""

    enabled: bool
    max_file_size: int | None
    max_files: int | None


class History(msgspec.Struct):
    """`recent_threads` null is all of them."""

    enabled: bool
    recent_threads: int | None


class SessionConfiguration(msgspec.Struct):
    """The configuration, defaults filled in."""

    automatic_thread_titling: AutomaticThreadTitling
    file_upload: FileUpload
    history: History


class SessionObject(msgspec.Struct):
    """A session as the API shows it; `expires_at` in Unix seconds."""

    id: str
    object: Literal["chatkit.session"]
    client_secret: str
    expires_at: int
    max_requests_per_1_minute: int
    rate_limits: RateLimits
    status: SessionStatus
    user: str
    workflow: SessionWorkflow
    chatkit_configuration: SessionConfiguration


async def create(request: Request) -> Response:
    """`POST /v1/chatkit/sessions`."""
    holder = await authenticate_key(request, "sessions:create")
    parts = parts_of(request)
    body = await read_json(request, CreateSession, MAX_BODY_BYTES)
    session = session_of(parts, holder, body)
    shown = show(parts, session, "active")  # before it is stored: a secret that cannot be made leaves nothing behind
    request.scope["state"]["session_id"] = session.id
    request_id = request.scope["state"]["request_id"]
    audit = minting(session.id, session.project, session.created_at, by_key(holder.key_id), request_id)
    await parts.store.sessions.add(session, audit)
    return Json(shown)


async def cancel(request: Request) -> Response:
    """`POST /v1/chatkit/sessions/{session_id}/cancel`: its secret is void at once, and its streams end."""
    holder = await authenticate_key(request, "sessions:cancel")
    parts = parts_of(request)
    session_id = request.path_params["session_id"]
    request.state.session_id = session_id
    audit = audit_of(request, holder.project, "session.cancel", session_id)
    session = await parts.sessions.cancel(holder.project, session_id, audit)
    return Json(show(parts, session))


def show(parts: Parts, session: Session, status: SessionStatus | None = None) -> SessionObject:
    """The API's view of a session, its client secret derived anew from the row; `status` where it is known."""
    configuration = session.configuration
    upload, history = configuration.file_upload, configuration.history
    return SessionObject(
        id=session.id,
        object="chatkit.session",
        client_secret=parts.secrets.mint(session),
        expires_at=int(session.expires_at.timestamp()),
        max_requests_per_1_minute=session.max_requests_per_minute,
        rate_limits=RateLimits(session.max_requests_per_minute),
        status=status or status_of(session),
        user=session.user,
        workflow=SessionWorkflow(
            id=session.workflow_id,
            version=session.workflow_version_asked,
            state_variables=session.state_variables or None,
            tracing=Tracing(session.tracing),
        ),
        chatkit_configuration=SessionConfiguration(
            AutomaticThreadTitling(configuration.automatic_thread_titling.enabled),
            FileUpload(upload.enabled, upload.max_file_size, upload.max_files),
            History(history.enabled, history.recent_threads),
        ),
    )


def session_of(parts: Parts, holder: KeyHolder, body: CreateSession) -> Session:
    """The record for a new session. Raises: BadRequest (an unknown workflow or version, a life too long)."""
    definition = parts.catalog.get(body.workflow.id, body.workflow.version)
    now = clock.this_second()  # the secret is signed as of a whole one
    limit = body.rate_limits.max_requests_per_1_minute if body.rate_limits else None
    return Session(
        id=new_id(SESSION),
        project=holder.project,
        user=body.user,
        workflow_id=definition.id,
        workflow_version=definition.version,
        workflow_version_asked=body.workflow.version,
        state_variables=dict(body.workflow.state_variables or {}),
        tracing=_on(body.workflow.tracing, default=True),
        configuration=_configuration(body.chatkit_configuration or ConfigurationParam()),
        max_requests_per_minute=limit or DEFAULT_REQUESTS_PER_MINUTE,
        created_at=now,
        expires_at=now + timedelta(seconds=_seconds(body.expires_after, parts.max_session_seconds)),
        status="active",
        key_id=holder.key_id,
        origins=_origins(parts, body.allowed_origins or []),
    )


def _configuration(asked: ConfigurationParam) -> Configuration:
    upload = asked.file_upload or UploadParam()
    history = asked.history or HistoryParam()
    return Configuration(
        automatic_thread_titling=TitlingConfiguration(enabled=_on(asked.automatic_thread_titling, default=True)),
        file_upload=UploadConfiguration(
            enabled=bool(upload.enabled),
            max_file_size=upload.max_file_size or DEFAULT_FILE_MEGABYTES,
            max_files=upload.max_files or DEFAULT_FILES,
        ),
        history=HistoryConfiguration(enabled=history.enabled is not False, recent_threads=history.recent_threads),
    )


def _on(switch: Switch | None, *, default: bool) -> bool:
    return default if switch is None or switch.enabled is None else switch.enabled


def _seconds(asked: ExpiresAfterParam | UnsetType, most: int) -> int:
    if isinstance(asked, UnsetType):
        return min(DEFAULT_SECONDS, most)
    if asked.seconds > most:
        raise BadRequest(f"expires_after.seconds must be at most {most}.", param="expires_after.seconds")
    return asked.seconds


def _origins(parts: Parts, asked: list[str]) -> list[str]:
    for origin in asked:
        if origin not in parts.origins:
            raise BadRequest("allowed_origins may only name origins the server allows.", param="allowed_origins")
    return asked

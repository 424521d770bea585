"""Sessions: the REST object, its configuration and the server's record.

Source: `client.beta.chatkit.sessions` of the openai SDK.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from chatdock.types.wire import Wire

SessionStatus = Literal["active", "expired", "cancelled"]


class TitlingConfiguration(Wire):
    """Whether threads get a title of their own."""

    enabled: bool = True


class UploadConfiguration(Wire):
    """Whether users may attach files. `max_file_size` is in megabytes."""

    enabled: bool = False
    max_file_size: Annotated[int, Meta(ge=1, le=512)] | None = None
    max_files: Annotated[int, Meta(ge=1)] | None = None


class HistoryConfiguration(Wire):
    """Whether users see earlier threads, and how many of the most recent."""

    enabled: bool = True
    recent_threads: Annotated[int, Meta(ge=1)] | None = None


class Configuration(Wire):
    """What the widget of this session offers."""

    automatic_thread_titling: TitlingConfiguration
    file_upload: UploadConfiguration
    history: HistoryConfiguration


class Session(Wire):
    """The server's record: the authority over the client secret that names it. The secret itself is never stored."""

    id: str
    project: str
    user: str
    workflow_id: str
    workflow_version: str
    state_variables: dict[str, Any]
    tracing: bool
    configuration: Configuration
    max_requests_per_minute: int
    created_at: datetime
    expires_at: datetime
    status: SessionStatus
    key_id: str
    origins: list[str]
    workflow_version_asked: str | None = None

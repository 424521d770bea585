"""A session row, made without a server."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from chatdock.ids import SESSION, new_id
from chatdock.types.session import (
    Configuration,
    HistoryConfiguration,
    Session,
    TitlingConfiguration,
    UploadConfiguration,
)


def session(user: str = "ada", **changes: Any) -> Session:
    """Active for ten minutes from now, with everything switched on."""
    now = datetime.now(UTC).replace(microsecond=0)
    made = Session(
        id=new_id(SESSION),
        project="default",
        user=user,
        workflow_id="wf",
        workflow_version="1",
        state_variables={},
        tracing=True,
        configuration=Configuration(
            automatic_thread_titling=TitlingConfiguration(),
            file_upload=UploadConfiguration(enabled=True),
            history=HistoryConfiguration(),
        ),
        max_requests_per_minute=10,
        created_at=now,
        expires_at=now + timedelta(seconds=600),
        status="active",
        key_id="k",
        origins=[],
    )
    return msgspec.structs.replace(made, **changes)

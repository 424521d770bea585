"""Mints a session for the demo's visitor, as a customer's server does, without the trip over HTTP."""

from chatdock.types.actor import KeyHolder
from chatdock.types.audit import by_key, minting
from chatdock.web.parts import Parts
from chatdock.web.rest.sessions import (
    ConfigurationParam,
    CreateSession,
    RateLimitsParam,
    UploadParam,
    WorkflowParam,
    session_of,
    show,
)

DEMO_KEY = KeyHolder(project="default", key_id="demo", scopes=("sessions:create",))
REQUESTS_PER_MINUTE = 60  # somebody who tries everything is not to be stopped by the default of 10


async def mint_for(parts: Parts, *, user: str, workflow: str) -> str:
    """A fresh client secret. Raises: BadRequest for an unknown workflow."""
    body = CreateSession(
        user=user,
        workflow=WorkflowParam(id=workflow),
        chatkit_configuration=ConfigurationParam(file_upload=UploadParam(enabled=True, max_file_size=25, max_files=5)),
        rate_limits=RateLimitsParam(max_requests_per_1_minute=REQUESTS_PER_MINUTE),
    )
    session = session_of(parts, DEMO_KEY, body)
    audit = minting(session.id, session.project, session.created_at, by_key(DEMO_KEY.key_id))
    await parts.store.sessions.add(session, audit)
    return show(parts, session).client_secret

"""Audit entries of requests: who asked is what `web.auth` found, under the request's id."""

from starlette.requests import Request

from chatdock.types.audit import Action, AuditEntry, by_key, by_session, entry


def audit_of(request: Request, project: str, action: Action, subject: str) -> AuditEntry:
    """An entry of this request, whose credential was verified."""
    state: dict[str, str] = request.scope["state"]
    actor = by_key(state["key_id"]) if "key_id" in state else by_session(state["session_id"])
    return entry(project, actor, action, subject, state["request_id"])

"""One chat request on its way through the door: who asks, with which session, in which language."""

import msgspec
from starlette.requests import Request

from chatdock.runs.responder import Definition
from chatdock.storage.base import Scoped
from chatdock.types.actor import Actor
from chatdock.types.audit import Action, AuditEntry, by_session, entry
from chatdock.types.session import Session
from chatdock.web.languages import wanted
from chatdock.web.parts import Parts, base_url_of


class Call(msgspec.Struct, frozen=True):
    """A verified chat request."""

    parts: Parts
    actor: Actor
    session: Session
    request: Request
    locale: str
    is_ours: bool  # the client says `x-chatdock-client`: it can resume a run, and knows branches
    request_id: str

    @property
    def base_url(self) -> str:
        """What links to files begin with."""
        return base_url_of(self.request)

    @property
    def scope(self) -> Scoped:
        """Everything this caller may reach in the store."""
        return self.parts.store.scoped(self.actor.scope)

    @property
    def definition(self) -> Definition:
        """The workflow this session is bound to."""
        return self.parts.catalog.current(self.actor.workflow, self.actor.workflow_version)

    def audit(self, action: Action, subject: str) -> AuditEntry:
        """An entry of this request."""
        return entry(self.actor.project, by_session(self.session.id), action, subject, self.request_id)


def locale_of(header: str | None) -> str:
    """The most wanted language of an Accept-Language header that looks like a tag; `en` where there is none."""
    for tag in wanted(header) if header else ():
        if len(tag) <= 35 and tag.replace("-", "").isalnum() and tag.isascii():
            return tag
    return "en"

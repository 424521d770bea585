"""Client secrets: `ek_<kid>_<signed claims>`, derived from the session row and never stored.

Rules: cheap checks first; the session's id is what is revoked, counted and logged, never the secret's text; the row stays
the authority (`sessions.registry`). The claims are v version, s session, p project, u user, w workflow, n its version,
o origins, c scopes, e expiry in seconds.
"""

import re
import time
from collections.abc import Callable
from typing import Literal

import msgspec

from chatdock.errors import BadRequest, Unauthorized
from chatdock.sessions.signing import BadToken, SigningKeys
from chatdock.types.actor import Actor
from chatdock.types.session import Session

PREFIX = "ek_"
SALT = b"client-secret.v1"
MAX_SECRET_CHARS = 4_096  # a user id of 512 characters outside the basic plane needs 3,100
SEEN_SECONDS = 5.0  # a page's burst of requests; the row is looked at every time all the same
MAX_SEEN = 10_000
MINT_SKEW_SECONDS = 5  # how far another node's clock may be ahead

_FORM = re.compile(r"ek_([a-z0-9]{1,8})_(\.?[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{4,8}\.[A-Za-z0-9_-]{43})", re.ASCII)


_SCOPES: dict[tuple[bool, bool], tuple[str, ...]] = {
    (False, False): ("chat", "feedback"),
    (True, False): ("chat", "feedback", "files"),
    (False, True): ("chat", "feedback", "history"),
    (True, True): ("chat", "feedback", "files", "history"),
}


class _Claims(msgspec.Struct, forbid_unknown_fields=True):
    v: Literal[1]
    s: str
    p: str
    u: str
    w: str
    n: str
    o: tuple[str, ...]
    c: tuple[str, ...]
    e: int


def scopes_of(session: Session) -> tuple[str, ...]:
    """What a session's secret may do: `chat` and `feedback` always, `files` and `history` where they are on."""
    configuration = session.configuration
    return _SCOPES[configuration.file_upload.enabled, configuration.history.enabled]


class ClientSecrets:
    """Mints and verifies. `max_age_seconds` is a second lock besides each secret's own expiry."""

    def __init__(self, keys: SigningKeys, max_age_seconds: int, now: Callable[[], float] = time.time) -> None:
        self._signers = keys.signers(SALT)
        self._kid = keys.kids[0]
        self._max_age_seconds = max_age_seconds
        self._now = now
        self._seen: dict[str, tuple[float, Actor]] = {}
        self._decoder = msgspec.json.Decoder(_Claims)
        self._encoder = msgspec.json.Encoder()

    def mint(self, session: Session) -> str:
        """The session's secret; the same one whenever it is asked for under the same first key.

        Raises: BadRequest where user and origins together do not fit into a secret.
        """
        claims = _Claims(
            v=1,
            s=session.id,
            p=session.project,
            u=session.user,
            w=session.workflow_id,
            n=session.workflow_version,
            o=tuple(session.origins),
            c=scopes_of(session),
            e=int(session.expires_at.timestamp()),
        )
        body = self._signers[self._kid].sign(self._encoder.encode(claims), int(session.created_at.timestamp()))
        secret = f"{PREFIX}{self._kid}_{body}"
        if len(secret) > MAX_SECRET_CHARS:
            raise BadRequest("The user and the origins are too long for a client secret.", param="user")
        return secret

    def recall(self, secret: str) -> Actor:
        """`verify`, at a tenth of its cost for a secret verified within the last seconds. Raises: Unauthorized."""
        now = self._now()
        seen = self._seen.get(secret)
        if seen is not None and now < seen[0]:
            return seen[1]
        self._seen.pop(secret, None)
        actor = self.verify(secret)
        if len(self._seen) >= MAX_SEEN:
            self._seen.clear()
        self._seen[secret] = (min(now + SEEN_SECONDS, actor.expires_at), actor)
        return actor

    def verify(self, secret: str) -> Actor:
        """Who holds it, by signature and time alone.

        Raises: Unauthorized, code `invalid_client_secret` or `session_expired`.
        """
        match = _FORM.fullmatch(secret) if len(secret) <= MAX_SECRET_CHARS else None
        signer = self._signers.get(match[1]) if match else None
        if match is None or signer is None:
            raise _invalid()
        try:
            raw, signed_at = signer.open(match[2])
            claims = self._decoder.decode(raw)
        except (BadToken, msgspec.DecodeError) as error:
            raise _invalid() from error
        age_seconds = self._now() - signed_at
        if age_seconds < -MINT_SKEW_SECONDS:
            raise _invalid()
        if self._now() >= claims.e or age_seconds > self._max_age_seconds:
            raise Unauthorized("This client secret has expired.", code="session_expired")
        return Actor(
            project=claims.p,
            user=claims.u,
            workflow=claims.w,
            workflow_version=claims.n,
            session_id=claims.s,
            expires_at=claims.e,
            origins=claims.o,
            scopes=claims.c,
        )


def _invalid() -> Unauthorized:
    return Unauthorized("This client secret is not valid.", code="invalid_client_secret")

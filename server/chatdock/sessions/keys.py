"""Server keys: `sk_<tag>_<key id><...>`, kept as an HMAC, found by id and compared in constant time.

    sk_cd_4gT0aZq1Lb_<32 random, base 62><6 of CRC-32, base 62>
       |  |           190 bits, so a fast hash is right: a slow one would let strangers burn our CPU
       |  `- key id: public, what logs and `keys list` show
       `- tag: tells a secret scanner whose key leaked

Rules: a revocation counts within a second, because nothing is remembered for longer; the checksum refuses typos and
random strings without asking the store.
Source: the key format of trust.md 3.3.
"""

import asyncio
import binascii
import hmac
import logging
import re
import secrets
import string
import time
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chatdock import clock
from chatdock.errors import BadRequest, ChatdockError, ConfigurationError, NotFound, Unauthorized
from chatdock.storage.base import Keys
from chatdock.types.actor import KeyHolder
from chatdock.types.audit import COMMAND, entry
from chatdock.types.key import ServerKey

PREFIX = "sk_"
TAG = "cd"
SCOPES = (
    "sessions:create",
    "sessions:cancel",
    "threads:read",
    "threads:write",
    "threads:delete",
    "workflows:read",
    "workflows:write",
    "webhooks",
    "admin",
)
DEFAULT_SCOPES = ("sessions:create", "sessions:cancel", "threads:read")
ENVIRONMENT_KEY_ID = "environment"
DEFAULT_PROJECT = "default"
MIN_ENVIRONMENT_KEY_CHARS = 16
MAX_KEY_CHARS = 512
CACHE_SECONDS = 1.0  # a revoked key may work this long in other processes
MAX_CACHED_KEYS = 1_000  # one server has a handful of keys; a bound all the same
USE_SECONDS = 60.0  # how exactly `last_used_at` is known: a write a minute and key, whatever the traffic

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_FORM = re.compile(r"sk_[a-z0-9]{1,16}_([0-9A-Za-z]{10})_([0-9A-Za-z]{32})([0-9A-Za-z]{6})", re.ASCII)
_ANY_FORM = re.compile(r"[\x21-\x7e]+")

State = Literal["valid", "environment", "mistyped", "unknown", "revoked", "expired"]

_ENVIRONMENT = KeyHolder(project=DEFAULT_PROJECT, key_id=ENVIRONMENT_KEY_ID, scopes=SCOPES)

log = logging.getLogger(__name__)


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator asks for; `lifetime` None is for ever."""

    project: str = DEFAULT_PROJECT
    name: str = ""
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    lifetime: timedelta | None = None


class Verdict(msgspec.Struct, frozen=True):
    """What is known of a text that claims to be a key; the row only where the text is the whole key."""

    state: State
    key: ServerKey | None = None


class KeyRing:
    """Verifies and manages server keys.

    `pepper` is the HMAC key of the digests: changing it makes every stored key void. `environment_key` is accepted
    besides the stored ones, for the project `default` and every scope.
    Raises: ConfigurationError for an environment key that cannot work.
    """

    def __init__(self, keys: Keys, pepper: bytes, environment_key: str = "") -> None:
        if environment_key:
            _check_environment_key(environment_key)
        self._keys = keys
        self._pepper = pepper
        self._environment_key = environment_key.encode("ascii")
        self._cache: dict[str, tuple[float, ServerKey]] = {}
        self._uses: dict[str, float] = {}  # when each was last noted
        self._notes: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Notes in flight finish first."""
        await asyncio.gather(*self._notes)

    async def verify(self, token: str) -> KeyHolder:
        """Who holds it. Raises: Unauthorized; Unavailable when the store is away."""
        if len(token) > MAX_KEY_CHARS or not _ANY_FORM.fullmatch(token):
            raise _invalid()
        if self._is_environment_key(token):
            return _ENVIRONMENT
        match = _FORM.fullmatch(token)
        if match is None or not has_checksum(token):
            raise _invalid()
        key = await self._load(match[1])
        if not hmac.compare_digest(self._digest(match[2]), key.digest) or not _is_live(key, clock.now()):
            raise _invalid()
        self._note_use(key.id)
        return KeyHolder(project=key.project, key_id=key.id, scopes=tuple(key.scopes))

    async def examine(self, token: str) -> Verdict:
        """What `verify` would say and why, for an operator who has the key. Counts as no use. Raises: Unavailable."""
        if self._is_environment_key(token):
            return Verdict("environment")
        match = _FORM.fullmatch(token)
        if match is None or not has_checksum(token):
            return Verdict("mistyped")
        try:
            key = await self._keys.get(match[1])
        except NotFound:
            return Verdict("unknown")
        if not hmac.compare_digest(self._digest(match[2]), key.digest):
            return Verdict("unknown")
        if key.revoked_at is not None:
            return Verdict("revoked", key)
        return Verdict("valid" if _is_live(key, clock.now()) else "expired", key)

    def key_id(self, token: str) -> str | None:
        """The id a key claims to have, unverified: what may be logged about it."""
        if self._is_environment_key(token):
            return ENVIRONMENT_KEY_ID
        match = _FORM.fullmatch(token)
        return match[1] if match else None

    async def create(self, wanted: NewKey, by: str = COMMAND) -> tuple[str, ServerKey]:
        """A new key: its text, which is shown once and kept nowhere, and its row. Raises: BadRequest."""
        unknown = sorted(set(wanted.scopes) - set(SCOPES))
        if unknown or not wanted.scopes:
            raise BadRequest(f"Scopes are {', '.join(SCOPES)}; not {', '.join(unknown) or 'none'}.", param="scopes")
        key_id, secret = _random(10), _random(32)
        now = clock.now()
        key = ServerKey(
            id=key_id,
            project=wanted.project,
            name=wanted.name,
            digest=self._digest(secret),
            scopes=list(wanted.scopes),
            created_at=now,
            expires_at=now + wanted.lifetime if wanted.lifetime else None,
        )
        await self._keys.add(key, entry(key.project, by, "key.create", key.id))
        return _with_checksum(f"{PREFIX}{TAG}_{key_id}_{secret}"), key

    async def list(self) -> list[ServerKey]:
        """Every key, oldest first."""
        return await self._keys.list()

    async def revoke(self, key_id: str, by: str = COMMAND) -> ServerKey:
        """Ends a key for good: at once here, within a second elsewhere. Idempotent. Raises: NotFound."""
        key = await self._keys.get(key_id)
        if key.revoked_at is None:
            key = msgspec.structs.replace(key, revoked_at=clock.now())
            await self._keys.save(key, entry(key.project, by, "key.revoke", key.id))
        self._cache.pop(key_id, None)
        return key

    async def roll(self, key_id: str, overlap: timedelta, by: str = COMMAND) -> tuple[str, ServerKey]:
        """A successor with the same project, name and scopes; the old key works on for `overlap`.

        Raises: NotFound; BadRequest if the key is already dead.
        """
        old = await self._keys.get(key_id)
        now = clock.now()
        if not _is_live(old, now):
            raise BadRequest("This key is revoked or expired; create a new one.", param="id")
        lifetime = old.expires_at - old.created_at if old.expires_at else None
        created = await self.create(
            NewKey(project=old.project, name=old.name, scopes=tuple(old.scopes), lifetime=lifetime), by
        )
        ends_at = min(now + overlap, old.expires_at or now + overlap)
        rolled = entry(old.project, by, "key.roll", old.id)
        await self._keys.save(msgspec.structs.replace(old, expires_at=ends_at), rolled)
        self._cache.pop(key_id, None)
        return created

    def _note_use(self, key_id: str) -> None:
        """Beside the request, which does not wait for it."""
        now = time.monotonic()
        noted_at = self._uses.get(key_id)
        if noted_at is not None and now - noted_at < USE_SECONDS:
            return
        self._uses[key_id] = now
        task = asyncio.create_task(self._write_use(key_id), name="key use")
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    async def _write_use(self, key_id: str) -> None:
        now = clock.now()
        try:
            await self._keys.note_use(key_id, now, now - timedelta(seconds=USE_SECONDS))
        except ChatdockError as error:  # the next minute's use is noted again
            log.warning("a key's use was not noted: %s", error.code)

    async def _load(self, key_id: str) -> ServerKey:
        cached = self._cache.get(key_id)
        if cached and time.monotonic() - cached[0] < CACHE_SECONDS:
            return cached[1]
        self._cache.pop(key_id, None)
        asked_at = time.monotonic()  # before the read: an answer is as old as its question
        try:
            key = await self._keys.get(key_id)
        except NotFound:
            raise _invalid() from None
        if len(self._cache) >= MAX_CACHED_KEYS:
            self._cache.clear()
        self._cache[key_id] = (asked_at, key)
        return key

    def _is_environment_key(self, token: str) -> bool:
        known = self._environment_key
        return bool(known) and hmac.compare_digest(token.encode("utf-8", "replace"), known)

    def _digest(self, secret: str) -> str:
        return hmac.digest(self._pepper, secret.encode("utf-8", "replace"), "sha256").hex()


def has_checksum(token: str) -> bool:
    """Whether a text is a key without a typo; says nothing about whether it is valid. Needs no store."""
    return bool(_FORM.fullmatch(token)) and _with_checksum(token[:-6]) == token


def _is_live(key: ServerKey, now: datetime) -> bool:
    return key.revoked_at is None and (key.expires_at is None or now < key.expires_at)


def _with_checksum(text: str) -> str:
    number, digits = binascii.crc32(text.encode("ascii")), ""
    for _ in range(6):  # 62**6 > 2**32
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return text + digits


def _random(chars: int) -> str:
    return "".join(secrets.choice(_DIGITS) for _ in range(chars))


def _invalid() -> Unauthorized:
    return Unauthorized("This API key is not valid.", code="invalid_api_key")


def _check_environment_key(key: str) -> None:
    if len(key) < MIN_ENVIRONMENT_KEY_CHARS:
        raise ConfigurationError(f"CHATDOCK_API_KEY must have at least {MIN_ENVIRONMENT_KEY_CHARS} characters.")
    if len(key) > MAX_KEY_CHARS or not _ANY_FORM.fullmatch(key):
        raise ConfigurationError("CHATDOCK_API_KEY must be printable ASCII without spaces, at most 512 characters.")
    if key.startswith("ek_"):
        raise ConfigurationError("CHATDOCK_API_KEY must not begin with ek_, which marks client secrets.")

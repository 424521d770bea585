"""Signed links and upload tokens: a right to one file, for a while, that can travel where a header cannot.

Rules: each kind has a salt of its own, so a preview link uploads nothing and no client secret opens either; a token names
the file's whole scope, so the store is asked for that scope's row and nobody else's.
"""

import re
import time
from collections.abc import Callable
from typing import Literal

import msgspec

from chatdock.errors import NotFound, Unauthorized
from chatdock.sessions.signing import BadToken, SigningKeys
from chatdock.types.actor import Scope

PREVIEW_SECONDS = 3_600  # as long as a page shows a thread without asking again
UPLOAD_SECONDS = 600  # as long as a session
MAX_TOKEN_CHARS = 4_096

Kind = Literal["preview", "upload"]

_SALTS: dict[Kind, bytes] = {"preview": b"file-preview.v1", "upload": b"file-upload.v1"}
_FORM = re.compile(r"([a-z0-9]{1,8})_(\.?[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{4,8}\.[A-Za-z0-9_-]{43})", re.ASCII)


class FileRight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """File `f` of a scope, until `e`, as long as session `s` is not cancelled; for an upload `b` is the most bytes."""

    f: str
    p: str
    u: str
    w: str
    e: int
    s: str = ""
    b: int = 0

    @property
    def scope(self) -> Scope:
        """Where the file lives."""
        return Scope(project=self.p, user=self.u, workflow=self.w)


class FileLinks:
    """Signs and opens them under the same list of keys as client secrets."""

    def __init__(self, keys: SigningKeys, now: Callable[[], float] = time.time) -> None:
        self._kid = keys.kids[0]
        self._signers = {kind: keys.signers(salt) for kind, salt in _SALTS.items()}
        self._now = now

    def preview(self, scope: Scope, file_id: str, session_id: str = "") -> str:
        """A token for an `<img src>`. One made for a session dies with it; a server key's own has none."""
        # Rounded up to the half hour: a page that asks again gets the same address, which the browser has cached.
        half = PREVIEW_SECONDS // 2
        ends_at = (int(self._now()) // half + 3) * half
        owner = (scope.project, scope.user or "", scope.workflow or "")
        return self._sign("preview", FileRight(file_id, *owner, ends_at, session_id))

    def upload(self, scope: Scope, session_id: str, file_id: str, limit_bytes: int) -> str:
        """A token for the second phase of one upload."""
        ends_at = int(self._now()) + UPLOAD_SECONDS
        owner = (scope.project, scope.user or "", scope.workflow or "")
        return self._sign("upload", FileRight(file_id, *owner, ends_at, session_id, limit_bytes))

    def open_preview(self, token: str) -> FileRight:
        """Raises: NotFound, whatever is wrong with it: an image has no use for more."""
        right = self._open("preview", token)
        if right is None:
            raise NotFound("No such file.")
        return right

    def open_upload(self, token: str) -> FileRight:
        """Raises: Unauthorized."""
        right = self._open("upload", token)
        if right is None:
            raise Unauthorized("This upload link is not valid any more.", code="invalid_upload_token")
        return right

    def _sign(self, kind: Kind, right: FileRight) -> str:
        # Signed as of its end, not of now: the same right has the same text.
        return f"{self._kid}_{self._signers[kind][self._kid].sign(msgspec.json.encode(right), right.e)}"

    def _open(self, kind: Kind, token: str) -> FileRight | None:
        match = _FORM.fullmatch(token) if len(token) <= MAX_TOKEN_CHARS else None
        signer = self._signers[kind].get(match[1]) if match else None
        if match is None or signer is None:
            return None
        try:
            right = msgspec.json.decode(signer.open(match[2])[0], type=FileRight)
        except (BadToken, msgspec.DecodeError):
            return None
        return right if self._now() < right.e else None

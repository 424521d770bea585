"""Signing keys: a list by kid, where the first signs and all verify, and one signer for each purpose.

Rules: a purpose is a salt, so a token made for one door opens no other. SHA-256 and HMAC derivation, never the library's
defaults (SHA-1, django-concat). A token must be in its one canonical encoding: itsdangerous alone accepts aliases.
"""

import base64
import binascii
import hashlib
import hmac
import re
import zlib
from collections.abc import Mapping

from itsdangerous import BadData, TimestampSigner
from itsdangerous.encoding import base64_decode, base64_encode, bytes_to_int, int_to_bytes
from itsdangerous.signer import SigningAlgorithm

from chatdock.errors import ConfigurationError

MIN_KEY_BYTES = 32  # as long as the digest
MAX_CLAIMS_BYTES = 16 * 1024  # far above the largest claims we write: a cap for zlib
PLAIN_BYTES = 512  # up to here compressing costs as much as all the rest of minting, and saves 60 characters
MIN_DISTINCT_BYTES = 8  # 32 random bytes have fewer once in 10**30 tries; repeated patterns always

_BLOCK_BYTES = 64  # of SHA-256, longer than the keys the library derives
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_KID = re.compile(r"[a-z0-9]{1,8}")
_WELL_KNOWN = frozenset(
    hashlib.sha256(key).digest()
    for key in (
        bytes(range(32)),
        bytes(range(1, 33)),
        b"0123456789abcdef0123456789abcdef",
        b"0123456789abcdef" * 4,
        b"abcdefghijklmnopqrstuvwxyz012345",
        b"abcdefghijklmnopqrstuvwxyz123456",
        b"change-me-change-me-change-me-ch",
        b"changeme" * 4,
        b"your-256-bit-secret-your-256-bit",
        b"an-example-key-of-thirty-2-bytes",
    )
)


class BadToken(Exception):
    """Not a token of ours, for this purpose, in its canonical form."""


class SigningKeys:
    """Keys by kid, newest first.

    Raises: ConfigurationError for none, a short one, a well-known one, or two that are equal.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise ConfigurationError("CHATDOCK_SIGNING_KEYS holds no key.")
        for kid, key in keys.items():
            _check(kid, key)
        if len(set(keys.values())) != len(keys):
            raise ConfigurationError("CHATDOCK_SIGNING_KEYS holds the same key under two ids.")
        self._keys = dict(keys)

    @property
    def kids(self) -> tuple[str, ...]:
        """Every kid; the first one signs."""
        return tuple(self._keys)

    def derive(self, kid: str, purpose: bytes) -> bytes | None:
        """32 bytes for one purpose, the same for ever; None where that key is not on the list."""
        key = self._keys.get(kid)
        return None if key is None else hmac.digest(key, b"chatdock.derive.v1\0" + purpose, "sha256")

    def signers(self, salt: bytes) -> dict[str, "Purpose"]:
        """A signer for one purpose under every kid."""
        return {kid: Purpose(key, salt) for kid, key in self._keys.items()}


class Purpose:
    """Signs and opens `payload.timestamp.signature` for one purpose, in the form URLSafeTimedSerializer reads and writes."""

    def __init__(self, key: bytes, salt: bytes) -> None:
        self._signer = _FixedKeySigner(key, salt)

    def sign(self, claims: bytes, signed_at: int) -> str:
        """Claims as JSON, signed as of that second."""
        packed = zlib.compress(claims) if len(claims) > PLAIN_BYTES else claims
        payload = b"." + _encode(packed) if len(packed) < len(claims) - 1 else _encode(claims)
        value = b"%b.%b" % (payload, _encode(int_to_bytes(signed_at)))
        return (b"%b.%b" % (value, _encode(self._signer.digest(value)))).decode("ascii")

    def open(self, body: str) -> tuple[bytes, int]:
        """The claims as JSON and the second they were signed at. Raises: BadToken."""
        try:
            value = self._signer.signed_value(body.encode("ascii"))
            payload, timestamp = value.rsplit(b".", 1)
            return _unpack(payload), bytes_to_int(base64_decode(timestamp))
        except (BadData, ValueError, zlib.error) as error:
            raise BadToken("not a token of ours") from error


class _HmacSha256(SigningAlgorithm):
    """The library's own algorithm in one call instead of four."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")


class _FixedKeySigner(TimestampSigner):
    """Derives its key once, and begins to hash with it once: the library does both anew for every token."""

    def __init__(self, key: bytes, salt: bytes) -> None:
        super().__init__(key, salt=salt, key_derivation="hmac", digest_method=hashlib.sha256, algorithm=_HmacSha256())
        self._derived = super().derive_key()
        padded = self._derived.ljust(_BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(padded.translate(_INNER))
        self._outer = hashlib.sha256(padded.translate(_OUTER))

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        return self._derived

    def digest(self, value: bytes) -> bytes:
        """HMAC-SHA256 (RFC 2104) of what is to be signed."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(value)
        outer.update(inner.digest())
        return outer.digest()

    def signed_value(self, body: bytes) -> bytes:
        """What was signed. Raises: BadData for another signature, or for this one spelt differently."""
        value, _, signature = body.rpartition(b".")
        if not self.verify_signature(value, signature) or base64_encode(base64_decode(signature)) != signature:
            raise BadData("no such signature")
        return value


def _encode(data: bytes) -> bytes:
    """The library's `base64_encode`, four times as fast."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_URL_SAFE)


def _unpack(payload: bytes) -> bytes:
    if not payload.startswith(b"."):
        return base64_decode(payload)
    stream = zlib.decompressobj()
    claims = stream.decompress(base64_decode(payload[1:]), MAX_CLAIMS_BYTES)
    if not stream.eof:
        raise BadData("claims too large")
    return claims


def parse_signing_keys(text: str) -> SigningKeys:
    """Keys from `kid:base64,kid:base64`. Raises: ConfigurationError, in one sentence that never shows a key."""
    keys: dict[str, bytes] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        kid, colon, encoded = part.partition(":")
        if not colon:
            raise ConfigurationError("CHATDOCK_SIGNING_KEYS must be a list of kid:base64, separated by commas.")
        if kid in keys:
            raise ConfigurationError(f"CHATDOCK_SIGNING_KEYS names the key id {kid[:8]!r} twice.")
        keys[kid] = _decode(kid, encoded.strip())
    return SigningKeys(keys)


def _decode(kid: str, encoded: str) -> bytes:
    standard = encoded.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ConfigurationError(f"CHATDOCK_SIGNING_KEYS: the key {kid[:8]!r} is not base64.") from None


def _check(kid: str, key: bytes) -> None:
    if not _KID.fullmatch(kid):
        raise ConfigurationError("CHATDOCK_SIGNING_KEYS: a key id has 1 to 8 characters of a-z and 0-9.")
    if len(key) < MIN_KEY_BYTES:
        raise ConfigurationError(
            f"CHATDOCK_SIGNING_KEYS: the key {kid!r} has {len(key)} bytes, and {MIN_KEY_BYTES} are the least."
        )
    if len(set(key)) < MIN_DISTINCT_BYTES or hashlib.sha256(key).digest() in _WELL_KNOWN:
        raise ConfigurationError(f"CHATDOCK_SIGNING_KEYS: the key {kid!r} is an example or a pattern, not a secret.")

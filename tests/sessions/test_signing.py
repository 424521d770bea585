"""Signing keys: what the setting may say, and what makes the server refuse to start."""

import base64
import hashlib
import os

import pytest
from itsdangerous import URLSafeTimedSerializer

from chatdock.errors import ConfigurationError
from chatdock.sessions.signing import BadToken, Purpose, SigningKeys, parse_signing_keys

NEW, OLD = hashlib.sha256(b"new").digest(), hashlib.sha256(b"old").digest()


def _b64(key: bytes) -> str:
    return base64.b64encode(key).decode()


def test_the_first_key_signs_and_all_are_kept() -> None:
    assert parse_signing_keys(f"7:{_b64(NEW)}, 6:{_b64(OLD)}").kids == ("7", "6")


def test_base64_may_be_url_safe_and_unpadded() -> None:
    key = b"\xfb\xff" * 8 + os.urandom(20)
    text = base64.urlsafe_b64encode(key).rstrip(b"=").decode()
    assert parse_signing_keys(f"a:{text}").kids == ("a",)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "no key"),
        (" , ", "no key"),
        (_b64(NEW), "kid:base64"),
        (f"7:{_b64(NEW[:31])}", "31 bytes"),
        (f"7:{_b64(NEW)},7:{_b64(OLD)}", "twice"),
        (f"7:{_b64(NEW)},6:{_b64(NEW)}", "same key"),
        (f"ABC:{_b64(NEW)}", "a-z"),
        (f"toolongid:{_b64(NEW)}", "8 characters"),
        ("7:!!!not base64!!!", "not base64"),
        (f"7:{_b64(bytes(32))}", "pattern"),
        (f"7:{_b64(bytes(range(32)))}", "example"),
        (f"7:{_b64(b'0123456789abcdef0123456789abcdef')}", "example"),
        (f"7:{_b64(b'changeme' * 4)}", "example"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_in_one_sentence_without_the_key(text: str, word: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_signing_keys(text)
    message = refused.value.message
    assert word in message and message.count(".") <= 2 and "\n" not in message
    assert _b64(NEW)[:12] not in message


def test_the_library_reads_our_tokens_and_we_read_its_own() -> None:
    theirs = URLSafeTimedSerializer(
        NEW, salt=b"s", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )
    assert theirs.loads(Purpose(NEW, b"s").sign(b'{"a":1}', 1_800_000_000)) == {"a": 1}
    assert Purpose(NEW, b"s").open(theirs.dumps({"a": 1}))[0] == b'{"a":1}'


def test_a_token_for_one_purpose_opens_nothing_under_another() -> None:
    token = Purpose(NEW, b"client-secret.v1").sign(b'{"a":1}', 1_800_000_000)
    with pytest.raises(BadToken):
        Purpose(NEW, b"file-preview.v1").open(token)


def test_claims_that_unpack_to_megabytes_are_refused() -> None:
    bomb = Purpose(NEW, b"s").sign(b" " * 10_000_000, 1_800_000_000)
    assert len(bomb) < 20_000
    with pytest.raises(BadToken):
        Purpose(NEW, b"s").open(bomb)


def test_keys_given_directly_are_held_to_the_same_rules() -> None:
    with pytest.raises(ConfigurationError):
        SigningKeys({})

"""Server keys: made once, found by id, void within a second."""

import asyncio
import random
import string
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from chatdock.errors import BadRequest, ConfigurationError, NotFound, Unauthorized, Unavailable
from chatdock.sessions.keys import SCOPES, KeyRing, NewKey, Verdict, has_checksum
from chatdock.storage.base import Store

PEPPER = b"p" * 32


@pytest.fixture
def ring(memory: Store) -> KeyRing:
    return KeyRing(memory.keys, PEPPER, "an-environment-key-0123")


async def _refused(ring: KeyRing, token: str) -> bool:
    try:
        await ring.verify(token)
    except Unauthorized:
        return True
    return False


async def test_a_new_key_is_shown_once_and_kept_as_a_digest(ring: KeyRing, memory: Store) -> None:
    token, key = await ring.create(NewKey(project="shop", name="backend"))
    assert token.startswith("sk_cd_") and len(token) == 6 + 10 + 1 + 32 + 6
    holder = await ring.verify(token)
    assert (holder.project, holder.key_id) == ("shop", key.id)
    assert holder.scopes == ("sessions:create", "sessions:cancel", "threads:read")
    (stored,) = await memory.keys.list()
    secret = token.split("_")[-1]
    assert not any(secret[start : start + 8] in str(stored) for start in range(len(secret) - 8))


async def test_a_typo_is_found_without_the_store(ring: KeyRing) -> None:
    token, _ = await ring.create(NewKey())
    assert has_checksum(token)
    for position in range(6, len(token)):
        typo = token[:position] + ("a" if token[position] != "a" else "b") + token[position + 1 :]
        assert not has_checksum(typo)
        assert await _refused(ring, typo)


async def test_a_key_of_another_pepper_is_void(ring: KeyRing, memory: Store) -> None:
    token, _ = await ring.create(NewKey())
    assert await _refused(KeyRing(memory.keys, b"q" * 32), token)


async def test_the_right_id_with_another_secret_is_refused(ring: KeyRing, memory: Store) -> None:
    _, key = await ring.create(NewKey())
    foreign, _ = await KeyRing(memory.keys, PEPPER).create(NewKey())
    body = f"sk_cd_{key.id}_{foreign.split('_')[3][:32]}"
    forged = next(body + crc for crc in [_crc(body)])
    assert has_checksum(forged)
    assert await _refused(ring, forged)


def _crc(body: str) -> str:
    import binascii

    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    number, text = binascii.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        text = digits[digit] + text
    return text


async def test_a_revoked_key_is_void_at_once_here_and_soon_after_elsewhere(ring: KeyRing, memory: Store) -> None:
    token, key = await ring.create(NewKey())
    elsewhere = KeyRing(memory.keys, PEPPER)
    await elsewhere.verify(token)  # and remembers it
    await ring.revoke(key.id)
    assert await _refused(ring, token)
    revoked_at = time.monotonic()
    while not await _refused(elsewhere, token):
        assert time.monotonic() - revoked_at < 30
        await asyncio.sleep(0.05)
    assert all([await _refused(ring, token) for _ in range(100)])
    assert (await ring.revoke(key.id)).revoked_at is not None


async def test_an_expired_key_is_void(ring: KeyRing) -> None:
    token, _ = await ring.create(NewKey(lifetime=timedelta(milliseconds=30)))
    await asyncio.sleep(0.05)
    assert await _refused(ring, token)


async def test_both_keys_work_during_the_overlap_and_then_only_the_new_one(ring: KeyRing) -> None:
    old, key = await ring.create(NewKey(project="shop", scopes=("threads:read", "threads:delete")))
    new, successor = await ring.roll(key.id, timedelta(seconds=2))
    assert (successor.project, successor.scopes) == ("shop", ["threads:read", "threads:delete"])
    assert not await _refused(ring, old) and not await _refused(ring, new)
    await asyncio.sleep(2.05)
    assert await _refused(ring, old) and not await _refused(ring, new)


async def test_a_dead_key_cannot_be_rolled_back_to_life(ring: KeyRing) -> None:
    _, key = await ring.create(NewKey())
    await ring.revoke(key.id)
    with pytest.raises(BadRequest):
        await ring.roll(key.id, timedelta(hours=1))
    with pytest.raises(NotFound):
        await ring.roll("unknown000", timedelta(hours=1))


async def test_the_environments_key_holds_every_scope_of_the_default_project(ring: KeyRing) -> None:
    holder = await ring.verify("an-environment-key-0123")
    assert (holder.project, holder.key_id, holder.scopes) == ("default", "environment", SCOPES)
    assert await _refused(ring, "an-environment-key-0124")
    assert await _refused(ring, "an-environment-key-012")


@pytest.mark.parametrize(
    "key", ["short", "ek_looks_like_a_client_secret", "has a space in it 123", "ümlaut-key-0123456789"]
)
def test_an_environment_key_that_cannot_work_is_refused_at_start(memory: Store, key: str) -> None:
    with pytest.raises(ConfigurationError):
        KeyRing(memory.keys, PEPPER, key)


async def test_an_unknown_scope_is_refused(ring: KeyRing) -> None:
    with pytest.raises(BadRequest):
        await ring.create(NewKey(scopes=("everything",)))


async def test_no_random_key_is_accepted_and_each_costs_little(ring: KeyRing) -> None:
    chance = random.Random(7)
    letters = string.ascii_letters + string.digits
    tokens = [
        "sk_cd_" + "".join(chance.choices(letters, k=10)) + "_" + "".join(chance.choices(letters, k=38))
        for _ in range(20_000)
    ]
    began = time.process_time()
    refused = [await _refused(ring, token) for token in tokens]
    cost_us = (time.process_time() - began) / len(tokens) * 1e6
    assert all(refused)
    assert cost_us < 200  # 60 on a quiet machine


@pytest.mark.parametrize(
    "token", ["", " ", "sk_", "sk_cd_", "ek_7_x", "Bearer x", "\x00" * 55, "a" * 100_000, "sk_cd_é"]
)
async def test_what_is_no_key_at_all_is_refused(ring: KeyRing, token: str) -> None:
    assert await _refused(ring, token)


async def test_the_id_may_be_logged_and_nothing_else_is_found_in_it(ring: KeyRing) -> None:
    token, key = await ring.create(NewKey())
    assert ring.key_id(token) == key.id
    assert ring.key_id("an-environment-key-0123") == "environment"
    assert ring.key_id("nonsense") is None


async def test_a_keys_use_is_noted_once_a_minute_beside_the_request(memory: Store) -> None:
    counting = CountingKeys(memory)
    ring = KeyRing(counting, PEPPER)
    token, key = await ring.create(NewKey())
    for _ in range(50):
        await ring.verify(token)
        assert not await _refused(ring, token)
    await ring.close()
    assert counting.notes == 1
    noted = (await memory.keys.get(key.id)).last_used_at
    assert noted is not None and noted >= key.created_at
    another = KeyRing(memory.keys, PEPPER)  # as another process, within the same minute
    await another.verify(token)
    await another.close()
    assert (await memory.keys.get(key.id)).last_used_at == noted


async def test_a_store_that_cannot_note_a_use_refuses_nobody(memory: Store) -> None:
    counting = CountingKeys(memory)
    ring = KeyRing(counting, PEPPER)
    token, _ = await ring.create(NewKey())
    counting.away = True
    assert not await _refused(ring, token)
    await ring.close()


async def test_what_is_refused_is_no_use(ring: KeyRing, memory: Store) -> None:
    token, key = await ring.create(NewKey())
    assert await _refused(ring, token[:-1] + ("a" if token[-1] != "a" else "b"))
    await ring.examine(token)
    await ring.close()
    assert (await memory.keys.get(key.id)).last_used_at is None


async def test_examining_a_key_says_why_it_is_refused(ring: KeyRing) -> None:
    token, key = await ring.create(NewKey(lifetime=timedelta(hours=1)))
    assert await ring.examine(token) == Verdict("valid", key)
    assert (await ring.examine("an-environment-key-0123")).state == "environment"
    assert (await ring.examine(token[:-1])).state == "mistyped"
    body = f"sk_cd_{key.id}_{'a' * 32}"
    assert await ring.examine(body + _crc(body)) == Verdict("unknown"), "the id alone tells nothing about its key"
    ended, past = await ring.create(NewKey(lifetime=timedelta(seconds=-1)))
    assert await ring.examine(ended) == Verdict("expired", past)
    assert await ring.examine(token) == Verdict("valid", key)
    revoked = await ring.revoke(key.id)
    assert await ring.examine(token) == Verdict("revoked", revoked)


async def test_making_rolling_and_revoking_leave_one_entry_each(ring: KeyRing, memory: Store) -> None:
    _, old = await ring.create(NewKey(project="shop"))
    _, new = await ring.roll(old.id, timedelta(hours=1), by="key operator")
    for _ in range(2):
        await ring.revoke(new.id)
    entries = await memory.audit.latest(10)
    told = [(each.project, each.actor, each.action, each.subject) for each in entries]
    assert sorted(told) == sorted(  # those of one roll are of one instant
        [
            ("shop", "command", "key.create", old.id),
            ("shop", "key operator", "key.create", new.id),
            ("shop", "key operator", "key.roll", old.id),
            ("shop", "command", "key.revoke", new.id),
        ]
    )


class CountingKeys:
    """The store's keys, counting notes; away for those when told to be."""

    def __init__(self, store: Store) -> None:
        self._keys = store.keys
        self.notes = 0
        self.away = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._keys, name)

    async def note_use(self, key_id: str, at: datetime, unless_since: datetime) -> None:
        self.notes += 1
        if self.away:
            raise Unavailable("away")
        await self._keys.note_use(key_id, at, unless_since)

"""Client secrets: every way to bend one is a 401, and every honest one passes."""

import base64
import hashlib
import string
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdock.errors import BadRequest, Unauthorized
from chatdock.sessions.links import FileLinks
from chatdock.sessions.secrets import ClientSecrets
from chatdock.sessions.signing import Purpose, SigningKeys
from chatdock.types.actor import Scope
from chatdock.types.session import Session
from sessions.made import session as made

KEY, OTHER_KEY = hashlib.sha256(b"key").digest(), hashlib.sha256(b"other key").digest()
KEYS = SigningKeys({"7": KEY})
MINTED_AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ALPHABET = string.ascii_letters + string.digits + "_-."


class Clock:
    def __init__(self) -> None:
        self.time = MINTED_AT.timestamp()

    def __call__(self) -> float:
        return self.time


def session(user: str = "user-42", **changes: Any) -> Session:
    """Minted at noon."""
    return made(
        user,
        **{
            "id": "cksess_1",
            "workflow_id": "wf_demo",
            "workflow_version": "3",
            "created_at": MINTED_AT,
            "expires_at": MINTED_AT + timedelta(seconds=600),
            "origins": ["https://app.example.com"],
            **changes,
        },
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def secrets(clock: Clock) -> ClientSecrets:
    return ClientSecrets(KEYS, 600, clock)


def _code(secrets: ClientSecrets, secret: str) -> str | None:
    with pytest.raises(Unauthorized) as refused:
        secrets.verify(secret)
    return refused.value.code


def test_a_minted_secret_names_its_session_and_everything_a_query_needs(secrets: ClientSecrets) -> None:
    actor = secrets.verify(secrets.mint(session()))
    assert (actor.session_id, actor.project, actor.user) == ("cksess_1", "default", "user-42")
    assert (actor.workflow, actor.workflow_version) == ("wf_demo", "3")
    assert actor.origins == ("https://app.example.com",)
    assert set(actor.scopes) == {"chat", "feedback", "files", "history"}


def test_the_same_row_gives_the_same_secret_at_any_time(secrets: ClientSecrets, clock: Clock) -> None:
    first = secrets.mint(session())
    clock.time += 300
    assert secrets.mint(session()) == first


def test_a_secret_dies_at_its_second_and_not_before(secrets: ClientSecrets, clock: Clock) -> None:
    secret = secrets.mint(session())
    clock.time += 599.9
    secrets.verify(secret)
    clock.time += 0.1
    assert _code(secrets, secret) == "session_expired"


def test_the_servers_own_maximum_is_a_second_lock(clock: Clock) -> None:
    secret = ClientSecrets(KEYS, 600, clock).mint(session())
    clock.time += 301
    assert _code(ClientSecrets(KEYS, 300, clock), secret) == "session_expired"


def test_a_secret_from_a_clock_slightly_ahead_counts_and_one_from_far_ahead_does_not(clock: Clock) -> None:
    secrets = ClientSecrets(KEYS, 600, clock)
    secrets.verify(secrets.mint(session(created_at=MINTED_AT + timedelta(seconds=4))))
    assert (
        _code(secrets, secrets.mint(session(created_at=MINTED_AT + timedelta(seconds=60)))) == "invalid_client_secret"
    )


def test_no_flipped_bit_is_accepted(secrets: ClientSecrets) -> None:
    secret = secrets.mint(session()).encode()
    secrets.verify(secret.decode())
    for position in range(len(secret)):
        for bit in range(8):
            bent = bytearray(secret)
            bent[position] ^= 1 << bit
            with pytest.raises(Unauthorized):
                secrets.verify(bent.decode("latin-1"))


def test_no_other_character_at_any_place_is_accepted(secrets: ClientSecrets) -> None:
    secret = secrets.mint(session())
    for position, char in enumerate(secret):
        for other in ALPHABET:
            if other != char:
                with pytest.raises(Unauthorized):
                    secrets.verify(secret[:position] + other + secret[position + 1 :])


def test_no_piece_of_a_secret_is_accepted(secrets: ClientSecrets) -> None:
    secret = secrets.mint(session())
    for length in range(len(secret)):
        with pytest.raises(Unauthorized):
            secrets.verify(secret[:length])
        with pytest.raises(Unauthorized):
            secrets.verify(secret[length + 1 :])


@pytest.mark.parametrize(
    "alias",
    [
        lambda s: s + "=",
        lambda s: s + "==",
        lambda s: s + "\n",
        lambda s: " " + s,
        lambda s: s[:-5] + "é" + s[-5:],
        lambda s: s[:20] + "\u200b" + s[20:],
        lambda s: s.replace("ek_7_", "ek_07_"),
        lambda s: s.replace("ek_7_", "EK_7_"),
        lambda s: s.replace("ek_7_", "ek_7__"),
        lambda s: s.replace("ek_7_", "sk_7_"),
        lambda s: s.replace("ek_7_", "ek_8_"),
        lambda s: s.replace("ek_7_", ""),
        lambda s: s.replace("ek_7_", "ek_７_"),  # a full-width digit
        lambda s: s + s,
        lambda s: s * 20,
        lambda _: "",
        lambda _: "ek_",
        lambda _: "null",
    ],
)
def test_no_alias_of_a_secret_is_accepted(secrets: ClientSecrets, alias: object) -> None:
    assert callable(alias)
    assert _code(secrets, alias(secrets.mint(session()))) == "invalid_client_secret"


def test_the_last_character_has_one_spelling(secrets: ClientSecrets) -> None:
    """Its two lowest bits mean nothing in base64, and the library alone takes any of the four."""
    secret = secrets.mint(session())
    same = [
        secret[:-1] + last
        for last in ALPHABET.replace(".", "")
        if base64.urlsafe_b64decode(secret[-43:-1] + last + "=") == base64.urlsafe_b64decode(secret[-43:] + "=")
    ]
    assert len(same) == 4
    assert [spelling for spelling in same if _accepts(secrets, spelling)] == [secret]


def _accepts(secrets: ClientSecrets, secret: str) -> bool:
    try:
        secrets.verify(secret)
    except Unauthorized:
        return False
    return True


def test_parts_of_two_secrets_do_not_mix(secrets: ClientSecrets) -> None:
    one = secrets.mint(session("one")).rsplit(".", 2)
    two = secrets.mint(session("two", created_at=MINTED_AT + timedelta(seconds=2))).rsplit(".", 2)
    for mix in ((one[0], one[1], two[2]), (one[0], two[1], one[2]), (two[0], one[1], one[2])):
        assert _code(secrets, ".".join(mix)) == "invalid_client_secret"


def test_a_secret_of_another_key_purpose_or_version_is_refused(secrets: ClientSecrets, clock: Clock) -> None:
    assert _code(secrets, ClientSecrets(SigningKeys({"7": OTHER_KEY}), 600, clock).mint(session())) is not None
    link = FileLinks(KEYS, clock).upload(Scope(project="default", user="u", workflow="w"), "cksess_1", "catt_1", 1)
    assert _code(secrets, f"ek_{link}") == "invalid_client_secret"
    claims = {"v": 2, "s": "s", "p": "p", "u": "u", "w": "w", "n": "1", "o": [], "c": ["chat"], "e": 2**40}
    body = Purpose(KEY, b"client-secret.v1").sign(msgspec.json.encode(claims), int(clock.time))
    assert _code(secrets, f"ek_7_{body}") == "invalid_client_secret"


def test_keys_rotate_without_a_refusal(clock: Clock) -> None:
    old = ClientSecrets(SigningKeys({"6": OTHER_KEY}), 600, clock)
    both = ClientSecrets(SigningKeys({"6": OTHER_KEY, "7": KEY}), 600, clock)
    new = ClientSecrets(SigningKeys({"7": KEY, "6": OTHER_KEY}), 600, clock)
    secret = old.mint(session())
    for ring in (old, both, new):
        ring.verify(secret)
    both.verify(new.mint(session()))
    assert _code(ClientSecrets(KEYS, 600, clock), secret) == "invalid_client_secret"


@given(st.text(min_size=1, max_size=512).filter(lambda text: text.isprintable()))
def test_any_user_comes_back_exactly(user: str) -> None:
    secrets = ClientSecrets(KEYS, 600, Clock())
    assert secrets.verify(secrets.mint(session(user))).user == user


def test_the_longest_user_fits_whatever_it_is_made_of(secrets: ClientSecrets) -> None:
    user = "".join(chr(0x1F300 + index * 7 % 0x2FF) for index in range(512))
    assert secrets.verify(secrets.mint(session(user))).user == user


def test_what_does_not_fit_is_refused_when_it_is_minted(secrets: ClientSecrets) -> None:
    origins = [f"https://{hashlib.sha256(bytes([index])).hexdigest()}.example.com" for index in range(120)]
    with pytest.raises(BadRequest):
        secrets.mint(session(origins=origins))


@given(st.text(alphabet=ALPHABET, max_size=400))
def test_random_strings_are_refused(text: str) -> None:
    secrets = ClientSecrets(KEYS, 600, Clock())
    assert not _accepts(secrets, text) and not _accepts(secrets, f"ek_7_{text}")


def test_a_refusal_never_repeats_what_it_refused(secrets: ClientSecrets) -> None:
    with pytest.raises(Unauthorized) as refused:
        secrets.verify("ek_7_canary.canary.canary")
    assert "canary" not in refused.value.message


def test_a_secret_that_is_recalled_expires_like_any_other() -> None:
    clock = Clock()
    secrets = ClientSecrets(KEYS, 600, clock)
    secret = secrets.mint(session())
    for seconds in (0, 1, 30, 599):
        clock.time = MINTED_AT.timestamp() + seconds
        assert secrets.recall(secret) == secrets.verify(secret)
    clock.time = MINTED_AT.timestamp() + 600
    with pytest.raises(Unauthorized) as refused:
        secrets.recall(secret)
    assert refused.value.code == "session_expired"


def test_nothing_is_recalled_that_was_never_verified() -> None:
    clock = Clock()
    secrets = ClientSecrets(KEYS, 600, clock)
    secret = secrets.mint(session())
    secrets.recall(secret)
    for bent in (
        secret[:-1],
        secret + "A",
        secret.replace("ek_7", "ek_8"),
        secret[:-1] + ("A" if secret[-1] != "A" else "B"),
    ):
        with pytest.raises(Unauthorized):
            secrets.recall(bent)

"""Links and upload tokens: one file, one purpose, one while."""

import hashlib

import pytest

from chatdock.errors import NotFound, Unauthorized
from chatdock.sessions.links import PREVIEW_SECONDS, UPLOAD_SECONDS, FileLinks
from chatdock.sessions.signing import SigningKeys
from chatdock.types.actor import Scope

SCOPE = Scope(project="p", user="ada", workflow="wf")
NOON = 1_795_262_400.0


class Clock:
    def __init__(self) -> None:
        self.time = NOON + 11

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def links(clock: Clock) -> FileLinks:
    return FileLinks(SigningKeys({"a": hashlib.sha256(b"k").digest()}), clock)


def test_a_preview_names_its_file_and_its_owner(links: FileLinks) -> None:
    right = links.open_preview(links.preview(SCOPE, "catt_1"))
    assert (right.f, right.scope) == ("catt_1", SCOPE)


def test_an_address_stays_the_same_for_a_while_so_that_browsers_keep_the_image(links: FileLinks, clock: Clock) -> None:
    first = links.preview(SCOPE, "catt_1")
    clock.time += 60
    assert links.preview(SCOPE, "catt_1") == first
    clock.time += PREVIEW_SECONDS
    assert links.preview(SCOPE, "catt_1") != first


def test_a_preview_lives_an_hour_and_not_for_ever(links: FileLinks, clock: Clock) -> None:
    token = links.preview(SCOPE, "catt_1")
    clock.time += PREVIEW_SECONDS
    links.open_preview(token)
    clock.time += PREVIEW_SECONDS / 2
    with pytest.raises(NotFound):
        links.open_preview(token)


def test_an_upload_token_dies_in_ten_minutes(links: FileLinks, clock: Clock) -> None:
    token = links.upload(SCOPE, "cksess_1", "catt_1", 100)
    right = links.open_upload(token)
    assert (right.s, right.b) == ("cksess_1", 100)
    clock.time += UPLOAD_SECONDS
    with pytest.raises(Unauthorized):
        links.open_upload(token)


def test_a_link_for_looking_uploads_nothing_and_the_reverse(links: FileLinks) -> None:
    with pytest.raises(Unauthorized):
        links.open_upload(links.preview(SCOPE, "catt_1"))
    with pytest.raises(NotFound):
        links.open_preview(links.upload(SCOPE, "cksess_1", "catt_1", 100))


def test_no_bent_link_opens_anything(links: FileLinks) -> None:
    token = links.preview(SCOPE, "catt_1")
    for position in range(len(token)):
        bent = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        with pytest.raises(NotFound):
            links.open_preview(bent)
    for bad in ("", token[:-1], token + "=", token + "é", "a_" + "x" * 5000):
        with pytest.raises(NotFound):
            links.open_preview(bad)

"""Links to one's own conversations, and what they show to whoever has one."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rest.test_files import UPLOADS, image
from rest.test_threads import _thread
from web.served import SERVER_KEY, Served, serving, settings

READ = {"type": "threads.get_by_id", "params": {"thread_id": "whatever"}}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(settings(tmp_path_factory.mktemp("served"), sharing=True)) as served:
        yield served


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def secret_of(served: Served, user: str = "ada") -> str:
    limits = {"max_requests_per_1_minute": 1_000}
    return str(served.mint(user, rate_limits=limits)["client_secret"])


def share(served: Served, secret: str, thread_id: str) -> dict[str, Any]:
    answer = served.http.post(f"/v1/chatkit/threads/{thread_id}/shares", headers=bearer(secret))
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def read(served: Served, url: str, body: Any = READ) -> httpx.Response:
    with httpx.Client(timeout=60) as stranger:
        return stranger.post(url, json=body)


def test_a_link_shows_the_thread_as_it_was_when_it_was_made(served: Served) -> None:
    secret = secret_of(served)
    thread_id = _thread(served, "ada", "first words", secret=secret)
    made = share(served, secret, thread_id)
    assert set(made) == {"id", "object", "thread_id", "created_at", "url"}
    assert made["object"] == "chatdock.share" and made["thread_id"] == thread_id
    assert made["url"].startswith(f"{served.url}/share/")
    message = {"content": [{"type": "input_text", "text": "later words"}], "attachments": [], "inference_options": {}}
    served.chat(secret, "threads.add_user_message", {"thread_id": thread_id, "input": message})
    answer = read(served, made["url"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == {"type": "closed"} and not answer.json()["items"]["has_more"]
    assert "first words" in answer.text and "later words" not in answer.text
    assert thread_id not in answer.text
    assert "later words" in read(served, share(served, secret, thread_id)["url"]).text


def test_the_page_is_strict_and_unlisted(served: Served) -> None:
    secret = secret_of(served)
    url = share(served, secret, _thread(served, "ada", "hello", secret=secret))["url"]
    with httpx.Client(timeout=60) as stranger:
        page = stranger.get(url)
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    for answer in (page, read(served, url)):
        assert "noindex" in answer.headers["x-robots-tag"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "private, no-store"
        assert "set-cookie" not in answer.headers
    policy = dict(each.partition(" ")[::2] for each in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'" and policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in page.headers["content-security-policy"]
    assert "hello" not in page.text


def test_a_wrong_link_a_revoked_one_and_one_whose_thread_is_gone_are_the_same(served: Served) -> None:
    secret = secret_of(served)
    thread_id = _thread(served, "ada", "hello", secret=secret)
    revoked, orphan = share(served, secret, thread_id), share(served, secret, thread_id)
    gone = served.http.delete(f"/v1/chatkit/shares/{revoked['id']}", headers=bearer(secret))
    assert gone.json() == {"id": revoked["id"], "object": "chatdock.share.deleted", "deleted": True}
    assert read(served, orphan["url"]).status_code == 200
    served.chat(secret, "threads.delete", {"thread_id": thread_id})
    urls = [revoked["url"], orphan["url"], f"{served.url}/share/{'x' * 32}", f"{served.url}/share/x"]
    answers = [read(served, url) for url in urls]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    with httpx.Client(timeout=60) as stranger:
        assert {stranger.get(url).status_code for url in urls} == {404}


def test_erasing_the_user_ends_the_links(served: Served) -> None:
    secret = secret_of(served, "erased")
    url = share(served, secret, _thread(served, "erased", "hello", secret=secret))["url"]
    served.http.delete("/v1/chatkit/users/erased", headers=bearer(SERVER_KEY)).raise_for_status()
    assert read(served, url).status_code == 404


def test_links_are_listed_for_their_user_without_their_addresses(served: Served) -> None:
    secret = secret_of(served)
    thread_id = _thread(served, "ada", "hello", secret=secret)
    made = [share(served, secret, thread_id) for _ in range(2)]
    path = f"/v1/chatkit/threads/{thread_id}/shares"
    listed = served.http.get(path, headers=bearer(secret)).json()
    assert [each["id"] for each in listed["data"]] == [each["id"] for each in made]
    assert {each["url"] for each in listed["data"]} == {None}
    stranger = secret_of(served, "stranger")
    assert served.http.get(path, headers=bearer(stranger)).status_code == 404
    assert served.http.post(path, headers=bearer(stranger)).status_code == 404
    assert served.http.delete(f"/v1/chatkit/shares/{made[0]['id']}", headers=bearer(stranger)).status_code == 404
    assert served.http.get(path).status_code == 401
    assert read(served, made[0]["url"]).status_code == 200


@pytest.mark.parametrize("kind", ["threads.list", "threads.create", "threads.delete", "items.list", "nonsense"])
def test_a_link_is_for_reading_alone(served: Served, kind: str) -> None:
    secret = secret_of(served)
    url = share(served, secret, _thread(served, "ada", "hello", secret=secret))["url"]
    answer = read(served, url, {"type": kind, "params": {}})
    assert answer.status_code == 403 and answer.json()["error"]["code"] == "read_only"


@pytest.mark.parametrize("body", [{}, [], {"type": 7}, "x"])
def test_what_is_no_operation_is_refused(served: Served, body: Any) -> None:
    secret = secret_of(served)
    url = share(served, secret, _thread(served, "ada", "hello", secret=secret))["url"]
    assert read(served, url, body).status_code == 400


def test_who_shared_and_revoked_is_noted(served: Served) -> None:
    secret = secret_of(served)
    made = share(served, secret, _thread(served, "ada", "hello", secret=secret))
    served.http.delete(f"/v1/chatkit/shares/{made['id']}", headers=bearer(secret))
    noted = served.on_loop(lambda parts: parts.store.audit.latest(10, subject=made["id"]))
    assert sorted(each.action for each in noted) == ["share.create", "share.revoke"]
    assert all(each.actor.startswith("session cksess_") for each in noted)


def test_the_widget_is_told_whether_it_may_share(served: Served) -> None:
    assert served.http.get("/v1/chatkit/config", headers=bearer(secret_of(served))).json()["sharing"] is True


def test_where_sharing_is_off_no_link_is_made_and_none_leads_anywhere(tmp_path_factory: pytest.TempPathFactory) -> None:
    database = f"sqlite:///{tmp_path_factory.mktemp('data') / 'shared.db'}"
    with serving(settings(tmp_path_factory.mktemp("on"), sharing=True, database_url=database)) as on:
        secret = secret_of(on)
        thread_id = _thread(on, "ada", "hello", secret=secret)
        made = share(on, secret, thread_id)
        token = made["url"].rpartition("/")[2]
    with serving(settings(tmp_path_factory.mktemp("off"), database_url=database)) as off:
        secret = secret_of(off)
        refused = off.http.post(f"/v1/chatkit/threads/{thread_id}/shares", headers=bearer(secret))
        assert refused.status_code == 403 and refused.json()["error"]["code"] == "sharing_off"
        assert read(off, f"{off.url}/share/{token}").status_code == 404
        assert off.http.get("/v1/chatkit/config", headers=bearer(secret)).json()["sharing"] is False
        assert off.http.delete(f"/v1/chatkit/shares/{made['id']}", headers=bearer(secret)).status_code == 200


def test_a_picture_is_seen_by_the_link_alone_until_that_is_revoked_or_the_file_goes(served: Served) -> None:
    secret = str(served.mint("mary", chatkit_configuration=UPLOADS)["client_secret"])
    picture, beside = (  # the other is hers as well, and not in this thread
        served.http.post(
            "/v1/chatkit/files", files={"file": (name, image(), "image/png")}, headers=bearer(secret)
        ).json()
        for name in ("cat.png", "dog.png")
    )
    content = [{"type": "input_text", "text": f'look: "preview_url":"chatdock-picture:{beside["id"]}"'}]
    message = {"content": content, "attachments": [picture["id"]], "inference_options": {}}
    told = served.chat(secret, "threads.create", {"input": message}).text
    thread_id = json.loads(told.split("data: ")[1])["thread"]["id"]
    made, other = share(served, secret, thread_id), share(served, secret, thread_id)
    answer = read(served, made["url"])
    [file] = answer.json()["items"]["data"][0]["attachments"]
    assert file["type"] == "image" and file["preview_url"] == f"{made['url']}/pictures/0"
    assert picture["id"] not in answer.text and thread_id not in answer.text
    with httpx.Client(timeout=60) as stranger:
        seen = stranger.get(file["preview_url"])
        assert seen.status_code == 200 and seen.headers["content-type"].startswith("image/")
        assert (
            seen.headers["cache-control"] == "private, no-store"
            and "sandbox" in seen.headers["content-security-policy"]
        )
        for wrong in ("1", "-1", "00000000", "x", "%C2%B2", "0/"):
            assert stranger.get(f"{made['url']}/pictures/{wrong}").status_code == 404, wrong
        assert served.http.delete(f"/v1/chatkit/shares/{made['id']}", headers=bearer(secret)).status_code == 200
        assert stranger.get(file["preview_url"]).status_code == 404
        assert stranger.get(f"{other['url']}/pictures/0").status_code == 200
        served.chat(secret, "threads.delete", {"thread_id": thread_id})
        assert stranger.get(f"{other['url']}/pictures/0").status_code == 404

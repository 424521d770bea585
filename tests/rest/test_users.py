"""A user as a whole: everything as JSON, or gone; by keys that may, and of one's own project."""

import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from chatdock.sessions.keys import NewKey
from web.served import SERVER_KEY, Served, serving, settings, text_message

UPLOADS = {"file_upload": {"enabled": True, "max_file_size": 1, "max_files": 100}}


def call(served: Served, method: str, path: str, key: str = SERVER_KEY) -> httpx.Response:
    return served.http.request(method, f"/v1/chatkit/users/{path}", headers={"authorization": f"Bearer {key}"})


def talk(served: Served, user: str, text: str = "Hello") -> tuple[str, str]:
    """A client secret and the thread it said something in."""
    secret = served.mint(user, chatkit_configuration=UPLOADS)["client_secret"]
    stream = served.chat(secret, "threads.create", {"input": text_message(text)})
    return secret, str(json.loads(stream.text.split("\n\n")[0][6:])["thread"]["id"])


def document(served: Served, user: str) -> dict[str, Any]:
    answer = call(served, "GET", f"{quote(user, safe='')}/export")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    exported: dict[str, Any] = answer.json()
    return exported


def test_an_export_holds_everything_that_is_kept_of_a_user_and_of_nobody_else(served: Served) -> None:
    secret, thread_id = talk(served, "zoe", "/hidden")
    _, other_id = talk(served, "zoe", "Something else")
    talk(served, "not zoe", "A stranger's words")
    file = served.http.post(
        "/v1/chatkit/files", files={"file": ("note.txt", b"words")}, headers={"authorization": f"Bearer {secret}"}
    ).json()
    exported = document(served, "zoe")
    assert exported["object"] == "chatkit.user.export" and exported["user"] == "zoe"
    assert [each["thread"]["id"] for each in exported["threads"]] == [thread_id, other_id]
    first = exported["threads"][0]
    kinds = [item["type"] for item in first["items"]]
    assert kinds[0] == "user_message" and "hidden_context_item" in kinds and "assistant_message" in kinds
    assert [run["status"] for run in first["runs"]] == ["completed"]
    assert [each["id"] for each in exported["files"]] == [file["id"]]
    assert len(exported["sessions"]) == 2
    assert "A stranger's words" not in json.dumps(exported)
    assert document(served, "nobody at all")["threads"] == []


def test_an_export_lists_the_links_that_share_a_thread_and_what_webhooks_were_told(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    options = settings(tmp_path_factory.mktemp("shared"), sharing=True)
    with serving(options) as served:
        backend = {"authorization": f"Bearer {SERVER_KEY}"}
        hook = {"url": "https://127.0.0.1:9/refused", "events": ["thread.created"]}
        assert served.http.post("/v1/chatkit/webhooks", json=hook, headers=backend).status_code == 200
        secret, thread_id = talk(served, "zoe")
        talk(served, "not zoe")
        headers = {"authorization": f"Bearer {secret}"}
        link = served.http.post(f"/v1/chatkit/threads/{thread_id}/shares", json={}, headers=headers).json()
        exported = document(served, "zoe")
        [shared] = exported["threads"][0]["shares"]
        assert shared["id"] == link["id"] and shared["created_at"]
        assert link["url"].rsplit("/", 1)[-1] not in json.dumps(exported), "the link itself is its holder's"
        [told] = exported["webhook_deliveries"]
        assert told["type"] == "thread.created" and told["body"]["data"]["thread_id"] == thread_id
        assert call(served, "DELETE", "zoe").status_code == 200
        assert document(served, "zoe")["webhook_deliveries"] == []
        assert len(document(served, "not zoe")["webhook_deliveries"]) == 1


def test_an_erased_user_is_gone_and_others_are_not(served: Served) -> None:
    secret, thread_id = talk(served, "gone")
    neighbour, kept_id = talk(served, "gone too far")
    answer = call(served, "DELETE", "gone")
    assert answer.status_code == 200
    assert answer.json() == {
        "id": "gone",
        "object": "chatkit.user.deleted",
        "deleted": True,
        "sessions": 1,
        "threads": 1,
        "files": 0,
    }
    assert served.chat(secret, "threads.list", {}).status_code == 401
    sdk = served.sdk()
    assert thread_id not in [thread.id for thread in sdk.beta.chatkit.threads.list(limit=100)]
    assert served.chat(neighbour, "threads.get_by_id", {"thread_id": kept_id}).status_code == 200
    exported = document(served, "gone")
    assert (exported["threads"], exported["sessions"], exported["files"]) == ([], [], [])
    again = call(served, "DELETE", "gone").json()
    assert (again["deleted"], again["threads"]) == (True, 0), "again is as good"


def test_an_answer_in_the_making_ends_when_its_user_is_erased(served: Served) -> None:
    secret = served.mint("busy")["client_secret"]
    body = {"type": "threads.create", "params": {"input": text_message("/text 100000 5")}}
    headers = {"authorization": f"Bearer {secret}", "x-chatdock-client": "test"}
    with served.http.stream("POST", "/chatkit", json=body, headers=headers) as response:
        frames = response.iter_text()
        while "word3" not in next(frames):
            pass
        run_id = response.headers["x-chatdock-run-id"]
        with httpx.Client(base_url=served.url, timeout=20) as other:
            erased = other.delete("/v1/chatkit/users/busy", headers={"authorization": f"Bearer {SERVER_KEY}"})
        assert erased.json()["threads"] == 1
        for _ in frames:
            pass  # the stream ends
    assert served.parts.engine.live(run_id) is None
    assert document(served, "busy")["threads"] == []


@pytest.mark.parametrize("user", ["a/b/export", "ü ö", "50% off?", "a#b", "x" * 512])
def test_a_user_may_be_called_anything(served: Served, user: str) -> None:
    talk(served, user)
    assert len(document(served, user)["threads"]) == 1
    assert call(served, "DELETE", quote(user, safe="")).json()["threads"] == 1
    assert document(served, user)["threads"] == []


def test_a_key_needs_the_scope_and_reaches_its_own_project_only(served: Served) -> None:
    talk(served, "shared name")
    reader, _ = served.on_loop(lambda parts: parts.keys.create(NewKey(scopes=("threads:read",))))
    assert call(served, "DELETE", "shared%20name", reader).status_code == 403
    assert call(served, "GET", "shared%20name/export", reader).status_code == 200
    foreign, _ = served.on_loop(
        lambda parts: parts.keys.create(NewKey(project="other", scopes=("threads:read", "threads:delete")))
    )
    assert call(served, "GET", "shared%20name/export", foreign).json()["threads"] == []
    assert call(served, "DELETE", "shared%20name", foreign).json()["threads"] == 0
    assert len(document(served, "shared name")["threads"]) == 1
    assert call(served, "DELETE", "x" * 513).status_code == 400
    assert call(served, "DELETE", "").status_code == 404


def test_exports_and_erasures_are_audited_without_the_name(served: Served) -> None:
    talk(served, "named")
    document(served, "named")
    call(served, "DELETE", "named")
    entries = served.on_loop(lambda parts: parts.store.audit.latest(1000))
    about = [each for each in entries if each.action.startswith("user.")]
    assert [each.action for each in about[:2]] == ["user.erase", "user.export"]
    assert about[0].subject == about[1].subject
    assert "named" not in str(entries)

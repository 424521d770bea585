"""Who asked for what: one entry a creation, a cancel and a deletion, under the credential that did it."""

import json

from web.served import SERVER_KEY, Served, text_message


def test_every_mint_cancel_and_deletion_is_told_once_with_who_did_it_and_in_which_request(served: Served) -> None:
    answer = served.http.post(
        "/v1/chatkit/sessions",
        json={"user": "audited", "workflow": {"id": "wf_gallery"}},
        headers={"authorization": f"Bearer {SERVER_KEY}"},
    )
    session = answer.json()
    secret = session["client_secret"]
    threads = []
    for _ in range(2):
        stream = served.chat(secret, "threads.create", {"input": text_message("a secret wish")})
        threads.append(json.loads(stream.text.split("\n\n")[0][6:])["thread"]["id"])
    by_client = served.chat(secret, "threads.delete", {"thread_id": threads[0]})
    assert served.chat(secret, "threads.delete", {"thread_id": threads[0]}).status_code == 404
    served.sdk().beta.chatkit.threads.delete(threads[1])
    for _ in range(2):
        served.sdk().beta.chatkit.sessions.cancel(session["id"])
    entries = served.on_loop(lambda parts: parts.store.audit.latest(1000))
    told = [(each.actor, each.action, each.subject) for each in entries if each.subject in (session["id"], *threads)]
    assert sorted(told) == sorted(
        [
            ("key environment", "session.create", session["id"]),
            (f"session {session['id']}", "thread.delete", threads[0]),
            ("key environment", "thread.delete", threads[1]),
            ("key environment", "session.cancel", session["id"]),
        ]
    )
    requests = {each.subject: each.request_id for each in entries if each.action in ("session.create", "thread.delete")}
    assert requests[session["id"]] == answer.headers["x-request-id"]
    assert requests[threads[0]] == by_client.headers["x-request-id"]
    assert not any(word in str(entries) for word in ("audited", "a secret wish")), "no name and no content"

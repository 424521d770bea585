"""Sessions through the stock SDK and, where it would not let a mistake through, by hand."""

import time
from typing import Any

import openai
import pytest

from web.served import APP_ORIGIN, SERVER_KEY, Served, serving, settings, text_message

KEYS = {
    "id", "object", "client_secret", "expires_at", "max_requests_per_1_minute", "rate_limits", "status", "user",
    "workflow", "chatkit_configuration",
}  # fmt: skip


def _post(served: Served, body: Any) -> Any:
    return served.http.post("/v1/chatkit/sessions", json=body, headers={"authorization": f"Bearer {SERVER_KEY}"})


def _body(**changes: Any) -> dict[str, Any]:
    return {"user": "ada", "workflow": {"id": "wf_gallery"}, **changes}


def test_a_session_has_every_key_of_the_schema_with_its_defaults(served: Served) -> None:
    before = int(time.time())
    session = served.mint("ada")
    assert set(session) == KEYS
    assert session["id"].startswith("cksess_") and session["client_secret"].startswith("ek_t_")
    assert session["object"] == "chatkit.session" and session["status"] == "active" and session["user"] == "ada"
    assert before + 599 <= session["expires_at"] <= int(time.time()) + 600
    assert session["max_requests_per_1_minute"] == 10
    assert session["rate_limits"] == {"max_requests_per_1_minute": 10}
    assert session["workflow"] == {
        "id": "wf_gallery",
        "version": None,
        "state_variables": None,
        "tracing": {"enabled": True},
    }
    assert session["chatkit_configuration"] == {
        "automatic_thread_titling": {"enabled": True},
        "file_upload": {"enabled": False, "max_file_size": 512, "max_files": 10},
        "history": {"enabled": True, "recent_threads": None},
    }


def test_what_is_asked_for_comes_back(served: Served) -> None:
    version = served.parts.catalog.get("wf_gallery").version
    session = served.sdk().beta.chatkit.sessions.create(
        user="ada",
        workflow={
            "id": "wf_gallery",
            "version": version,
            "state_variables": {"plan": "pro", "seats": 5, "ratio": 0.5, "beta": True},
            "tracing": {"enabled": False},
        },
        chatkit_configuration={
            "automatic_thread_titling": {"enabled": False},
            "file_upload": {"enabled": True, "max_file_size": 25, "max_files": 3},
            "history": {"enabled": False, "recent_threads": 7},
        },
        expires_after={"anchor": "created_at", "seconds": 60},
        rate_limits={"max_requests_per_1_minute": 99},
    )
    assert session.workflow.version == version and session.workflow.tracing.enabled is False
    assert session.workflow.state_variables == {"plan": "pro", "seats": 5, "ratio": 0.5, "beta": True}
    assert session.workflow.state_variables["beta"] is True
    configuration = session.chatkit_configuration
    assert configuration.automatic_thread_titling.enabled is False
    assert (configuration.file_upload.max_file_size, configuration.file_upload.max_files) == (25, 3)
    assert (configuration.history.enabled, configuration.history.recent_threads) == (False, 7)
    assert session.expires_at - time.time() < 61 and session.max_requests_per_1_minute == 99


def test_two_sessions_of_a_user_are_two_and_see_the_same_threads(served: Served) -> None:
    one, two = served.mint("twice"), served.mint("twice")
    assert one["id"] != two["id"] and one["client_secret"] != two["client_secret"]
    served.chat(one["client_secret"], "threads.create", {"input": text_message("hello")})
    assert len(served.chat(two["client_secret"], "threads.list", {}).json()["data"]) == 1


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "user"),
        ([], None),
        ({"workflow": {"id": "wf_gallery"}}, "user"),
        ({"user": "ada"}, "workflow"),
        (_body(user=""), "user"),
        (_body(user="a" * 513), "user"),
        (_body(user=5), "user"),
        (_body(user=None), "user"),
        (_body(workflow="wf_gallery"), "workflow"),
        (_body(workflow={}), "workflow.id"),
        (_body(workflow={"id": ""}), "workflow.id"),
        (_body(workflow={"id": "wf_nowhere"}), "workflow.id"),
        (_body(workflow={"id": "wf_gallery", "version": "nope"}), "workflow.version"),
        (_body(workflow={"id": "wf_gallery", "state_variables": {"a": [1]}}), "workflow.state_variables[...]"),
        (_body(workflow={"id": "wf_gallery", "state_variables": {"a": None}}), "workflow.state_variables[...]"),
        (_body(workflow={"id": "wf_gallery", "state_variables": {f"k{n}": n for n in range(65)}}), "workflow.state_variables"),
        (_body(workflow={"id": "wf_gallery", "state_variables": {"k" * 65: 1}}), "workflow.state_variables"),
        (_body(workflow={"id": "wf_gallery", "tracing": True}), "workflow.tracing"),
        (_body(chatkit_configuration={"file_upload": {"max_file_size": 0}}), "chatkit_configuration.file_upload.max_file_size"),
        (_body(chatkit_configuration={"file_upload": {"max_file_size": 513}}), "chatkit_configuration.file_upload.max_file_size"),
        (_body(chatkit_configuration={"file_upload": {"max_files": 0}}), "chatkit_configuration.file_upload.max_files"),
        (_body(chatkit_configuration={"history": {"recent_threads": 0}}), "chatkit_configuration.history.recent_threads"),
        (_body(chatkit_configuration={"history": {"enabled": "yes"}}), "chatkit_configuration.history.enabled"),
        (_body(rate_limits={"max_requests_per_1_minute": 0}), "rate_limits.max_requests_per_1_minute"),
        (_body(rate_limits={"max_requests_per_1_minute": 1.5}), "rate_limits.max_requests_per_1_minute"),
        (_body(allowed_origins=["https://evil.example"]), "allowed_origins"),
        (_body(allowed_origins=["null"]), "allowed_origins"),
        (_body(allowed_origins=[APP_ORIGIN] * 21), "allowed_origins"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_meant_is_a_400_that_names_the_field(
    served: Served, body: Any, param: str | None
) -> None:
    answer = _post(served, body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error" and error["param"] == param
    assert "`" not in error["message"] and "$" not in error["message"]


@pytest.mark.parametrize("seconds", [0, -1, 601, 2**53, 2**63, "600", 1.5, None, True, [600]])
def test_a_lifetime_outside_one_to_the_maximum_is_a_400(served: Served, seconds: Any) -> None:
    answer = _post(served, _body(expires_after={"anchor": "created_at", "seconds": seconds}))
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "value", [None, 600, "600", [], {}, {"seconds": 600}, {"anchor": "created_at"}, {"anchor": "now", "seconds": 600}]
)
def test_a_lifetime_of_another_shape_is_a_400(served: Served, value: Any) -> None:
    assert _post(served, _body(expires_after=value)).status_code == 400


def test_unknown_keys_and_nulls_where_defaults_stand_are_taken_lightly(served: Served) -> None:
    body = _body(scope={"x": 1}, chatkit_configuration=None, rate_limits=None, ttl_seconds=5)
    assert _post(served, body).json()["max_requests_per_1_minute"] == 10


def test_the_sdk_raises_what_its_users_catch(served: Served) -> None:
    with pytest.raises(openai.BadRequestError) as bad:
        served.sdk().beta.chatkit.sessions.create(user="ada", workflow={"id": "wf_nowhere"})
    assert bad.value.code == "workflow_not_found" and bad.value.param == "workflow.id"
    assert bad.value.request_id is not None and bad.value.request_id.startswith("req_")
    with pytest.raises(openai.AuthenticationError) as unknown:
        served.sdk("sk-wrong").beta.chatkit.sessions.create(user="ada", workflow={"id": "wf_gallery"})
    assert unknown.value.code == "invalid_api_key" and unknown.value.type == "invalid_request_error"
    with pytest.raises(openai.NotFoundError):
        served.sdk().beta.chatkit.sessions.cancel("cksess_nowhere")


@pytest.mark.parametrize(
    "user",
    ["a", "A", "a ", " a", "á", "a\u0301", "😀", "a/b", "a%2fb", "'; drop table sessions; --", "\u202ea", "0", "null"],
)
def test_a_user_is_told_from_every_other_by_exact_characters(served: Served, user: str) -> None:
    session = served.mint(user)
    assert session["user"] == user
    served.chat(session["client_secret"], "threads.create", {"input": text_message("mine")})
    threads = served.sdk().beta.chatkit.threads.list(user=user).data
    assert len(threads) == 1 and threads[0].user == user
    assert len(served.chat(session["client_secret"], "threads.list", {}).json()["data"]) == 1


def test_nul_in_a_user_is_refused_and_nothing_is_written(served: Served) -> None:
    assert _post(served, _body(user="a\x00b")).status_code == 400
    assert _post(served, _body(workflow={"id": "wf_gallery", "state_variables": {"a": "\x00"}})).status_code == 400


def test_a_large_state_variable_fits(served: Served) -> None:
    big = "x" * 2_000_000
    assert _post(served, _body(workflow={"id": "wf_gallery", "state_variables": {"doc": big}})).status_code == 200


def test_cancelling_returns_the_session_voids_the_secret_and_may_be_repeated(served: Served) -> None:
    session = served.mint("gone")
    assert served.chat(session["client_secret"], "threads.list", {}).status_code == 200
    for _ in range(2):
        cancelled = served.sdk().beta.chatkit.sessions.cancel(session["id"])
        assert cancelled.status == "cancelled" and cancelled.id == session["id"]
        assert cancelled.model_dump().keys() >= KEYS
    assert served.chat(session["client_secret"], "threads.list", {}).status_code == 401


def test_a_secret_works_until_its_second_and_then_says_that_it_expired(served: Served) -> None:
    session = served.mint(expires_after={"anchor": "created_at", "seconds": 4})
    assert served.chat(session["client_secret"], "threads.list", {}).status_code == 200
    time.sleep(max(0.0, session["expires_at"] - time.time()) + 0.01)
    answer = served.chat(session["client_secret"], "threads.list", {})
    assert answer.status_code == 401 and answer.json()["error"]["code"] == "session_expired"
    assert served.sdk().beta.chatkit.sessions.cancel(session["id"]).status == "cancelled"


def test_the_longest_lifetime_is_a_setting(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(settings(tmp_path_factory.mktemp("long"), max_session_seconds=3600)) as served:
        assert served.mint()["expires_at"] - time.time() < 601
        long = served.mint(expires_after={"anchor": "created_at", "seconds": 3600})
        assert long["expires_at"] - time.time() > 3590
        refused = _post(served, _body(expires_after={"anchor": "created_at", "seconds": 3601}))
        assert refused.status_code == 400 and refused.json()["error"]["param"] == "expires_after.seconds"


def test_a_secret_of_one_workflow_reaches_nothing_of_another(served: Served) -> None:
    gallery, demo = served.mint("both", "wf_gallery"), served.mint("both", "wf_demo")
    served.chat(gallery["client_secret"], "threads.create", {"input": text_message("hello")})
    (thread,) = served.chat(gallery["client_secret"], "threads.list", {}).json()["data"]
    assert served.chat(demo["client_secret"], "threads.list", {}).json()["data"] == []
    assert served.chat(demo["client_secret"], "threads.get_by_id", {"thread_id": thread["id"]}).status_code == 404

"""What counts as what, and how long to wait for another attempt."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from chatdock import clock
from chatdock.models.base import ModelSettings
from chatdock.models.policy import Policy, cut, failed, refused
from models.asking import ask


@pytest.mark.parametrize("name", ["o3", "o4-mini", "gpt-5-mini", "deepseek/deepseek-r1", "qwq:32b", "kimi-k2-thinking"])
def test_a_model_that_reasons_may_take_longer_for_its_first_byte(name: str) -> None:
    assert Policy().first_byte_seconds_for(ask(model=name)) == 60


@pytest.mark.parametrize("name", ["gpt-4o", "llama3.2", "mistral-small", "demo", "r10-small", "qwen3"])
def test_other_models_may_not(name: str) -> None:
    assert Policy().first_byte_seconds_for(ask(model=name)) == 30


def test_a_workflow_that_asks_for_effort_or_for_none_decides_itself() -> None:
    assert Policy().first_byte_seconds_for(ask(settings=ModelSettings(reasoning_effort="high"))) == 60
    assert Policy().first_byte_seconds_for(ask(model="o3", settings=ModelSettings(reasoning_effort="none"))) == 30


def test_waits_grow_with_full_jitter_up_to_the_cap_and_end_with_the_retries() -> None:
    policy = Policy(retries=8)
    for made, most in ((1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (5, 8.0), (6, 8.0)):
        waits = [policy.wait_seconds(made, refused(503, "", "x")) or 0 for _ in range(300)]
        assert 0 <= min(waits) < most * 0.2
        assert most * 0.8 < max(waits) <= most
    assert Policy().wait_seconds(2, refused(503, "", "x")) is not None
    assert Policy().wait_seconds(3, refused(503, "", "x")) is None


@pytest.mark.parametrize(("header", "seconds"), [("1", 1), ("0", 0), ("2.5", 2.5), ("20", 20), ("-3", 0)])
def test_a_retry_after_in_seconds_is_kept_to(header: str, seconds: float) -> None:
    wait = Policy().wait_seconds(1, refused(429, "", "x", retry_after=header))
    assert wait is not None
    assert seconds <= wait <= seconds * 1.1


def test_a_retry_after_as_a_date_is_kept_to() -> None:
    in_ten_seconds = format_datetime(clock.now() + timedelta(seconds=10), usegmt=True)
    wait = Policy().wait_seconds(1, refused(503, "", "x", retry_after=in_ten_seconds))
    assert wait is not None
    assert 8.5 < wait < 11.1


@pytest.mark.parametrize("header", ["soon", "", "nan", "inf", "Mon, 99 Foo 2026 00:00:00 GMT"])
def test_a_retry_after_that_makes_no_sense_is_as_none(header: str) -> None:
    error = refused(429, "", "x", retry_after=header)
    assert error.retry_after_seconds is None
    assert Policy().wait_seconds(1, error) is not None


def test_a_retry_after_that_is_too_long_gives_up() -> None:
    assert Policy().wait_seconds(1, refused(429, "", "x", retry_after="30")) is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 301, 413])
def test_a_rejected_request_is_not_tried_again_and_says_nothing_of_the_upstreams_health(status: int) -> None:
    error = refused(status, "", "x")
    assert (error.code, error.allow_retry, error.again, error.ill) == ("model_rejected", False, False, False)


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 504])
def test_a_sick_upstream_is_tried_again(status: int) -> None:
    error = refused(status, "", "x")
    assert (error.code, error.allow_retry, error.again, error.ill) == ("model_unavailable", True, True, True)


def test_an_unknown_failure_of_the_server_is_not_tried_again_but_counts() -> None:
    error = refused(530, "", "x")
    assert (error.code, error.allow_retry, error.again, error.ill) == ("model_unavailable", True, False, True)


def test_a_limit_is_tried_again_but_is_no_illness() -> None:
    error = refused(429, "", "x")
    assert (error.code, error.allow_retry, error.again, error.ill) == ("model_rate_limited", True, True, False)


def test_a_quota_that_is_used_up_is_a_rejection_although_it_comes_as_a_limit() -> None:
    error = refused(429, "insufficient_quota", "x")
    assert (error.code, error.allow_retry, error.again) == ("model_rejected", False, False)


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("server_error", "model_unavailable"),
        ("overloaded_error", "model_unavailable"),
        ("", "model_unavailable"),
        ("rate_limit_exceeded", "model_rate_limited"),
        ("429", "model_rate_limited"),
        ("503", "model_unavailable"),
        ("401", "model_rejected"),
        ("invalid_prompt", "model_rejected"),
        ("model_not_found", "model_rejected"),
        ("context_length_exceeded", "model_rejected"),
        ("insufficient_quota", "model_rejected"),
    ],
)
def test_a_failure_told_inside_a_stream_means_what_its_status_would(code: str, meaning: str) -> None:
    assert failed(code, "x").code == meaning


def test_a_cut_is_tried_again_and_may_be_by_the_user() -> None:
    assert (cut("x").code, cut("x").allow_retry, cut("x").again) == ("model_cut", True, True)

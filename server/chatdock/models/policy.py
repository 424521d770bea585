"""How long to wait for an upstream model, when to ask it again, and what its failures are called."""

import random
import re

import msgspec

from chatdock.errors import ModelError
from chatdock.models.base import ModelRequest
from chatdock.retry_after import seconds_of

# Names of models that think before their first byte, with providers' prefixes such as `deepseek/` before them.
_REASONING = re.compile(r"(^|/)(o\d|gpt-[5-9])|reason|think|(^|[^a-z])r1([^a-z0-9]|$)|qwq", re.IGNORECASE)

RETRIED_STATUSES = frozenset({408, 409, 429, 500, 502, 503, 504})  # 409 is a lock that was not had in time
_FAULTS_OF_THE_REQUEST = frozenset(
    {"authentication_error", "permission_error", "not_found_error", "model_not_found", "context_length_exceeded"}
)
_JITTER = 0.1  # of a wait the upstream asked for: the runs it sent away together do not come back together


class BreakerPolicy(msgspec.Struct, frozen=True):
    """When an upstream is left alone: half of the attempts of a window failed, or the last few did."""

    window_seconds: int = 10
    least_attempts: int = 20
    failed_share: float = 0.5
    failed_in_a_row: int = 5
    open_seconds: float = 15.0


class Policy(msgspec.Struct, frozen=True):
    """Limits of one model call. A test sets small ones."""

    connect_seconds: float = 5.0
    first_byte_seconds: float = 30.0
    reasoning_first_byte_seconds: float = 60.0
    stall_seconds: float = 30.0
    finish_seconds: float = 2.0  # for usage and the last bytes, once the finish reason is known
    retries: int = 2
    backoff_seconds: float = 0.5
    backoff_cap_seconds: float = 8.0
    retry_after_cap_seconds: float = 20.0
    breaker: BreakerPolicy = msgspec.field(default_factory=BreakerPolicy)

    def first_byte_seconds_for(self, request: ModelRequest) -> float:
        """How long the first byte may take: a model that reasons needs longer."""
        effort = request.settings.reasoning_effort
        reasons = effort != "none" if effort else _REASONING.search(request.model) is not None
        return self.reasoning_first_byte_seconds if reasons else self.first_byte_seconds

    def wait_seconds(self, attempts_made: int, error: "UpstreamError") -> float | None:
        """How long to wait before the next attempt; None to give up. Jittered in full, or as long as was asked for."""
        if not error.again or attempts_made > self.retries:
            return None
        asked = error.retry_after_seconds
        if asked is None:
            return random.uniform(0, min(self.backoff_cap_seconds, self.backoff_seconds * 2 ** (attempts_made - 1)))
        return asked * random.uniform(1, 1 + _JITTER) if asked <= self.retry_after_cap_seconds else None


class UpstreamError(ModelError):
    """A `ModelError` that knows whether another attempt may help (`again`) and speaks of the upstream's health (`ill`)."""

    def __init__(
        self, reason: str, *, code: str, again: bool, ill: bool = True, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(reason, code=code, allow_retry=code != "model_rejected")
        self.again = again
        self.ill = ill
        self.retry_after_seconds = retry_after_seconds


def cut(reason: str) -> UpstreamError:
    """The stream ended, or stopped making sense, before its finish marker."""
    return UpstreamError(reason, code="model_cut", again=True)


def refused(status: int, kind: str, reason: str, *, retry_after: str | None = None) -> UpstreamError:
    """The error for an HTTP status, or for an error inside a stream as its like; `kind` is the upstream's own code."""
    if kind == "insufficient_quota":  # comes as a 429, but no wait mends it
        return UpstreamError(reason, code="model_rejected", again=False, ill=False)
    if status == 429:
        # A limit is not an illness: an upstream that counts is alive, and others' keys may still be welcome.
        asked = seconds_of(retry_after)
        return UpstreamError(reason, code="model_rate_limited", again=True, ill=False, retry_after_seconds=asked)
    if status in RETRIED_STATUSES or status >= 500:
        again = status in RETRIED_STATUSES
        asked = seconds_of(retry_after)
        return UpstreamError(reason, code="model_unavailable", again=again, retry_after_seconds=asked)
    return UpstreamError(reason, code="model_rejected", again=False, ill=False)


def failed(code: str, reason: str) -> UpstreamError:
    """The error for a failure told inside a stream: `code` is a word, or an HTTP status as gateways pass it on."""
    if code.isdecimal():
        return refused(int(code), "", reason)
    if code.startswith("rate_limit"):
        return refused(429, code, reason)
    return refused(400 if code in _FAULTS_OF_THE_REQUEST or code.startswith("invalid") else 500, code, reason)

"""The tree of errors: each knows its code, its HTTP status and whether a retry helps.

ChatdockError
├─ BadRequest 400            the request does not make sense
│  ├─ ThreadBusy 400         a run is active (400: with 409 the openai SDK would silently try again)
│  └─ ThreadClosed 400       locked or closed
├─ Unauthorized 401          no, bad, expired or cancelled credential
├─ Forbidden 403             a credential that may not do this, or from there
├─ NotFound 404              unknown and foreign look alike
├─ Gone 410                  the tape of a run has expired: reload the thread
├─ TooLarge 413
├─ UnsupportedMedia 415
├─ Unprocessable 422         the same idempotency key with another body
├─ RateLimited 429           carries retry_after_seconds
├─ Unavailable 503           a store or an upstream is away; carries retry_after_seconds
├─ ConfigurationError        said in one sentence at start, exit 2; never over HTTP
├─ Incomplete                the answer was cut by the model's limit; what was said stays
└─ UserFacingError           raised by responders and tools: its message is shown to the user
"""


class ChatdockError(Exception):
    """The root. `message` may be shown to a client: never a secret, a path or a message's text."""

    status = 500
    type = "server_error"
    code: str | None = None

    def __init__(self, message: str, *, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        if code is not None:
            self.code = code


class BadRequest(ChatdockError):
    """The request does not make sense; `param` says where."""

    status = 400
    type = "invalid_request_error"


class ThreadBusy(BadRequest):
    """A run is active on the thread."""

    def __init__(self, thread_id: str, run_id: str) -> None:
        super().__init__(f"Can't add messages to {thread_id} while a run {run_id} is active.")
        self.run_id = run_id


class ThreadClosed(BadRequest):
    """The thread is locked or closed."""

    code = "thread_closed"


class Unauthorized(ChatdockError):
    """No credential, or none that counts."""

    status = 401
    type = "invalid_request_error"
    code = "invalid_api_key"


class Forbidden(ChatdockError):
    """A good credential that may not do this, or not from there."""

    status = 403
    type = "invalid_request_error"
    code = "forbidden"


class NotFound(ChatdockError):
    """Nothing there that this actor may see."""

    status = 404
    type = "invalid_request_error"
    code = "not_found"


class Gone(ChatdockError):
    """A run's events have expired."""

    status = 410
    type = "invalid_request_error"
    code = "run_events_expired"


class TooLarge(ChatdockError):
    """A body, a text or a file over its limit."""

    status = 413
    type = "invalid_request_error"
    code = "too_large"


class UnsupportedMedia(ChatdockError):
    """A content type this door does not take."""

    status = 415
    type = "invalid_request_error"
    code = "unsupported_media_type"


class Unprocessable(ChatdockError):
    """An idempotency key that was used for something else."""

    status = 422
    type = "invalid_request_error"
    code = "idempotency_key_reused"


class RateLimited(ChatdockError):
    """Too much, too fast."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"

    def __init__(self, message: str, *, retry_after_seconds: float, limit: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self.limit = limit


class Unavailable(ChatdockError):
    """Something behind us is away; trying again helps."""

    status = 503
    type = "server_error"
    code = "unavailable"

    def __init__(self, message: str, *, retry_after_seconds: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ConfigurationError(ChatdockError):
    """A setting that cannot work; the message is the one sentence the operator reads."""


class UserFacingError(ChatdockError):
    """For responders and tools: ends the run with an `error` event that carries this message."""

    code = "custom"

    def __init__(self, message: str, *, code: str = "custom", allow_retry: bool = False) -> None:
        super().__init__(message, code=code)
        self.allow_retry = allow_retry


class Incomplete(ChatdockError):
    """The model stopped at a limit of its own; raised after the partial items are done. The run ends `incomplete`."""

    code = "incomplete"
    allow_retry = True


class ModelError(ChatdockError):
    """An upstream model failed. `reason` goes to the log; the user reads a fixed sentence for the code.

    Codes: model_unavailable, model_timeout, model_rate_limited, model_rejected, model_cut, model_limit.
    """

    def __init__(self, reason: str, *, code: str, allow_retry: bool) -> None:
        super().__init__(reason, code=code)
        self.allow_retry = allow_retry


class Fenced(Exception):
    """Another process owns this run now, or its thread was deleted: whatever is still at work on it here has to stop.

    It never leaves the engine, and whoever meets it writes nothing more.
    """

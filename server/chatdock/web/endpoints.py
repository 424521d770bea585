"""Every public endpoint, described once: what `/openapi.json` and `/docs` are made of. One entry a method and path."""

from chatdock.types import request as ops
from chatdock.types.attachment import Attachment
from chatdock.types.event import Event
from chatdock.web.endpoint import PAGING, STRING, THREAD_ID, Body, Endpoint, Parameter, in_path
from chatdock.web.endpoints_backend import BACKEND_ENDPOINTS
from chatdock.web.endpoints_history import HISTORY_ENDPOINTS
from chatdock.web.rest.config import WidgetConfig
from chatdock.web.rest.items import RestItem
from chatdock.web.rest.runs import RunObject
from chatdock.web.rest.sessions import CreateSession, SessionObject
from chatdock.web.rest.threads import ThreadDeleted, ThreadObject
from chatdock.web.rest.users import UserDeleted

_RUN_ID = in_path("run_id", "A run's id, `run_...`.")
_FILE_ID = in_path("file_id", "An attachment's id, `catt_...`.")
_USER = in_path("user", "The user as sessions are minted for, percent-encoded.")
_CLIENT = Parameter(
    "x-chatdock-client", "header", "Present: frames carry ids and a closed connection never ends the run.", STRING
)
_FORM = Body(media_type="multipart/form-data", text="A form with one field, `file`.")
_ATTACHMENT = Body(Attachment)
_STREAM = Body(Event, "text/event-stream", "For operations that stream: one `data:` line of JSON an event.")

_CHAT_TEXT = (
    "The ChatKit protocol: one door for its 16 operations, and `chatdock.edit_user_message`. Seven of them start an answer"
    " and stream its events; the others answer with JSON. What a request names wrongly is refused before the stream; what fails in the answer is an"
    " `error` event. `metadata.client_message_id` makes sending idempotent: the same id joins the same answer."
)
_CHAT_EXAMPLE = {
    "type": "threads.create",
    "params": {
        "input": {"content": [{"type": "input_text", "text": "Hello"}], "attachments": [], "inference_options": {}}
    },
}


def _chat(path: str) -> Endpoint:
    return Endpoint(
        "POST",
        path,
        "chat protocol",
        "Talk: threads, messages, actions and attachments",
        "client secret",
        _CHAT_TEXT,
        "chat",
        (_CLIENT,),
        Body(ops.Request, example=_CHAT_EXAMPLE),
        (_STREAM, Body(text="For the others: an object of the operation's own.")),
        (400, 401, 403, 404, 410, 413, 415, 422, 429, 503),
    )


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "POST",
        "/v1/chatkit/sessions",
        "sessions",
        "Mint a session",
        "server key",
        "Call it from your backend and hand `client_secret` to the page. Keys the SDK does not know are sent as"
        " `extra_body`.",
        "sessions:create",
        request=Body(CreateSession, example={"user": "user-42", "workflow": {"id": "wf_demo"}}),
        responses=(Body(SessionObject),),
        errors=(400, 401, 403, 413, 415, 503),
    ),
    Endpoint(
        "POST",
        "/v1/chatkit/sessions/{session_id}/cancel",
        "sessions",
        "Cancel a session",
        "server key",
        "Its client secret is void and its open streams end, within a second.",
        "sessions:cancel",
        (in_path("session_id", "A session's id, `cksess_...`."),),
        responses=(Body(SessionObject),),
        errors=(401, 403, 404, 503),
    ),
    Endpoint(
        "GET",
        "/v1/chatkit/threads",
        "threads",
        "List threads",
        "server key",
        "",
        "threads:read",
        (*PAGING, Parameter("user", "query", "Only this user's threads.", {"type": "string", "maxLength": 512})),
        responses=(Body(ThreadObject, is_list=True),),
        errors=(400, 401, 403, 404, 503),
    ),
    Endpoint(
        "GET",
        "/v1/chatkit/threads/{thread_id}",
        "threads",
        "Look at a thread",
        "server key",
        "",
        "threads:read",
        (THREAD_ID,),
        responses=(Body(ThreadObject),),
        errors=(401, 403, 404, 503),
    ),
    Endpoint(
        "DELETE",
        "/v1/chatkit/threads/{thread_id}",
        "threads",
        "Delete a thread",
        "server key",
        "With its items and files. An answer in the making ends first.",
        "threads:delete",
        (THREAD_ID,),
        responses=(Body(ThreadDeleted),),
        errors=(401, 403, 404, 503),
    ),
    Endpoint(
        "GET",
        "/v1/chatkit/threads/{thread_id}/items",
        "threads",
        "List a thread's items",
        "server key",
        "Hidden items, images, forms and ends of turns are left out.",
        "threads:read",
        (THREAD_ID, *PAGING),
        responses=(Body(RestItem, is_list=True),),
        errors=(400, 401, 403, 404, 503),
    ),
    Endpoint(
        "DELETE",
        "/v1/chatkit/users/{user}",
        "users",
        "Erase a user",
        "server key",
        "Sessions end, answers in the making are cancelled, then threads, files, events and sessions are removed. Again is"
        " as good.",
        "threads:delete",
        (_USER,),
        responses=(Body(UserDeleted),),
        errors=(400, 401, 403, 404, 503),
    ),
    Endpoint(
        "GET",
        "/v1/chatkit/users/{user}/export",
        "users",
        "Export a user",
        "server key",
        "Everything that is kept of the user, hidden items included, in one document; the bytes of files by their ids.",
        "threads:read",
        (_USER,),
        responses=(Body(text="`sessions`, `threads` with `items`, `runs` and `feedback`, and `files`, as stored."),),
        errors=(400, 401, 403, 404, 503),
    ),
    *BACKEND_ENDPOINTS,
    _chat("/chatkit"),
    _chat("/v1/chatkit/conversation"),
    Endpoint(
        "GET",
        "/v1/chatkit/config",
        "chat protocol",
        "What the session offers",
        "client secret",
        "Greeting, starter prompts, history and uploads, for a widget that is about to open.",
        "chat",
        responses=(Body(WidgetConfig),),
        errors=(401, 403, 503),
    ),
    Endpoint(
        "GET",
        "/v1/chatkit/runs/{run_id}",
        "runs",
        "Look at a run",
        "either",
        "A run is one answer. A client secret sees its own threads' runs.",
        "threads:read",
        (_RUN_ID,),
        responses=(Body(RunObject),),
        errors=(401, 403, 404, 503),
    ),
    Endpoint(
        "GET",
        "/v1/chatkit/events",
        "runs",
        "Follow the user's threads",
        "client secret",
        "What happens in the threads of the session's user and workflow: messages, runs, titles, deletions. Frames carry an"
        " `id`; `stream.reset` says that what follows `Last-Event-ID` is no longer known. Ends with the client secret.",
        "chat",
        (
            Parameter("after", "query", "The id of the last event seen.", STRING),
            Parameter("Last-Event-ID", "header", "The id of the last event seen.", STRING),
        ),
        responses=(_STREAM,),
        errors=(400, 401, 403, 429, 503),
    ),
    Endpoint(
        "GET",
        "/v1/chatkit/runs/{run_id}/events",
        "runs",
        "Replay and follow a run",
        "either",
        "Byte for byte what was streamed, from behind `after`, then what follows, then the end. Frames carry"
        " `id: <run_id>:<seq>`; comments are heartbeats.",
        "threads:read",
        (
            _RUN_ID,
            Parameter("after", "query", "The number of the last event seen.", {"type": "integer", "minimum": 0}),
            Parameter("Last-Event-ID", "header", "The id of the last event seen.", STRING),
        ),
        responses=(_STREAM,),
        errors=(400, 401, 403, 404, 410, 429, 503),
    ),
    Endpoint(
        "POST",
        "/v1/chatkit/runs/{run_id}/cancel",
        "runs",
        "Cancel a run",
        "either",
        "From any connection, within a second; what was answered so far stays.",
        "threads:read",
        (_RUN_ID,),
        responses=(Body(RunObject),),
        errors=(401, 403, 404, 503),
    ),
    Endpoint(
        "GET",
        "/v1/chatkit/threads/{thread_id}/runs",
        "runs",
        "List a thread's runs",
        "either",
        "",
        "threads:read",
        (
            THREAD_ID,
            *PAGING,
            Parameter("status", "query", "`active`, or one state.", STRING),
        ),
        responses=(Body(RunObject, is_list=True),),
        errors=(400, 401, 403, 404, 503),
    ),
    *HISTORY_ENDPOINTS,
    Endpoint(
        "POST",
        "/v1/chatkit/files",
        "files",
        "Upload a file",
        "client secret",
        "Images, PDF, text and office files; what it is, its bytes say.",
        "chat",
        request=_FORM,
        responses=(_ATTACHMENT,),
        errors=(400, 401, 403, 413, 415, 503),
    ),
    *(
        Endpoint(
            method,
            "/v1/chatkit/files/{file_id}/content",
            "files",
            "Upload the bytes of an announced file",
            "none",
            "Phase two of `attachments.create`: its `upload_descriptor` says address, method and headers.",
            parameters=(
                _FILE_ID,
                Parameter("x-chatdock-upload-token", "header", "From the descriptor.", STRING, required=True),
            ),
            request=Body(media_type="application/octet-stream", text="The bytes, or a form with one field, `file`."),
            responses=(_ATTACHMENT,),
            errors=(400, 401, 403, 404, 413, 503),
        )
        for method in ("PUT", "POST")
    ),
    Endpoint(
        "GET",
        "/v1/chatkit/files/{file_id}",
        "files",
        "Download a file",
        "either",
        "Always as an attachment to save.",
        "threads:read",
        (_FILE_ID,),
        responses=(Body(media_type="application/octet-stream", text="The bytes."),),
        errors=(401, 403, 404, 503),
    ),
    Endpoint(
        "GET",
        "/v1/chatkit/files/{file_id}/preview/{token}",
        "files",
        "Show an image",
        "none",
        "An attachment's `preview_url`: a re-encoded image at an address that expires.",
        parameters=(_FILE_ID, in_path("token", "From the attachment.")),
        responses=(Body(media_type="image/webp", text="The image."),),
        errors=(404, 429, 503),
    ),
    Endpoint(
        "GET",
        "/widget/{path}",
        "service",
        "The widget's files",
        "none",
        "`chatdock.js` is the embed; `<version>/chatdock.js` never changes and may be pinned with its SRI hash,"
        " which `manifest.json` holds.",
        parameters=(in_path("path", "A file of the build, or a version and a file."),),
        responses=(Body(media_type="text/javascript", text="The file."),),
        errors=(404, 429, 503),
    ),
    Endpoint(
        "GET",
        "/embed",
        "service",
        "The chat as a page for an iframe",
        "none",
        "Framed by listed origins only; takes its options and its secret by message from `parent`, and from nobody else.",
        parameters=(
            Parameter("parent", "query", "The origin of the page around the frame.", {"type": "string"}, required=True),
        ),
        responses=(Body(media_type="text/html", text="The page."),),
        errors=(400, 403, 429),
    ),
    Endpoint(
        "GET",
        "/healthz",
        "service",
        "Alive?",
        "none",
        responses=(Body(text="`status` is `ok`.", example={"status": "ok"}),),
    ),
    Endpoint(
        "GET",
        "/readyz",
        "service",
        "Ready for work?",
        "none",
        responses=(Body(text="`status` is `ready`.", example={"status": "ready"}),),
        errors=(503,),
    ),
)

"""The endpoints of our own for a customer's backend: it speaks, starts runs, and is told by webhooks."""

from chatdock.web.endpoint import STRING, THREAD_ID, Body, Endpoint, Parameter
from chatdock.web.rest.items import RestItem
from chatdock.web.rest.push import PushItem
from chatdock.web.rest.run_requests import CreateRun
from chatdock.web.rest.runs import RunObject

_ONCE = Parameter("Idempotency-Key", "header", "Makes sending again safe.", STRING)

BACKEND_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "POST",
        "/v1/chatkit/threads/{thread_id}/items",
        "threads",
        "Say something in a thread",
        "server key",
        "An assistant's message, a widget or a notice, stored at the thread's end and shown at once where it is open. The same"
        " `Idempotency-Key` in a thread makes one item.",
        "threads:write",
        (THREAD_ID, _ONCE),
        request=Body(PushItem, example={"type": "assistant_message", "text": "Your parcel has arrived."}),
        responses=(Body(RestItem),),
        errors=(400, 401, 403, 404, 413, 415, 422, 503),
    ),
    Endpoint(
        "POST",
        "/v1/chatkit/runs",
        "runs",
        "Start a run",
        "server key",
        "An answer without a message of the user's, in a thread or in a new one, at once seen where the user has it open."
        " It goes on in the background: the response is the run as it begins. What `input` says only the workflow sees."
        " The same `Idempotency-Key` of a user starts one run.",
        "threads:write",
        (_ONCE,),
        request=Body(
            CreateRun,
            example={
                "user": "user-42",
                "workflow": {"id": "wf_demo"},
                "input": "The parcel has arrived. Tell the user.",
            },
        ),
        responses=(Body(RunObject),),
        errors=(400, 401, 403, 404, 413, 415, 422, 429, 503),
        success=202,
    ),
)

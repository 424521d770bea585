"""The endpoints of our own for a customer's backend: it speaks, starts runs, and is told by webhooks."""

from chatdock.web.endpoint import AFTER, LIMIT, STRING, THREAD_ID, Body, Endpoint, Parameter, in_path
from chatdock.web.rest.items import RestItem
from chatdock.web.rest.push import PushItem
from chatdock.web.rest.run_requests import CreateRun
from chatdock.web.rest.runs import RunObject
from chatdock.web.rest.webhooks import CreateWebhook, DeliveryObject, RollWebhook, WebhookDeleted, WebhookObject

_ONCE = Parameter("Idempotency-Key", "header", "Makes sending again safe.", STRING)
_WEBHOOK_ID = in_path("webhook_id", "A webhook's id, `whk_...`.")

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
    Endpoint(
        "GET",
        "/v1/chatkit/webhooks",
        "webhooks",
        "List webhooks",
        "server key",
        "",
        "webhooks",
        responses=(Body(WebhookObject, is_list=True),),
        errors=(401, 403, 503),
    ),
    Endpoint(
        "POST",
        "/v1/chatkit/webhooks",
        "webhooks",
        "Add a webhook",
        "server key",
        "An address that is told of these events, by signed requests that are tried for a day. `secret` is shown here alone.",
        "webhooks",
        request=Body(CreateWebhook),
        responses=(Body(WebhookObject),),
        errors=(400, 401, 403, 413, 415, 503),
    ),
    Endpoint(
        "DELETE",
        "/v1/chatkit/webhooks/{webhook_id}",
        "webhooks",
        "Remove a webhook",
        "server key",
        "With its deliveries.",
        "webhooks",
        (_WEBHOOK_ID,),
        responses=(Body(WebhookDeleted),),
        errors=(401, 403, 404, 503),
    ),
    Endpoint(
        "POST",
        "/v1/chatkit/webhooks/{webhook_id}/enable",
        "webhooks",
        "Enable a webhook",
        "server key",
        "One whose receiver answered 410 Gone is told again of what happens from now on.",
        "webhooks",
        (_WEBHOOK_ID,),
        responses=(Body(WebhookObject),),
        errors=(401, 403, 404, 503),
    ),
    Endpoint(
        "POST",
        "/v1/chatkit/webhooks/{webhook_id}/roll",
        "webhooks",
        "Roll a webhook's secret",
        "server key",
        "The new secret, shown here alone. Until the overlap is over, requests carry signatures of both.",
        "webhooks",
        (_WEBHOOK_ID,),
        Body(RollWebhook, example={"overlap_seconds": 86400}),
        (Body(WebhookObject),),
        (400, 401, 403, 404, 413, 415, 503),
    ),
    Endpoint(
        "GET",
        "/v1/chatkit/webhook_deliveries",
        "webhooks",
        "List deliveries",
        "server key",
        "Newest first, for thirty days: how often each was tried and what came back.",
        "webhooks",
        (
            LIMIT,
            AFTER,
            Parameter("webhook_id", "query", "Only this webhook's.", STRING),
            Parameter("status", "query", "`pending`, `delivered` or `failed`.", STRING),
        ),
        responses=(Body(DeliveryObject, is_list=True),),
        errors=(400, 401, 403, 503),
    ),
    Endpoint(
        "POST",
        "/v1/chatkit/webhook_deliveries/{delivery_id}/resend",
        "webhooks",
        "Send a delivery again",
        "server key",
        "Under its id, also one that was given up.",
        "webhooks",
        (in_path("delivery_id", "A delivery's id, `whd_...`."),),
        responses=(Body(DeliveryObject),),
        errors=(400, 401, 403, 404, 503),
    ),
)

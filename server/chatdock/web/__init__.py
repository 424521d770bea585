"""The doors: parse, authorise, call one thing, answer. `routes` is the sitemap, one line a path."""

from starlette.routing import BaseRoute

from chatdock.web import assets, embed, health, reference, share
from chatdock.web.chatkit.endpoint import chat
from chatdock.web.doors import Door
from chatdock.web.rest import (
    branches,
    config,
    feed,
    files,
    history,
    push,
    run_requests,
    runs,
    search,
    sessions,
    shares,
    threads,
    users,
    webhooks,
)


def routes() -> list[BaseRoute]:
    """Every path of the service."""
    return [
        # asked for most, so found first
        Door("/chatkit", chat, methods=["POST"]),
        Door("/v1/chatkit/conversation", chat, methods=["POST"]),
        Door("/v1/chatkit/sessions", sessions.create, methods=["POST"]),
        # the rest of the chat protocol, for client secrets
        Door("/v1/chatkit/config", config.retrieve),
        Door("/v1/chatkit/files", files.upload, methods=["POST"]),
        Door("/v1/chatkit/files/{file_id}", files.download),
        Door("/v1/chatkit/files/{file_id}/content", files.upload_content, methods=["POST", "PUT"]),
        Door("/v1/chatkit/files/{file_id}/preview/{token}", files.preview),
        Door("/v1/chatkit/events", feed.events),
        # runs, for client secrets and server keys
        Door("/v1/chatkit/runs/{run_id}", runs.retrieve),
        Door("/v1/chatkit/runs/{run_id}/events", runs.events),
        Door("/v1/chatkit/runs/{run_id}/cancel", runs.cancel, methods=["POST"]),
        Door("/v1/chatkit/threads/{thread_id}/runs", runs.of_thread),
        # a user's own threads, for client secrets
        Door("/v1/chatkit/search", search.find, methods=["POST"]),
        Door("/v1/chatkit/history", history.page),
        Door("/v1/chatkit/threads/{thread_id}/marks", history.marks, methods=["GET"]),
        Door("/v1/chatkit/threads/{thread_id}/marks", history.mark, methods=["POST"]),
        Door("/v1/chatkit/threads/{thread_id}/branches", branches.page, methods=["GET"]),
        Door("/v1/chatkit/threads/{thread_id}/branches", branches.read, methods=["POST"]),
        Door("/v1/chatkit/threads/{thread_id}/shares", shares.page, methods=["GET"]),
        Door("/v1/chatkit/threads/{thread_id}/shares", shares.create, methods=["POST"]),
        Door("/v1/chatkit/shares/{share_id}", shares.revoke, methods=["DELETE"]),
        # the REST API, for server keys
        Door("/v1/chatkit/runs", run_requests.create, methods=["POST"]),
        Door("/v1/chatkit/sessions/{session_id}/cancel", sessions.cancel, methods=["POST"]),
        Door("/v1/chatkit/threads", threads.page),
        Door("/v1/chatkit/threads/{thread_id}", threads.retrieve, methods=["GET"]),
        Door("/v1/chatkit/threads/{thread_id}", threads.delete, methods=["DELETE"]),
        Door("/v1/chatkit/threads/{thread_id}/items", threads.items, methods=["GET"]),
        Door("/v1/chatkit/threads/{thread_id}/items", push.add_item, methods=["POST"]),
        Door("/v1/chatkit/users/{user:path}/export", users.export),
        Door("/v1/chatkit/users/{user:path}", users.delete, methods=["DELETE"]),
        Door("/v1/chatkit/webhooks", webhooks.page, methods=["GET"]),
        Door("/v1/chatkit/webhooks", webhooks.create, methods=["POST"]),
        Door("/v1/chatkit/webhooks/{webhook_id}", webhooks.delete, methods=["DELETE"]),
        Door("/v1/chatkit/webhooks/{webhook_id}/enable", webhooks.enable, methods=["POST"]),
        Door("/v1/chatkit/webhooks/{webhook_id}/roll", webhooks.roll, methods=["POST"]),
        Door("/v1/chatkit/webhook_deliveries", webhooks.deliveries),
        Door("/v1/chatkit/webhook_deliveries/{delivery_id}/resend", webhooks.resend, methods=["POST"]),
        # everybody
        Door("/widget/{path:path}", assets.widget_file),
        Door("/embed", embed.page),
        Door("/share/{token}", share.page),
        Door("/share/{token}", share.conversation, methods=["POST"]),
        Door("/share/{token}/pictures/{place}", share.picture),
        Door("/healthz", health.healthz),
        Door("/readyz", health.readyz),
        Door("/openapi.json", reference.document),
        Door("/docs", reference.page),
    ]

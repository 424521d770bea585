"""The doors: parse, authorise, call one thing, answer. `routes` is the sitemap, one line a path."""

from starlette.routing import BaseRoute, Route

from chatdock.web import assets, embed, health, reference, share
from chatdock.web.chatkit.endpoint import chat
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
        Route("/chatkit", chat, methods=["POST"]),
        Route("/v1/chatkit/conversation", chat, methods=["POST"]),
        Route("/v1/chatkit/sessions", sessions.create, methods=["POST"]),
        # the rest of the chat protocol, for client secrets
        Route("/v1/chatkit/config", config.retrieve),
        Route("/v1/chatkit/files", files.upload, methods=["POST"]),
        Route("/v1/chatkit/files/{file_id}", files.download),
        Route("/v1/chatkit/files/{file_id}/content", files.upload_content, methods=["POST", "PUT"]),
        Route("/v1/chatkit/files/{file_id}/preview/{token}", files.preview),
        Route("/v1/chatkit/events", feed.events),
        # runs, for client secrets and server keys
        Route("/v1/chatkit/runs/{run_id}", runs.retrieve),
        Route("/v1/chatkit/runs/{run_id}/events", runs.events),
        Route("/v1/chatkit/runs/{run_id}/cancel", runs.cancel, methods=["POST"]),
        Route("/v1/chatkit/threads/{thread_id}/runs", runs.of_thread),
        # a user's own threads, for client secrets
        Route("/v1/chatkit/search", search.find, methods=["POST"]),
        Route("/v1/chatkit/history", history.page),
        Route("/v1/chatkit/threads/{thread_id}/marks", history.marks, methods=["GET"]),
        Route("/v1/chatkit/threads/{thread_id}/marks", history.mark, methods=["POST"]),
        Route("/v1/chatkit/threads/{thread_id}/branches", branches.page, methods=["GET"]),
        Route("/v1/chatkit/threads/{thread_id}/branches", branches.read, methods=["POST"]),
        Route("/v1/chatkit/threads/{thread_id}/shares", shares.page, methods=["GET"]),
        Route("/v1/chatkit/threads/{thread_id}/shares", shares.create, methods=["POST"]),
        Route("/v1/chatkit/shares/{share_id}", shares.revoke, methods=["DELETE"]),
        # the REST API, for server keys
        Route("/v1/chatkit/runs", run_requests.create, methods=["POST"]),
        Route("/v1/chatkit/sessions/{session_id}/cancel", sessions.cancel, methods=["POST"]),
        Route("/v1/chatkit/threads", threads.page),
        Route("/v1/chatkit/threads/{thread_id}", threads.retrieve, methods=["GET"]),
        Route("/v1/chatkit/threads/{thread_id}", threads.delete, methods=["DELETE"]),
        Route("/v1/chatkit/threads/{thread_id}/items", threads.items, methods=["GET"]),
        Route("/v1/chatkit/threads/{thread_id}/items", push.add_item, methods=["POST"]),
        Route("/v1/chatkit/users/{user:path}/export", users.export),
        Route("/v1/chatkit/users/{user:path}", users.delete, methods=["DELETE"]),
        Route("/v1/chatkit/webhooks", webhooks.page, methods=["GET"]),
        Route("/v1/chatkit/webhooks", webhooks.create, methods=["POST"]),
        Route("/v1/chatkit/webhooks/{webhook_id}", webhooks.delete, methods=["DELETE"]),
        Route("/v1/chatkit/webhooks/{webhook_id}/enable", webhooks.enable, methods=["POST"]),
        Route("/v1/chatkit/webhooks/{webhook_id}/roll", webhooks.roll, methods=["POST"]),
        Route("/v1/chatkit/webhook_deliveries", webhooks.deliveries),
        Route("/v1/chatkit/webhook_deliveries/{delivery_id}/resend", webhooks.resend, methods=["POST"]),
        # everybody
        Route("/widget/{path:path}", assets.widget_file),
        Route("/embed", embed.page),
        Route("/share/{token}", share.page),
        Route("/share/{token}", share.conversation, methods=["POST"]),
        Route("/share/{token}/pictures/{place}", share.picture),
        Route("/healthz", health.healthz),
        Route("/readyz", health.readyz),
        Route("/openapi.json", reference.document),
        Route("/docs", reference.page),
    ]

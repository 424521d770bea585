"""The endpoints of our own about a user's threads: versions, search, marks, shared links and exports."""

from chatdock.web.endpoint import AFTER, LIMIT, ORDER, THREAD_ID, Body, Endpoint, Parameter, in_path
from chatdock.web.rest.branches import ForkList, ReadBranch
from chatdock.web.rest.history import SHELVES, HistoryList, HistoryThread, MarkThread
from chatdock.web.rest.search import SearchQuery, SearchResults
from chatdock.web.rest.shares import ShareList, ShareObject, ShareRevoked
from chatdock.web.share import Asked

_TOKEN = in_path("token", "The end of a link.")

SHELF = Parameter("shelf", "query", "Which of them.", {"type": "string", "enum": list(SHELVES), "default": "listed"})

HISTORY_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/chatkit/threads/{thread_id}/branches",
        "history",
        "List a thread's forks",
        "client secret",
        "Where a message was edited or answered again: the versions there are, and the one that is read.",
        "chat",
        (THREAD_ID,),
        responses=(Body(ForkList),),
        errors=(401, 403, 404, 503),
    ),
    Endpoint(
        "POST",
        "/v1/chatkit/threads/{thread_id}/branches",
        "history",
        "Read another version",
        "client secret",
        "From now on, in every client, the thread goes on through that version. Refused while an answer is made.",
        "chat",
        (THREAD_ID,),
        Body(ReadBranch),
        (Body(ForkList),),
        (400, 401, 403, 404, 413, 415, 429, 503),
    ),
    Endpoint(
        "GET",
        "/v1/chatkit/history",
        "history",
        "List threads with their marks",
        "client secret",
        "The user's own threads with this workflow: all but the archived ones, or those alone that are pinned, archived or"
        " unread.",
        "chat",
        (SHELF, LIMIT, ORDER, AFTER),
        responses=(Body(HistoryList),),
        errors=(400, 401, 403, 404, 503),
    ),
    Endpoint(
        "GET",
        "/v1/chatkit/threads/{thread_id}/marks",
        "history",
        "Retrieve a thread's marks",
        "client secret",
        "One thread as the list shows it.",
        "chat",
        (THREAD_ID,),
        responses=(Body(HistoryThread),),
        errors=(401, 403, 404, 503),
    ),
    Endpoint(
        "POST",
        "/v1/chatkit/threads/{thread_id}/marks",
        "history",
        "Pin, archive or mark a thread",
        "client secret",
        "Also says how far the user has read. His other tabs and devices hear of it.",
        "chat",
        (THREAD_ID,),
        Body(MarkThread, example={"pinned": True}),
        (Body(HistoryThread),),
        (400, 401, 403, 404, 413, 415, 429, 503),
    ),
    Endpoint(
        "POST",
        "/v1/chatkit/search",
        "history",
        "Search titles and messages",
        "client secret",
        "The user's own threads with this workflow, newest first. Case, accents and width do not count; a word finds what"
        " begins with it.",
        "chat",
        request=Body(SearchQuery, example={"query": "parcel lisbon"}),
        responses=(Body(SearchResults),),
        errors=(400, 401, 403, 413, 415, 429, 503),
    ),
    Endpoint(
        "POST",
        "/v1/chatkit/threads/{thread_id}/shares",
        "history",
        "Share a thread",
        "client secret",
        "Another link to the thread as it is now; what follows later is not in it. `url` is told this once: only a digest"
        " of it is kept. Refused with `sharing_off` where `CHATDOCK_SHARING` is off.",
        "chat",
        (THREAD_ID,),
        responses=(Body(ShareObject),),
        errors=(400, 401, 403, 404, 429, 503),
    ),
    Endpoint(
        "GET",
        "/v1/chatkit/threads/{thread_id}/shares",
        "history",
        "List a thread's links",
        "client secret",
        "Those that were made and not revoked.",
        "chat",
        (THREAD_ID,),
        responses=(Body(ShareList),),
        errors=(401, 403, 404, 503),
    ),
    Endpoint(
        "DELETE",
        "/v1/chatkit/shares/{share_id}",
        "history",
        "Revoke a link",
        "client secret",
        "At once and for good. Deleting the thread, its retention and erasing the user do the same.",
        "chat",
        (in_path("share_id", "A link's id, `shr_...`."),),
        responses=(Body(ShareRevoked),),
        errors=(401, 403, 404, 503),
    ),
    Endpoint(
        "GET",
        "/share/{token}",
        "history",
        "Look at a shared conversation",
        "none",
        "The page a link leads to. A wrong link, a revoked one and sharing that is off are the same 404.",
        parameters=(_TOKEN,),
        responses=(Body(media_type="text/html", text="The widget, with the conversation and nothing to write in."),),
        errors=(404, 429, 503),
    ),
    Endpoint(
        "POST",
        "/share/{token}",
        "history",
        "Read a shared conversation",
        "none",
        "What the page asks for: `threads.get_by_id` of the chat protocol answers the thread with all its items, whatever"
        " the id; any other operation is refused.",
        parameters=(_TOKEN,),
        request=Body(Asked, example={"type": "threads.get_by_id", "params": {"thread_id": "shared"}}),
        responses=(Body(text="The thread, with every item."),),
        errors=(400, 403, 404, 413, 415, 429, 503),
    ),
)

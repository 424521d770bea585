"""The endpoints of our own about a user's threads: versions, search, marks, shared links and exports."""

from chatdock.web.endpoint import AFTER, LIMIT, ORDER, THREAD_ID, Body, Endpoint, Parameter
from chatdock.web.rest.branches import ForkList, ReadBranch
from chatdock.web.rest.history import SHELVES, HistoryList, HistoryThread, MarkThread
from chatdock.web.rest.search import SearchQuery, SearchResults

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
)

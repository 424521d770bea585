"""Search over one's own threads."""

from typing import Any

import httpx
import pytest

from rest.test_threads import _thread
from web.served import Served


def ask(served: Served, secret: str, **body: Any) -> httpx.Response:
    return served.http.post("/v1/chatkit/search", json=body, headers={"authorization": f"Bearer {secret}"})


def test_ones_own_messages_are_found_with_their_threads_and_paged(served: Served) -> None:
    secret = served.mint("seeker", rate_limits={"max_requests_per_1_minute": 1_000})["client_secret"]
    first = _thread(served, "seeker", "The Gr\u00fcne parcel", secret=secret)
    second = _thread(served, "seeker", "another parcel", "and a gruner parcel", secret=secret)
    answer = ask(served, secret, query="PARCEL grun")
    assert answer.status_code == 200, answer.text
    hits = [hit for hit in answer.json()["data"] if hit["snippet"].lower().find("parcel") >= 0]
    assert [hit["thread_id"] for hit in hits if hit["item_id"]][:1] == [second]
    assert first in {hit["thread_id"] for hit in hits}
    hit = hits[0]
    assert set(hit) == {"object", "thread_id", "title", "item_id", "created_at", "snippet", "ranges"}
    assert [hit["snippet"][low:high].lower() for low, high in hit["ranges"]][-1] == "parcel"
    seen, after = [], None
    while True:
        page = ask(served, secret, query="parcel", limit=1, **({"after": after} if after else {})).json()
        seen += [(each["thread_id"], each["item_id"]) for each in page["data"]]
        after = page["after"]
        if not page["has_more"]:
            break
    assert len(seen) == len(set(seen)) and {first, second} <= {thread for thread, _ in seen}


def test_nobody_finds_anothers_words_and_no_history_finds_nothing(served: Served) -> None:
    _thread(served, "owner", "xylophone")
    assert ask(served, served.mint("stranger")["client_secret"], query="xylophone").json()["data"] == []
    without = {"chatkit_configuration": {"history": {"enabled": False}}}
    assert ask(served, served.mint("owner", **without)["client_secret"], query="xylophone").json()["data"] == []
    recent = {"chatkit_configuration": {"history": {"recent_threads": 1}}}
    _thread(served, "owner", "trombone")
    assert ask(served, served.mint("owner", **recent)["client_secret"], query="xylophone").json()["data"] == []


@pytest.mark.parametrize(
    "body", [{}, {"query": 7}, {"query": "x" * 201}, {"query": "x", "limit": 0}, {"query": "x", "after": "y"}]
)
def test_a_query_that_cannot_be_meant_is_refused(served: Served, body: dict[str, Any]) -> None:
    assert ask(served, served.mint()["client_secret"], **body).status_code == 400


def test_a_search_needs_a_client_secret(served: Served) -> None:
    assert ask(served, "sk_nothing", query="x").status_code == 401

"""The iframe's page: for listed origins, and listening to the one that was named."""

import re

import pytest

from chatdock.sessions.origins import Origins
from web.served import APP_ORIGIN, Served


def test_a_listed_origin_gets_a_page_that_only_listed_origins_may_frame(served: Served) -> None:
    answer = served.http.get("/embed", params={"parent": APP_ORIGIN})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    policy = dict(each.split(" ", 1) for each in answer.headers["content-security-policy"].split("; "))
    assert policy["frame-ancestors"] == f"'self' {APP_ORIGIN} https://*.preview.example.com"
    assert policy["default-src"] == "'none'" and policy["require-trusted-types-for"] == "'script'"
    assert "x-frame-options" not in answer.headers
    assert f'data-parent="{APP_ORIGIN}"' in answer.text
    nonces = set(re.findall(r'nonce="([^"]+)"', answer.text))
    assert len(nonces) == 1 and f"'nonce-{nonces.pop()}'" in policy["script-src"]
    assert answer.headers["cache-control"] == "no-store, private"


def test_each_page_has_a_nonce_of_its_own(served: Served) -> None:
    policies = {
        served.http.get("/embed", params={"parent": APP_ORIGIN}).headers["content-security-policy"] for _ in range(3)
    }
    assert len(policies) == 3


def test_a_page_of_this_server_may_frame_it(served: Served) -> None:
    assert served.http.get("/embed", params={"parent": served.url}).status_code == 200


@pytest.mark.parametrize(
    "parent", ["https://evil.example", "null", '"><script>', f"{APP_ORIGIN}.evil.example", f"{APP_ORIGIN}/path"]
)
def test_an_origin_that_is_not_listed_is_refused(served: Served, parent: str) -> None:
    answer = served.http.get("/embed", params={"parent": parent})
    assert answer.status_code == 403
    assert answer.json()["error"]["param"] == "parent"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_the_page_around_has_to_be_named(served: Served) -> None:
    answer = served.http.get("/embed")
    assert answer.status_code == 400 and answer.json()["error"]["param"] == "parent"


def test_the_list_is_written_as_a_policy_writes_it() -> None:
    origins = Origins(["https://b.example", "https://*.a.example:8443", "http://localhost:3000"])
    assert origins.sources() == ["http://localhost:3000", "https://b.example", "https://*.a.example:8443"]
    assert Origins(["*"], allow_any=True).sources() == ["http:", "https:"]

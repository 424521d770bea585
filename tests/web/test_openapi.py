"""The reference: every route is described, every reference resolves, and the page needs nothing from elsewhere."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from chatdock.web import routes
from chatdock.web.openapi import openapi
from web.served import Served, serving, settings

UNDESCRIBED = {"/openapi.json", "/docs"}


def test_every_route_is_described_and_nothing_else_is() -> None:
    served = {
        (route.path.replace(":path", ""), method)
        for route in routes()
        if isinstance(route, Route) and route.path not in UNDESCRIBED
        for method in (route.methods or ())
        if method != "HEAD"
    }
    described = {(path, method.upper()) for path, methods in openapi()["paths"].items() for method in methods}
    assert described == served


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(_references(child) for child in node.values()), set())
    if isinstance(node, list):
        return set().union(*(_references(child) for child in node), set())
    return set()


def test_every_reference_resolves_to_a_type_with_a_plain_name() -> None:
    document = openapi()
    names = set(document["components"]["schemas"])
    assert {each.removeprefix("#/components/schemas/") for each in _references(document)} <= names
    assert all(re.fullmatch(r"[A-Za-z]+", name) for name in names), sorted(names)


def test_operation_ids_are_unique() -> None:
    ids = [each["operationId"] for methods in openapi()["paths"].values() for each in methods.values()]
    assert len(ids) == len(set(ids))


def test_discriminators_point_at_types_that_are_there() -> None:
    text = json.dumps(openapi())
    assert "chatdock.types" not in text and "chatdock.web" not in text and "Page_" not in text


def test_what_the_door_answers_is_what_the_reference_says(served: Served) -> None:
    session = served.mint()
    described = openapi()["components"]["schemas"]["SessionObject"]
    assert set(described["required"]) == set(session)


def test_whoever_comes_too_often_without_a_credential_is_told_so_as_the_reference_says(tmp_path: Path) -> None:
    documented = openapi()["paths"]
    with serving(settings(tmp_path, address_requests_per_minute=1)) as served:
        served.http.get("/docs")  # the one request of this minute
        for path, methods in documented.items():
            for method, operation in methods.items():
                url = re.sub(r"{\w+}", "chatdock.js" if path.startswith("/widget") else "x", path)
                answer = served.http.request(method, url, headers={"authorization": "Bearer nothing"})
                assert str(answer.status_code) in operation["responses"], (method, path, answer.status_code)


def test_a_secret_in_an_address_is_refused_as_the_reference_says(served: Served) -> None:
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            if operation["security"]:
                url = re.sub(r"{\w+}", "x", path)
                answer = served.http.request(method, url, params={"token": "secret"})
                assert answer.status_code == 400 and "400" in operation["responses"], (method, path)


def test_no_two_entries_of_the_contents_read_the_same(served: Served) -> None:
    contents = served.http.get("/docs").text.partition("<nav")[2].partition("</nav>")[0]
    entries = re.findall(r"<li><a [^>]+>([^<]+)</a>", contents)
    assert len(entries) > 30 and len(entries) == len(set(entries))


def test_the_document_is_served_to_any_site(served: Served) -> None:
    answer = served.http.get("/openapi.json")
    assert answer.json()["openapi"] == "3.1.0" and answer.headers["access-control-allow-origin"] == "*"


def test_the_page_is_whole_in_itself(served: Served) -> None:
    answer = served.http.get("/docs")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy
    page = answer.text
    assert "<script" not in page and "http://" not in page and "https://" not in page and " style=" not in page
    for target in re.findall(r"href='#([^']+)'", page):
        assert f"id='{target}'" in page, target


@pytest.mark.parametrize("path", ["/v1/chatkit/sessions", "/chatkit"])
def test_the_page_names_the_endpoints(served: Served, path: str) -> None:
    assert path in served.http.get("/docs").text


def test_health_says_alive_and_ready_until_it_drains(served: Served) -> None:
    assert served.http.get("/healthz").json() == {"status": "ok"}
    assert served.http.get("/readyz").json() == {"status": "ready"}
    served.parts.readiness.draining = True
    try:
        draining = served.http.get("/readyz")
        assert draining.status_code == 503 and draining.headers["retry-after"]
        assert served.http.get("/healthz").status_code == 200
    finally:
        served.parts.readiness.draining = False

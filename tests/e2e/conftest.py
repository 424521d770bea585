"""Visitors for the end-to-end tests."""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, expect

from e2e.shop import Shop
from servers.browser import PATIENCE_MS, visitor
from servers.service import Service

Visitor = Callable[..., Shop]
FAILED = pytest.StashKey[bool]()

# A machine may be ten times slower than the one a test was written on.
expect.set_options(timeout=PATIENCE_MS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remembers a failure for the fixtures that end after it."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def new_visitor(browser: Browser, service: Service, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Makes visitors, each with cookies of their own. None may have seen a fault or a stranger by the end.

    Of a test that fails, what each visitor saw is printed and kept as a picture in `out`.
    """
    shops: list[Shop] = []
    with ExitStack() as stack:

        def make(**options: object) -> Shop:
            shops.append(Shop(stack.enter_context(visitor(browser, **options)), service))
            return shops[-1]

        yield make
        if request.node.stash.get(FAILED, False):
            for number, shop in enumerate(shops):
                shop.testify(f"failed-{request.node.name}-{number}")
        assert [fault for shop in shops for fault in shop.faults] == []


@pytest.fixture
def shop(new_visitor: Visitor) -> Shop:
    """A visitor of the gallery with the chat open."""
    someone = new_visitor()
    someone.visit()
    someone.open_chat()
    return someone

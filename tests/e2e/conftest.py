"""Visitors for the end-to-end tests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from e2e.shop import Shop
from servers.browser import visitor
from servers.service import Service

Visitor = Callable[..., Shop]


@pytest.fixture
def new_visitor(browser: Browser, service: Service) -> Iterator[Visitor]:
    """Makes visitors, each with cookies of their own. None may have seen a fault or a stranger by the end."""
    shops: list[Shop] = []
    with ExitStack() as stack:

        def make(**options: object) -> Shop:
            shops.append(Shop(stack.enter_context(visitor(browser, **options)), service))
            return shops[-1]

        yield make
        assert [fault for shop in shops for fault in shop.faults] == []


@pytest.fixture
def shop(new_visitor: Visitor) -> Shop:
    """A visitor of the gallery with the chat open."""
    someone = new_visitor()
    someone.visit()
    someone.open_chat()
    return someone

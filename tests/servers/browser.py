"""A real Chromium for tests: Debian's, headless, with a new profile each, and nothing of its own to say to the network."""

import contextlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from servers.processes import find

PATIENCE_MS = 30_000  # only a failing test waits as long
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser process; each test has contexts of its own."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=str(find("chromium", package="chromium")), args=ARGUMENTS, headless=True
        )
        yield launched
        launched.close()


@contextlib.contextmanager
def visitor(browser: Browser, **options: object) -> Iterator[BrowserContext]:
    """Somebody with cookies, storage and a window of their own."""
    context = browser.new_context(**options)  # type: ignore[arg-type]  # playwright's options, as a test names them
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield context
    finally:
        context.close()

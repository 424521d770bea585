"""The demo shop as a visitor uses it: open the page, open the chat, say something, read the answer."""

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, Locator, Page, Request, expect

from servers.service import Service

OUT = Path(__file__).parent / "out"
PICTURE_MS = 5_000  # a page that hangs must not hide what failed
# Whatever moves towards an end has come to it; a spinner may turn on.
STILL = """() => new Promise((resolve) => requestAnimationFrame(resolve)).then(() =>
  [document, ...[...document.querySelectorAll("*")].flatMap((el) => el.shadowRoot ?? [])]
    .flatMap((root) => root.getAnimations())
    .every((each) => each.effect.getComputedTiming().endTime === Infinity || each.playState !== "running"))"""


class Shop:
    """One visitor's page. Faults of the page and requests to strangers are collected and must stay empty."""

    def __init__(self, context: BrowserContext, service: Service) -> None:
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self._service = service
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        self.page.on("request", self._look_at)

    def _look_at(self, request: Request) -> None:
        if not request.url.startswith((self._service.url, "data:", "blob:")):
            self.faults.append(f"a request to a stranger: {request.url}")

    def visit(self, path: str = "/", *, workflow: str = "wf_gallery", scheme: str = "light") -> None:
        """Opens a page of the shop."""
        self.page.goto(f"{self._service.url}{path}?workflow={workflow}&scheme={scheme}")

    def open_chat(self) -> None:
        """Opens the chat by its bubble."""
        self.page.get_by_role("button", name=re.compile("^Open chat")).click()
        expect(self.composer).to_be_visible()

    @property
    def composer(self) -> Locator:
        """Where one writes."""
        return self.page.get_by_role("textbox", name=re.compile("Message"))

    @property
    def stop(self) -> Locator:
        """The button that is there while an answer comes."""
        return self.page.get_by_role("button", name="Stop")

    @property
    def log(self) -> Locator:
        """The conversation."""
        return self.page.get_by_role("log")

    @property
    def answers(self) -> Locator:
        """What the assistant said, turn by turn."""
        return self.page.get_by_role("article", name="Assistant")

    def say(self, text: str) -> None:
        """Sends a message and does not wait for the answer."""
        self.composer.fill(text)
        expect(self.page.get_by_role("button", name="Send message")).to_be_enabled()  # uploads come first
        self.composer.press("Enter")

    def ask(self, text: str) -> Locator:
        """Sends a message and waits until the answer is complete; returns the answer."""
        before = self.answers.count()
        self.say(text)
        expect(self.answers).to_have_count(before + 1)
        expect(self.stop).to_have_count(0)
        return self.answers.last

    def keep_what_passes(self) -> None:
        """From now on every change of the chat is kept, however soon it goes: a slow machine may never see it."""
        self.page.locator("chat-dock").evaluate(
            """({ shadowRoot }) => {
              window.passed = [];
              const options = { subtree: true, childList: true, characterData: true };
              new MutationObserver(() => window.passed.push(shadowRoot.textContent)).observe(shadowRoot, options);
            }"""
        )

    def passed(self) -> list[str]:
        """The chat's text after each change since `keep_what_passes`."""
        return list(self.page.evaluate("window.passed"))

    def picture(self, name: str) -> None:
        """A screenshot for a person to look at."""
        OUT.mkdir(exist_ok=True)
        self.be_still()
        self.page.screenshot(path=OUT / f"{name}.png")

    def be_still(self) -> None:
        """Waits until nothing moves."""
        self.page.wait_for_function(STILL)

    def testify(self, name: str) -> None:
        """Prints what a failing test's visitor sees, and keeps a picture of it."""
        OUT.mkdir(exist_ok=True)
        try:
            print(f"{name} saw, with the faults {self.faults}:")
            print(self.page.locator("body").aria_snapshot(timeout=PICTURE_MS))
            self.page.screenshot(path=OUT / f"{name.replace('/', '_')}.png", timeout=PICTURE_MS)
        except Error as error:
            print(error)

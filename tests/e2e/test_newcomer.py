"""The newcomer's story, in Chromium, against the real server: open, say, watch, stop, reload, come back."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from e2e.shop import Shop
from servers.browser import visitor
from servers.service import Service, running

Visitor = Callable[..., Shop]


def test_the_assistant_answers_without_any_key(new_visitor: Visitor) -> None:
    someone = new_visitor()
    someone.visit(workflow="wf_demo")
    expect(someone.page.get_by_text("The built-in demo model answers")).to_be_visible()
    someone.open_chat()
    someone.picture("start")
    answer = someone.ask("What is Chatdock?")
    expect(answer).to_contain_text("an open chat widget with its own service")
    someone.picture("answer")


def test_an_answer_is_seen_while_it_comes(shop: Shop) -> None:
    shop.say("/text 60 40")
    early = shop.page.locator("chat-dock").evaluate(
        """async ({ shadowRoot }) => {
          const said = () => [...shadowRoot.querySelectorAll(".turn.assistant")].at(-1)?.textContent ?? "";
          while (!said().includes("word3")) await new Promise((resolve) => requestAnimationFrame(resolve));
          return [said(), shadowRoot.querySelector("[part=stop]") !== null];
        }"""
    )
    assert "word59" not in early[0] and early[1]
    expect(shop.answers.last).to_contain_text("word59")
    expect(shop.stop).to_have_count(0)


def test_stop_keeps_what_was_said(shop: Shop) -> None:
    shop.say("/text 2000 25")
    expect(shop.answers.last).to_contain_text("word5")
    shop.stop.click()
    expect(shop.stop).to_have_count(0)
    said = shop.answers.last.inner_text()
    assert "word5" in said and "word1999" not in said
    shop.page.wait_for_timeout(400)
    assert shop.answers.last.inner_text().count("word") == said.count("word")
    expect(shop.ask("still there?")).to_contain_text("You said: still there?")


def test_a_reload_in_the_middle_of_an_answer_loses_nothing(new_visitor: Visitor) -> None:
    someone = new_visitor()
    someone.visit("/demo/full")
    someone.say("/text 120 40")
    expect(someone.answers.last).to_contain_text("word10")
    someone.page.reload()
    open_last_conversation(someone, re.compile("word|text|New thread"))
    expect(someone.answers.last).to_contain_text("word119", timeout=60_000)
    words = re.findall(r"word\d+", someone.answers.last.inner_text())
    assert words == [f"word{number}" for number in range(120)]


def open_last_conversation(someone: Shop, title: re.Pattern[str]) -> None:
    """After a reload: the conversation is there again, at once or from the history."""
    someone.composer.wait_for()
    if not someone.answers.count():
        someone.page.get_by_role("button", name="History").click()
        someone.page.get_by_role("button", name=title).first.click()
    expect(someone.answers.last).to_be_visible()


@pytest.mark.timeout(180)
def test_everything_said_is_there_after_a_restart_of_the_server(browser: Browser, tmp_path: Path) -> None:
    with running(tmp_path) as service, visitor(browser) as context:
        someone = Shop(context, service)
        someone.visit("/demo/full")
        someone.ask("remember the lighthouse")
        someone.page.goto("about:blank")  # it would complain while the server is away
        service.restart()
        someone.visit("/demo/full")
        someone.page.get_by_role("button", name="History").click()
        someone.picture("history")
        someone.page.get_by_role("button", name=re.compile("lighthouse|New thread")).first.click()
        expect(someone.log).to_contain_text("You said: remember the lighthouse")
        expect(someone.ask("and now?")).to_contain_text("You said: and now?")
        assert someone.faults == []


def test_visitors_do_not_see_each_other(new_visitor: Visitor) -> None:
    ada, grace = new_visitor(), new_visitor()
    ada.visit("/demo/full")
    ada.ask("my secret is the tide")
    grace.visit("/demo/full")
    grace.page.get_by_role("button", name="History").click()
    expect(grace.page.get_by_text("Past conversations will appear here.")).to_be_visible()
    assert "tide" not in grace.page.inner_text("body")
    ada.page.reload()
    ada.page.get_by_role("button", name="History").click()
    expect(ada.page.get_by_role("button", name=re.compile("tide|New thread")).first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "width", "height"), [("desktop", 1280, 900), ("phone", 390, 844)])
def test_it_looks_right_on_every_screen(new_visitor: Visitor, scheme: str, size: str, width: int, height: int) -> None:
    someone = new_visitor(viewport={"width": width, "height": height})
    someone.visit(scheme=scheme)
    someone.picture(f"page-{size}-{scheme}")
    someone.page.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=width)
    someone.open_chat()
    someone.ask("/markdown")
    someone.picture(f"chat-{size}-{scheme}")


def test_the_look_changes_without_a_reload(shop: Shop) -> None:
    shop.ask("before the switch")
    shop.page.get_by_label("Look").select_option("dark")
    expect(shop.page.locator("html")).to_have_attribute("data-shown", "dark")
    expect(shop.log).to_contain_text("before the switch")


def test_hints_put_words_into_the_composer(new_visitor: Visitor) -> None:
    someone = new_visitor()
    someone.visit()
    someone.page.get_by_role("button", name="/widget card").click()
    expect(someone.composer).to_have_value("/widget card")


@pytest.mark.parametrize("path", ["/demo/inline", "/demo/full"])
def test_the_chat_stands_in_a_page_too(new_visitor: Visitor, path: str) -> None:
    someone = new_visitor()
    someone.visit(path)
    expect(someone.ask("hello from here")).to_contain_text("You said: hello from here")
    someone.picture(path.removeprefix("/demo/"))


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844), (320, 700)])
def test_the_full_page_is_as_high_as_the_window(new_visitor: Visitor, width: int, height: int) -> None:
    someone = new_visitor(viewport={"width": width, "height": height})
    someone.visit("/demo/full")
    expect(someone.composer).to_be_in_viewport(ratio=1)
    assert someone.page.locator("chat-dock").evaluate("el => el.getBoundingClientRect().bottom") == height
    assert someone.page.evaluate("document.documentElement.scrollHeight") == height


def test_the_demo_is_not_in_production(tmp_path: Path, service: Service, browser: Browser) -> None:
    with running(tmp_path, command="serve") as production, visitor(browser) as context:
        page = context.new_page()
        for path in ("/", "/demo/inline", "/demo/full", "/demo/demo.js"):
            reply = page.goto(f"{production.url}{path}")
            assert reply is not None and reply.status == 404
        assert context.request.post(f"{production.url}/demo/session").status == 404
        assert context.request.post(f"{service.url}/demo/session").status == 200

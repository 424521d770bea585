"""Every command of the gallery, as a visitor sees it."""

import json
import re

import pytest
from playwright.sync_api import expect

from e2e.shop import Shop


def test_help_lists_the_commands(shop: Shop) -> None:
    answer = shop.ask("/help")
    for command in ("/text", "/think", "/widget", "/ask", "/lock"):
        expect(answer).to_contain_text(command)


def test_anything_else_is_repeated(shop: Shop) -> None:
    expect(shop.ask("ahoy")).to_contain_text("You said: ahoy")


def test_thinking_is_shown_and_can_be_opened(shop: Shop) -> None:
    answer = shop.ask("/think")
    thought = answer.get_by_role("button", name=re.compile("Thought"))
    expect(thought).to_be_visible()
    thought.click()
    expect(thought).to_have_attribute("aria-expanded", "true")
    shop.picture("think")


def test_tasks_are_shown_with_their_summary(shop: Shop) -> None:
    answer = shop.ask("/tasks")
    expect(
        answer.get_by_role("button", expanded=False).or_(answer.get_by_role("button", expanded=True)).first
    ).to_be_visible()
    shop.picture("tasks")


def test_progress_gives_way_to_the_answer(shop: Shop) -> None:
    shop.ask("/progress")
    expect(shop.log.locator(".progress")).to_have_count(0)


def test_a_notice_is_shown(shop: Shop) -> None:
    shop.ask("/notice")
    shop.picture("notice")


def test_an_error_shows_its_words(shop: Shop) -> None:
    shop.say("/error The tide is out")
    expect(shop.page.get_by_text("The tide is out").last).to_be_visible()
    shop.picture("error")


def test_a_failure_shows_nothing_of_its_cause(shop: Shop) -> None:
    shop.say("/fail")
    expect(shop.page.get_by_role("alert").first).to_be_visible()
    assert "Traceback" not in shop.page.inner_text("body")
    expect(shop.composer).to_be_editable()


def test_a_title_appears_in_the_header(shop: Shop) -> None:
    shop.ask("/title Tea and wool")
    expect(shop.page.get_by_role("heading", name="Tea and wool")).to_be_visible()


@pytest.mark.parametrize(("command", "gone"), [("/lock Closed for the night", False), ("/close We are done", True)])
def test_a_thread_that_ends_says_why(shop: Shop, command: str, gone: bool) -> None:
    shop.say(command)
    reason = command.partition(" ")[2]
    if gone:
        expect(shop.page.get_by_text(reason).last).to_be_visible()
        expect(shop.page.locator("chat-dock textarea")).to_have_count(0)
    else:
        expect(shop.page.locator("chat-dock").get_by_placeholder(reason)).to_be_disabled()
    shop.picture(command.split()[0].strip("/"))


@pytest.mark.parametrize("kind", ["card", "list", "form", "chart", "table"])
def test_a_widget_is_drawn(shop: Shop, kind: str) -> None:
    answer = shop.ask(f"/widget {kind}")
    expect(answer).not_to_be_empty()
    shop.picture(f"widget-{kind}")


def test_a_widget_grows_while_it_streams(shop: Shop) -> None:
    expect(shop.ask("/stream-widget")).not_to_be_empty()


def test_a_widget_as_given_is_drawn(shop: Shop) -> None:
    tree = {"type": "Card", "children": [{"type": "Text", "value": "Given as it is"}]}
    expect(shop.ask(f"/widget-json {json.dumps(tree)}")).to_contain_text("Given as it is")


def test_the_page_answers_a_client_tool(shop: Shop) -> None:
    shop.say('/client-tool get_cart {"items": 2}')
    expect(shop.answers.last).to_contain_text('"items":2', timeout=15_000)
    expect(shop.answers.last).to_contain_text("56")
    shop.picture("client-tool")


def test_a_form_is_answered(shop: Shop) -> None:
    shop.say("/ask")
    choice = shop.page.get_by_role("radio").first
    choice.wait_for()
    shop.picture("ask")
    choice.check(force=True)
    shop.page.get_by_role("button", name=re.compile("Next|Submit")).click()
    written = shop.page.get_by_role("textbox", name="Your answer")
    written.fill("by boat")
    shop.page.get_by_role("button", name="Submit").click()
    expect(shop.answers.last).to_contain_text("by boat")


def test_sources_are_listed(shop: Shop) -> None:
    shop.ask("/sources")
    shop.picture("sources")


def test_an_image_is_shown(shop: Shop) -> None:
    answer = shop.ask("/image")
    expect(answer.get_by_role("img").first).to_be_visible()


def test_hidden_items_stay_hidden(shop: Shop) -> None:
    shop.ask("/hidden")
    shop.page.reload()
    assert "hidden" not in [turn.lower() for turn in shop.answers.all_inner_texts()]


def test_markdown_is_drawn(shop: Shop) -> None:
    answer = shop.ask("/markdown")
    expect(answer.get_by_role("table").first).to_be_visible()
    expect(answer.get_by_role("heading", level=2).or_(answer.get_by_role("heading", level=3)).first).to_be_visible()
    expect(answer.locator("pre code").first).to_be_visible()


def test_what_was_said_can_be_deleted(shop: Shop) -> None:
    shop.ask("/title Throw me away")
    shop.page.get_by_role("button", name="History").click()
    shop.page.get_by_role("button", name="Delete Throw me away").click()
    shop.picture("delete")
    confirm = shop.page.get_by_role("button", name="Delete", exact=True)
    confirm.click()
    expect(shop.page.get_by_role("button", name="Delete Throw me away")).to_have_count(0)

"""Every command of the gallery, as a visitor sees it."""

import base64
import json
import re

import pytest
from playwright.sync_api import FilePayload, expect

from e2e.shop import Shop

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


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


def test_tasks_are_shown_with_what_they_found(shop: Shop) -> None:
    answer = shop.ask("/tasks")
    for words in ("Read your request", "Searched the web", "Read two files", "Wash it at 40"):
        expect(answer).to_contain_text(words)
    shop.picture("tasks")


def test_progress_gives_way_to_the_answer(shop: Shop) -> None:
    shop.ask("/notice")  # the part of the widget that shows both is there, however slow the machine
    shop.keep_what_passes()
    shop.say("/progress")
    expect(shop.answers.last).to_contain_text("Done: 128 documents compared.")
    assert any("Comparing 128 documents" in each for each in shop.passed())
    expect(shop.log).not_to_contain_text("Comparing 128 documents")


def test_notices_are_shown(shop: Shop) -> None:
    shop.ask("/notice")
    for title in ("Good to know", "Nearly there", "Payment"):
        expect(shop.page.get_by_text(title)).to_be_visible()
    shop.picture("notice")


def test_the_page_hears_an_effect(shop: Shop) -> None:
    shop.page.evaluate(
        """() => document.addEventListener("chatkit.effect", ({ detail }) => (window.heard = detail), { capture: true })"""
    )
    shop.page.evaluate("""() => ChatDock.on("chatkit.effect", (detail) => (window.heard = detail))""")
    shop.ask("/effect confetti")
    shop.page.wait_for_function("window.heard")
    assert shop.page.evaluate("window.heard") == {"name": "confetti", "data": {"source": "gallery"}}


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


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("card", "Arriving Thursday"),
        ("list", "Lisbon to New York"),
        ("form", "Request demo"),
        ("chart", "Revenue, June to November"),
        ("table", "Northwind Traders"),
    ],
)
def test_a_widget_is_drawn(shop: Shop, kind: str, words: str) -> None:
    expect(shop.ask(f"/widget {kind}")).to_contain_text(words)
    shop.picture(f"widget-{kind}")


def test_a_widgets_button_speaks_to_the_workflow(shop: Shop) -> None:
    shop.ask("/widget card").get_by_role("button", name="Track").click()
    expect(shop.answers.last).to_contain_text("The widget sent")


def test_a_widgets_button_changes_the_widget_itself(shop: Shop) -> None:
    card = shop.ask("/widget card")
    card.get_by_role("button", name="Received").click()
    expect(card).to_contain_text("Touched: 1")
    card.get_by_role("button", name="Received").click()
    expect(card).to_contain_text("Touched: 2")
    expect(shop.answers).to_have_count(1)


def test_a_widget_grows_while_it_streams(shop: Shop) -> None:
    shop.say("/stream-widget")
    expect(shop.answers.last).to_contain_text("Meet the team")
    expect(shop.answers.last).to_contain_text("Ship something small")


def test_a_widget_as_given_is_drawn(shop: Shop) -> None:
    tree = {"type": "Card", "children": [{"type": "Text", "value": "Given as it is"}]}
    expect(shop.ask(f"/widget-json {json.dumps(tree)}")).to_contain_text("Given as it is")


def test_the_page_answers_a_client_tool(shop: Shop) -> None:
    shop.say('/client-tool get_cart {"items": 2}')
    expect(shop.answers.last).to_contain_text('"items":2')
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


def test_the_page_answers_a_tool_that_something_hidden_follows(shop: Shop) -> None:
    shop.say("/client-tool-hidden look")
    expect(shop.answers.last).to_contain_text("the demo page")


def test_sources_can_be_looked_into(shop: Shop) -> None:
    answer = shop.ask("/sources")
    answer.locator("summary").click()
    expect(answer.get_by_role("link", name=re.compile("Transatlantic flight")).first).to_be_visible()
    shop.picture("sources")


def test_an_image_is_shown(shop: Shop) -> None:
    answer = shop.ask("/image")
    expect(answer.get_by_role("img").first).to_be_visible()


def test_hidden_items_stay_hidden(shop: Shop) -> None:
    shop.ask("/hidden")
    expect(shop.answers).to_have_count(1)
    shop.ask("and then")
    expect(shop.answers).to_have_count(2)


def test_an_attached_file_goes_with_the_message(shop: Shop) -> None:
    picture = FilePayload(name="harbour.png", mimeType="image/png", buffer=PIXEL)
    notes = FilePayload(name="notes.txt", mimeType="text/plain", buffer=b"two mugs and a lantern")
    shop.page.locator("chat-dock input[type=file]").set_input_files([picture, notes])
    expect(shop.page.get_by_role("button", name="Remove notes.txt")).to_be_visible()
    shop.ask("see these")
    said = shop.page.get_by_role("article", name="You")
    expect(said.last).to_contain_text("notes.txt")
    expect(said.last.get_by_role("img").first).to_be_visible()
    shop.picture("attachments")


def test_an_answer_can_be_rated_and_asked_for_again(shop: Shop) -> None:
    answer = shop.ask("good morning")
    answer.get_by_role("button", name="Good answer").click()
    expect(answer.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")
    answer.get_by_role("button", name="Try again").click()
    expect(shop.answers).to_have_count(1)
    expect(shop.answers.last).to_contain_text("You said: good morning")


def test_a_new_chat_leaves_the_old_one_in_the_history(shop: Shop) -> None:
    shop.ask("/title The first one")
    shop.page.get_by_role("button", name="New chat").click()
    expect(shop.answers).to_have_count(0)
    shop.ask("/title The second one")
    shop.page.get_by_role("button", name="History").click()
    shop.page.get_by_role("button", name="The first one", exact=True).click()
    expect(shop.page.get_by_role("heading", name="The first one")).to_be_visible()


def test_markdown_is_drawn(shop: Shop) -> None:
    answer = shop.ask("/markdown")
    expect(answer.get_by_role("table").first).to_be_visible()
    expect(answer.get_by_role("heading", level=2).or_(answer.get_by_role("heading", level=3)).first).to_be_visible()
    expect(answer.locator("pre code").first).to_be_visible()


def test_what_was_said_can_be_deleted(shop: Shop) -> None:
    shop.ask("/title Throw me away")
    shop.page.get_by_role("button", name="History").click()
    shop.page.get_by_role("button", name="Actions for Throw me away").click()
    shop.page.get_by_role("menuitem", name="Delete").click()
    shop.picture("delete")
    confirm = shop.page.get_by_role("button", name="Delete", exact=True)
    confirm.click()
    expect(shop.page.get_by_role("button", name="Actions for Throw me away")).to_have_count(0)

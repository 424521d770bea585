"""The demo's theme page: every state drawn, the contrast judged, the options changed and copied."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.conftest import Visitor
from e2e.shop import Shop
from e2e.test_accessibility import AXE, RUN

STATES = {
    "start": "Good morning",
    "answer": "The sea is never in a hurry.",
    "thinking": "Comparing blankets",
    "widgets": "Visit the workshop",
    "sources": "care-labels.pdf",
    "error": "out of reach",
    "history": "Kettle makes a noise",
    "composer": "cabin-plan.pdf",
    "questions": "Who is it for?",
}
THEMES = ("light", "dark", "harbour", "midnight", "gazette", "clay")
PICTURES = Path(__file__).parent / "out"


def open_themes(someone: Shop, *, theme: str = "light", scheme: str = "light") -> None:
    """The page, once every state is there."""
    someone.visit("/demo/themes", scheme=scheme)
    someone.page.locator(f"[data-theme={theme}]").click()
    for state, words in STATES.items():
        expect(someone.page.locator(f"chat-dock[data-state={state}]")).to_contain_text(words)
    expect(someone.page.locator("#states chat-dock[inert]")).to_have_count(0)
    for name in THEMES:
        expect(someone.page.locator(f"chat-dock[data-state=sample-{name}]")).to_contain_text("three are left")


@pytest.mark.parametrize("theme", THEMES)
def test_each_theme_can_be_read(new_visitor: Visitor, theme: str) -> None:
    someone = new_visitor(bypass_csp=True, viewport={"width": 1440, "height": 900})
    open_themes(someone, theme=theme, scheme="dark" if theme in ("dark", "midnight") else "light")
    label = someone.page.locator(f"[data-theme={theme}]").inner_text().splitlines()[0]
    expect(someone.page.locator("#chosen")).to_have_text(label)
    expect(someone.page.locator(f"[data-theme={theme}]")).to_have_attribute("aria-pressed", "true")
    expect(someone.page.get_by_text("All 10 pairs reach WCAG 2.2 AA.")).to_be_visible()
    expect(someone.page.locator("#contrast .pass")).to_have_count(10)
    someone.be_still()
    PICTURES.mkdir(exist_ok=True)
    someone.page.screenshot(path=PICTURES / f"themes-{theme}.png", full_page=True)
    someone.page.add_script_tag(path=AXE)
    assert someone.page.evaluate(RUN) == []


def test_a_change_is_seen_in_every_state_judged_and_written_down(new_visitor: Visitor) -> None:
    someone = new_visitor(permissions=["clipboard-read", "clipboard-write"])
    open_themes(someone)
    page = someone.page
    page.get_by_label("Accent").check()
    page.get_by_label("Colour", exact=True).fill("#ffe14d")
    page.get_by_label("Radius").select_option("sharp")
    expect(page.get_by_text("of 10 pairs cannot be read well.")).to_be_visible()  # yellow on white
    expect(page.locator("#contrast .fail").first).to_be_visible()
    expect(page.locator("#chosen")).to_have_text("your theme")
    page.locator(".knobs .copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    for words in ('radius: "sharp"', 'primary: "#ffe14d"', 'colorScheme: "light"'):
        assert words in copied
    radius = "el => getComputedStyle(el.shadowRoot.querySelector('.root')).getPropertyValue('--r')"
    for state in STATES:
        assert page.locator(f"chat-dock[data-state={state}]").evaluate(radius) == "0px"


def test_it_opens_where_it_begins_and_is_linked_from_every_way_to_embed(new_visitor: Visitor) -> None:
    someone = new_visitor(viewport={"width": 390, "height": 844})
    someone.visit("/demo/inline")
    someone.page.get_by_role("navigation", name="Ways to embed").get_by_role("link", name="Themes").click()
    expect(someone.page.get_by_role("heading", name="One chat, any look")).to_be_in_viewport()
    expect(someone.page.locator("chat-dock[data-state=history]")).to_contain_text(STATES["history"])
    expect(someone.page.locator("#states chat-dock[inert]")).to_have_count(0)
    assert someone.page.evaluate("scrollY") == 0
    assert someone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    someone.be_still()
    PICTURES.mkdir(exist_ok=True)
    someone.page.screenshot(path=PICTURES / "themes-phone.png", full_page=True)

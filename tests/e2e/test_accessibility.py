"""No page of the demo has a violation that axe knows, in either look, with the chat open and a conversation in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.shop import Shop

Visitor = Callable[..., Shop]
AXE = Path(__file__).parents[2] / "widget/node_modules/axe-core/axe.min.js"
RUN = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.map(
  (each) => `${each.id}: ${each.nodes.map((node) => node.target.join(" ")).join(" | ")}`)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/demo/inline", "/demo/full"])
def test_axe_finds_nothing(new_visitor: Visitor, path: str, scheme: str) -> None:
    someone = new_visitor(bypass_csp=True)  # axe is injected, which the page's own policy rightly refuses
    someone.visit(path, scheme=scheme)
    if path == "/":
        someone.open_chat()
    someone.ask("/think")
    someone.page.add_script_tag(path=AXE)
    someone.be_still()
    assert someone.page.evaluate(RUN) == []

"""Fills the demo page's templates: `{{name}}` in a file of this folder, each value escaped unless it is markup of ours."""

import re
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from urllib.parse import urlencode


@dataclass(frozen=True)
class View:
    """A way to embed: where its page is, what its link says, and the template of its content."""

    path: str
    label: str
    template: str


@dataclass(frozen=True)
class DemoWorkflow:
    """A workflow the page offers, with messages worth trying."""

    id: str
    label: str
    hint: str
    messages: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """What the address asks for; anything unknown becomes the default."""

    path: str
    workflow: str
    scheme: str


VIEWS = {
    "shop": View("/", "Launcher", "shop.html"),
    "inline": View("/demo/inline", "In the page", "inline.html"),
    "full": View("/demo/full", "Full page", "full.html"),
    "themes": View("/demo/themes", "Themes", "themes.html"),
}
SCHEMES = {"auto": "Auto", "light": "Light", "dark": "Dark"}
WORKFLOWS = (
    DemoWorkflow(
        "wf_demo",
        "wf_demo: assistant",
        "Just talk to it; these are a start.",
        (
            "What is Chatdock?",
            "How do I connect a real model?",
            "Think about gifts",
            "table",
            "code",
            "markdown",
        ),
    ),
    DemoWorkflow(
        "wf_gallery",
        "wf_gallery: all features",
        "The gallery answers these commands without any model; /help lists them all.",
        (
            "/text 40 30",
            "/think",
            "/tasks",
            "/progress",
            "/markdown",
            "/widget card",
            "/widget form",
            "/widget chart",
            "/widget table",
            "/stream-widget",
            "/ask",
            '/client-tool get_cart {"items": 2}',
            "/sources",
            "/notice",
            "/error Out of stock",
            "/title Tea and wool",
            "/lock Closed for the night",
        ),
    ),
)

LAUNCHER_EMBED = """\
const chat = ChatDock.init({ options: options(), accent: "#23513f" });
furnish(chat, () => ChatDock.open());"""
ELEMENT_EMBED = """\
const chat = document.getElementById("chat");
chat.setOptions(options());
furnish(chat, () => chat.scrollIntoView({ block: "center" }));"""
EMBEDS = {"shop": LAUNCHER_EMBED, "themes": ""}  # the theme page's chats are made by its own scripts
PAGE_SNIPPET = """\
<script src="{base_url}/widget/chatdock.js"
        data-session-endpoint="/chat/session" defer></script>"""
SERVER_SNIPPET = """\
chatdock = OpenAI(base_url="{base_url}/v1", api_key=CHATDOCK_API_KEY)

@app.post("/chat/session")
def chat_session(user=Depends(signed_in_user)):
    session = chatdock.beta.chatkit.sessions.create(
        user=user.id, workflow={{"id": "{workflow}"}}
    )
    return {{"client_secret": session.client_secret}}"""


class Markup(str):
    """Text that is HTML already."""


@cache
def _template(name: str) -> str:
    return (files("chatdock.web.demo") / name).read_text(encoding="utf-8")


def fill(name: str, values: dict[str, str]) -> Markup:
    """The template with every `{{name}}` replaced. Raises: KeyError for a value that is missing."""

    def value(match: re.Match[str]) -> str:
        found = values[match[1]]
        return found if isinstance(found, Markup) else escape(found)

    return Markup(re.sub(r"\{\{(\w+)\}\}", value, _template(name)))


def _options(choices: dict[str, str], chosen: str) -> Markup:
    return Markup(
        "".join(
            f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(label)}</option>'
            for value, label in choices.items()
        )
    )


def _links(current: str, query: str) -> Markup:
    return Markup(
        "".join(
            f'<a href="{escape(view.path + query)}"{" aria-current=page" if name == current else ""}>{escape(view.label)}</a>'
            for name, view in VIEWS.items()
        )
    )


def _hints(messages: tuple[str, ...]) -> Markup:
    return Markup(
        "".join(
            f'<li><button type="button" data-say="{escape(text)}">{escape(text)}</button></li>' for text in messages
        )
    )


def _status(model: str) -> str:
    if model:
        return f"A real model answers: {model}"
    return "The built-in demo model answers (OPENAI_API_KEY brings a real one)"


def render(asked: Asked, *, model: str, nonce: str, base_url: str) -> str:
    """The whole page."""
    workflow = next((each for each in WORKFLOWS if each.id == asked.workflow), WORKFLOWS[0])
    scheme = asked.scheme if asked.scheme in SCHEMES else "auto"
    name, view = next((name, view) for name, view in VIEWS.items() if view.path == asked.path)
    query = "?" + urlencode({"workflow": workflow.id, "scheme": scheme})
    return fill(
        "page.html",
        {
            "scheme": scheme,
            "workflow": workflow.id,
            "view": name,
            "connected": "yes" if model else "no",
            "status": _status(model),
            "path": view.path,
            "workflow_options": _options({each.id: each.label for each in WORKFLOWS}, workflow.id),
            "scheme_options": _options(SCHEMES, scheme),
            "view_links": _links(name, query),
            "content": fill(view.template, {"home": VIEWS["shop"].path + query}),
            "hint_title": workflow.hint,
            "hints": _hints(workflow.messages),
            "page_snippet": PAGE_SNIPPET.format(base_url=base_url),
            "server_snippet": SERVER_SNIPPET.format(base_url=base_url, workflow=workflow.id),
            "nonce": nonce,
            "embed": Markup(EMBEDS.get(name, ELEMENT_EMBED)),
        },
    )

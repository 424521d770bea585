"""What the demo model says: a pure function from the user's text to markdown, so that every answer is the same twice."""

import re

GREETING = """\
**Hello, and welcome to Chatdock!** 👋

You are talking to the built-in *demo model*: it needs no key and no network, and it only knows a few lines by heart. \
Everything around it is the real thing, though: this answer is streamed word by word, kept on the server, and still \
here after you reload the page.

Try one of these:

- **What is Chatdock?**
- **How do I connect a real model?**
- `markdown`, `table` or `code` to see how answers are shown
- `think` to watch me reason first
"""

ABOUT = """\
**Chatdock is an open chat widget with its own service, both hosted by you.**

It speaks the ChatKit protocol, so a page that embeds ChatKit can move here by changing its script tag, and a backend \
keeps minting sessions with the stock `openai` SDK.

1. Your **backend** mints a short-lived client secret.
2. The **widget** in your page uses it to chat.
3. The **service** runs the model and its tools, streams the answer and keeps the thread.

A run belongs to the server, not to the tab: close this page in the middle of an answer, open it again, and the whole \
answer is here.

Next: ask **how to connect a real model**, or **how to embed the widget**.
"""

CONNECT = """\
**Give the server a key and start it again:**

```sh
OPENAI_API_KEY=your-key make run
```

Any compatible server works too, such as vLLM, Ollama, llama.cpp or a gateway. Name its address and one of its models:

```sh
OPENAI_BASE_URL=http://localhost:11434/v1 \\
OPENAI_API_KEY=none \\
CHATDOCK_MODEL=openai_chat/llama3.2 \\
make run
```

| Provider | For |
|---|---|
| `openai_responses` | the Responses API |
| `openai_chat` | Chat Completions, as most compatible servers speak it |
| `demo` | me |

Then ask the same question again: the model answers, and your old threads stay.
"""

EMBED = """\
**One script tag in your page, and one route in your own backend.**

```html
<script src="https://chat.example.com/widget/chatdock.js"
        data-session-endpoint="/chat/session" defer></script>
```

The route `/chat/session` is yours. It knows who is signed in and asks Chatdock for a client secret, with the stock \
`openai` package:

```python
chatdock = OpenAI(base_url="https://chat.example.com/v1", api_key=server_key)
session = chatdock.beta.chatkit.sessions.create(user="user-42", workflow={"id": "wf_demo"})
return {"client_secret": session.client_secret}
```

The server key never reaches the browser. Your page's origin goes into `CHATDOCK_ALLOWED_ORIGINS`. There is \
also an element, `<chat-dock>`, to place the chat inside a page.
"""

MARKDOWN = """\
### A little of everything

Text can be **bold**, *italic*, ~~struck out~~ or `code`, and it can carry [a link](https://example.com).

> A quotation stands apart from what surrounds it.

1. Lists count
2. and they nest:
   - once
   - twice

- [x] a task that is done
- [ ] one that is waiting

| Column | Right |
|:---|---:|
| apples | 12 |
| pears | 7 |

```python
def greet(name: str) -> str:
    return f"Hello, {name}!"
```

---

That was all of it, streamed as it came.
"""

TABLE = """\
Here is a table; it was drawn while it arrived:

| City | Country | Founded | People |
|:---|:---|---:|---:|
| Lisbon | Portugal | 1200 BC | 546,000 |
| Kyoto | Japan | 794 | 1,440,000 |
| Quito | Ecuador | 1534 | 1,763,000 |
| Halifax | Canada | 1749 | 439,000 |

Numbers are aligned to the right, names to the left.
"""

CODE = """\
A tool in Chatdock is a typed function; its schema comes from the signature and the docstring:

```python
from chatdock import tool


@tool
async def forecast(city: str, days: int = 1) -> str:
    \"\"\"The weather in a city.

    Args:
        city: The city's name.
        days: How many days to look ahead.
    \"\"\"
    return f"Sunny in {city} for {days} day(s)."
```

Put the file beside your workflow's YAML and name the tool there. A plain function works as well: it runs in a thread.
"""

NO_TOOL = """\
This workflow offers me no tool, so there is nothing to call.

Write one as a typed Python function with `@tool`, name it in the workflow's YAML, and ask me again: I will call it \
with sample arguments and show you what came back. Say `code` to see such a function.
"""

THOUGHTS = (
    "The user would like to see how reasoning is shown. ",
    "First the thought is streamed on its own, apart from the answer. ",
    "Then, once it is complete, the answer begins below it.",
)

THOUGHT_ANSWER = """\
**I thought about it first.** The thought is folded away above this answer; open it to read it.

A real reasoning model does the same when its workflow asks for a summary of the reasoning.
"""

UNKNOWN_QUESTION = """\
> {quote}

A good question, and one for a real model: I am the *demo model* and only know a few lines by heart. Say \
**how do I connect a real model?** and I will show you the two lines it takes.
"""

ECHO = """\
> {quote}

I read you. I am the *demo model*, so I cannot say much about that, but you have just seen a message travel to the \
server and an answer stream back.

Ask **what is Chatdock?**, or say `markdown`, `table`, `code` or `think`.
"""

IMAGE = """\
Your picture arrived safely. I am the *demo model* and cannot look at it; a real model with vision can, and it would get \
it together with your text.
"""

TOOL_ANSWER = """\
The tool has answered:

```
{output}
```

That was a whole turn: I asked for the call, the server made it, and I went on with its result.
"""

_QUOTE_CHARACTERS = 120  # a line or two of the user's own words, never a page of them
_OUTPUT_CHARACTERS = 600
_TITLE_WORDS = 6

_GREETING = re.compile(r"^\W*(hi|hello|hey|hallo|hola|bonjour|ciao|good (morning|afternoon|evening))\b", re.IGNORECASE)
_QUESTION = re.compile(r"\?\s*$|^\W*(what|how|why|who|when|where|which|can|could|do|does|is|are)\b", re.IGNORECASE)

# The first pattern found in the text decides, so the narrow ones come first.
_TOPICS = (
    (re.compile(r"\bmarkdown\b", re.IGNORECASE), MARKDOWN),
    (re.compile(r"\btables?\b", re.IGNORECASE), TABLE),
    (re.compile(r"\b(embed|script tag|my (page|site|website)|react)\b", re.IGNORECASE), EMBED),
    (re.compile(r"\b(connect|real model|api key|openai|ollama|vllm|llama)\b", re.IGNORECASE), CONNECT),
    (re.compile(r"\bcode\b", re.IGNORECASE), CODE),
    (re.compile(r"\b(chatdock|who are you|what (is|are) (this|you))\b", re.IGNORECASE), ABOUT),
    (re.compile(r"\b(help|what can you do)\b", re.IGNORECASE), GREETING),
)


def answer(text: str, *, with_image: bool = False) -> str:
    """The demo's answer to a text, as markdown."""
    if wants_thought(text):
        return THOUGHT_ANSWER
    for pattern, topic in _TOPICS:
        if pattern.search(text):
            return topic
    if with_image:
        return IMAGE
    if not text.strip() or _GREETING.search(text):
        return GREETING
    template = UNKNOWN_QUESTION if _QUESTION.search(text) else ECHO
    return template.format(quote=_quote(text))


def wants_title(instructions: str) -> bool:
    """Whether this call is for a thread's title and not for an answer."""
    return re.search(r"\b(conversation|thread|chat)\b.*\btitle\b", instructions, re.IGNORECASE) is not None


def title(text: str) -> str:
    """A title: the user's own first words."""
    return " ".join(_plain(text).split()[:_TITLE_WORDS]).rstrip(".,;:!?")


def wants_thought(text: str) -> bool:
    """Whether the user asked to see reasoning."""
    return re.search(r"\bthink\b", text, re.IGNORECASE) is not None


def wants_tool(text: str, name: str) -> bool:
    """Whether the user asked for a tool, by its name or in general."""
    return re.search(rf"\btools?\b|(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def tool_answer(output: str) -> str:
    """What the demo says once a tool has answered."""
    shown = output if len(output) <= _OUTPUT_CHARACTERS else output[: _OUTPUT_CHARACTERS - 1] + "…"
    return TOOL_ANSWER.format(output=shown.replace("```", "'''"))


def _quote(text: str) -> str:
    line = _plain(text)
    return line if len(line) <= _QUOTE_CHARACTERS else line[: _QUOTE_CHARACTERS - 1].rstrip() + "…"


def _plain(text: str) -> str:
    # One line without markup: the user's words must not open a heading or a code block in the answer.
    return " ".join(re.sub(r"[`*_~\[\]<>|#!\\]", " ", text).split())

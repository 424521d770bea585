"""Fenced snippets of a Markdown file, and what running each kind means.

sh      runs in a folder of its own beside a running server; in the project itself where it says `make` or `pip install .`;
        a command that serves runs until it answers
python  runs as a program beside a running server; one that makes an `app` is the customer's backend for the pages after it
html    is mounted in Chromium, on a page whose backend has `/chat/session`
yaml    is loaded; one that begins with `# workflows/...` is a file that the server loads, and so is such a python one
json    is parsed
tsx     is parsed; the widget's own tests compile it against the packed npm package
text    is output or a drawing, and is only looked at
"""

import re
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LANGUAGES = {"sh", "python", "html", "yaml", "json", "text", "tsx"}
FILE_COMMENT = re.compile(r"# (workflows/[\w.]+)\n")


@dataclass(frozen=True)
class Snippet:
    """One fenced block. `file` is the path it begins with, where it is a file rather than something to run."""

    language: str
    text: str
    line: int
    file: str | None

    @property
    def makes_app(self) -> bool:
        """Whether this is a customer's backend."""
        return self.language == "python" and re.search(r"^app = ", self.text, re.MULTILINE) is not None

    @property
    def in_project(self) -> bool:
        """Whether it is meant for a checkout."""
        return self.language == "sh" and re.search(r"^(make|pip install \.)", self.text, re.MULTILINE) is not None

    @property
    def serves(self) -> bool:
        """Whether its last command goes on until it is stopped."""
        last = self.text.strip().splitlines()[-1]
        return re.search(r"(chatdock (serve|dev)|make run)$", last) is not None


def read(path: Path) -> list[Snippet]:
    """A file's snippets, in order."""
    text = path.read_text()
    found = []
    for match in FENCE.finditer(text):
        named = FILE_COMMENT.match(match[2])
        line = text.count("\n", 0, match.start()) + 1
        found.append(Snippet(match[1].strip(), match[2], line, named[1] if named else None))
    return found

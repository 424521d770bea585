"""Full text: how a text becomes words to look for, and how what was found is shown.

Case and accents do not count. Scripts that write no spaces are cut into pairs of characters, so that any two of a word find
it; a single one finds what begins with it and what ends a run of them. The last word of a question is a prefix, and so is
every other: who types finds before the word is complete.
"""

import functools
import re
import unicodedata
from collections.abc import Callable
from datetime import datetime

import msgspec

from chatdock.types.content import InputTag
from chatdock.types.item import AssistantMessage, Item, UserMessage
from chatdock.types.thread import Thread

MOST_CHARS = 64 * 1024  # of one message: what is behind them is not found
MOST_WORD_CHARS = 64  # a longer one is found by its beginning
MOST_TERMS = 12  # of a question
SNIPPET_BEFORE = 40  # characters in front of the first match
SNIPPET_CHARS = 180

_ACCENTS = re.compile("[\u0300-\u036f]+")
# Han, kana, Thai, Lao, Myanmar, Khmer and their like: no spaces between words.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
_MARKUP = re.compile(r"[`*_#>|~\s]+")


class Snippet(msgspec.Struct, frozen=True):
    """A piece of a text; `ranges` are the matches, start and end in UTF-16 units, as JavaScript counts."""

    text: str
    ranges: list[tuple[int, int]]


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A thread whose title matches, or a message of it. `place` is where to go on from."""

    place: int
    thread: Thread
    item_id: str | None
    created_at: datetime
    snippet: Snippet


def fold(text: str) -> str:
    """The same for texts that differ in case, accents or width alone."""
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text).casefold()))


def words_of(text: str) -> set[str]:
    """What a text is found by."""
    found: set[str] = set()
    for run in _runs().findall(fold(text[:MOST_CHARS])):
        if _unspaced().match(run):
            found.update(run[at : at + 2] for at in range(len(run) - 1))
            found.add(run[-1])
        else:
            found.add(run[:MOST_WORD_CHARS])
    return found


def terms_of(question: str) -> list[str]:
    """What every text that answers the question holds, each as the beginning of a word; none where nothing is asked."""
    terms: dict[str, None] = {}
    for run in _runs().findall(fold(question)):
        if _unspaced().match(run) and len(run) > 1:
            terms.update(dict.fromkeys(run[at : at + 2] for at in range(len(run) - 1)))
        else:
            terms[run[:MOST_WORD_CHARS]] = None
    return list(terms)[:MOST_TERMS]


def text_of(item: Item) -> str | None:
    """The words of a message as its reader sees them; None for what is no message."""
    match item:
        case UserMessage(content=content):
            return "".join(f"@{part.text}" if isinstance(part, InputTag) else part.text for part in content)
        case AssistantMessage(content=parts):
            return "\n\n".join(part.text for part in parts)
        case _:
            return None


def snippet_of(text: str, question: str) -> Snippet:
    """The piece around the first match, its markup taken out and every match in it marked."""
    plain = _MARKUP.sub(" ", text[:MOST_CHARS]).strip()
    marks = _marks(plain, question)
    start = max(0, marks[0][0] - SNIPPET_BEFORE) if marks else 0
    if start:
        space = plain.find(" ", start, marks[0][0])
        start = space + 1 if space >= 0 else start
    end = min(len(plain), start + SNIPPET_CHARS)
    lead = "…" if start else ""
    piece = f"{lead}{plain[start:end]}{'…' if end < len(plain) else ''}"
    shift = len(lead) - start
    inside = [(low + shift, high + shift) for low, high in marks if low >= start and high <= end]
    return Snippet(piece, [(_units(piece, low), _units(piece, high)) for low, high in inside])


def _marks(text: str, question: str) -> list[tuple[int, int]]:
    """Where the question's words begin words of the text, in order and without overlap."""
    runs = sorted({run[:MOST_WORD_CHARS] for run in _runs().findall(fold(question))}, key=len, reverse=True)
    if not runs:
        return []
    wanted = "|".join(re.escape(run) if _unspaced().match(run) else rf"(?<!\w){re.escape(run)}" for run in runs)
    folded, origin = _folded_with_origins(text)
    found = [match.span() for match in re.finditer(wanted, folded)]
    if not found and any(_unspaced().match(run) for run in runs):
        pairs = "|".join(map(re.escape, terms_of(question)))
        found = [match.span() for match in re.finditer(pairs, folded)]
    return [(origin(low), origin(high - 1) + 1) for low, high in found if high > low]


def _folded_with_origins(text: str) -> tuple[str, Callable[[int], int]]:
    """The folded text, and from each place in it the place in the text."""
    folded = fold(text)
    if len(folded) == len(text):
        return folded, lambda place: place
    pieces, origins = [], []
    for place, character in enumerate(text):
        piece = fold(character)
        pieces.append(piece)
        origins.extend([place] * len(piece))
    return "".join(pieces), origins.__getitem__


def _units(text: str, place: int) -> int:
    return place + sum(character > "\uffff" for character in text[:place])


@functools.cache
def _runs() -> re.Pattern[str]:
    """Words: letters, digits and their marks, runs without spaces apart from others."""
    marks = "".join(chr(code) for code in range(0x0300, 0x3100) if unicodedata.category(chr(code))[0] == "M")
    return re.compile(rf"[{_UNSPACED}]+|(?:(?![{_UNSPACED}])[^\W_]|[{marks}])+")


@functools.cache
def _unspaced() -> re.Pattern[str]:
    return re.compile(f"[{_UNSPACED}]")

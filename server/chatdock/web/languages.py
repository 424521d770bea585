"""The few words of the pages this server draws itself, in their reader's language. The build takes them from the widget's languages.

Rules: the same tag finds the same language as in the widget (`widget/src/i18n/resolve.ts`); without a build, or for a language there is not, English.
"""

from functools import lru_cache
from pathlib import Path

import msgspec

from chatdock.web.assets import WIDGET

NAME = "share-words.json"
MOST_TAGS = 20  # of one header: more is nobody's browser

_ALIASES = {"no": "nb", "nn": "nb", "tl": "fil", "iw": "he", "in": "id", "yue": "zh", "cmn": "zh"}
_SPAIN = {"", "ES", "GQ", "PH", "IC", "EA"}
_OTHER_SCRIPTS = {"pa": ({"Arab"}, {"PK"}), "kk": ({"Arab", "Latn"}, {"CN"}), "bs": ({"Cyrl"}, set[str]())}


class Words(msgspec.Struct, frozen=True):
    """What the page of a shared link says. `dir` is `ltr` or `rtl`."""

    code: str = "en"
    dir: str = "ltr"
    shared: str = "Shared conversation (read only)"
    lost: str = "Nothing is shared here"
    why: str = "The link may be incomplete, or somebody has revoked it."


def words_for(accept_language: str | None, directory: Path = WIDGET) -> Words:
    """In the first language of the header that there is."""
    known = _known(directory)
    for tag in wanted(accept_language or ""):
        code = nearest(tag, known)
        if code is not None:
            return known.get(code, Words())
    return Words()


def wanted(header: str) -> list[str]:
    """The tags of an Accept-Language header, the most wanted first; those that are refused are not among them."""
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")[:MOST_TAGS]):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            quality = 0
        if tag.strip() and quality > 0:
            found.append((-quality, place, tag.strip()))
    return [tag for _, _, tag in sorted(found)]


def nearest(tag: str, codes: object) -> str | None:
    """The code a BCP 47 tag is answered in: `es-MX` in `es-419`, `zh-SG` in `zh-CN`. None for a language there is not.

    `codes` is asked for what it contains.
    """
    first, *rest = tag.replace("_", "-").split("-")
    language = _ALIASES.get(first.lower(), first.lower())
    script = next((each.title() for each in rest if len(each) == 4 and each.isalpha()), "")
    region = next((each.upper() for each in rest if len(each) == 2 or (len(each) == 3 and each.isdigit())), "")
    scripts, regions = _OTHER_SCRIPTS.get(language, (set(), set()))
    if script in scripts or (not script and region in regions):
        return None
    code = _variety(language, script, region, first.lower())
    return code if code == "en" or code in codes else None  # type: ignore[operator]


def _variety(language: str, script: str, region: str, written: str) -> str:
    match language:
        case "zh":
            traditional = script == "Hant" or (not script and (region in {"TW", "HK", "MO"} or written == "yue"))
            if not traditional:
                return "zh-CN"
            return "zh-HK" if region in {"HK", "MO"} or (written == "yue" and not region) else "zh-TW"
        case "es":
            return "es" if region in _SPAIN else "es-419"
        case "fr":
            return "fr-CA" if region == "CA" else "fr"
        case "pt":
            return "pt-BR" if region in {"", "BR"} else "pt-PT"
        case "sr":
            return "sr-Latn" if script == "Latn" or (not script and region == "ME") else "sr"
        case _:
            return language


def _known(directory: Path) -> dict[str, Words]:
    try:
        return _read(directory, (directory / NAME).stat().st_mtime_ns)
    except FileNotFoundError:  # never built, or being built this moment
        return {}


@lru_cache(maxsize=2)
def _read(directory: Path, _stamp: int) -> dict[str, Words]:
    words = msgspec.json.decode((directory / NAME).read_bytes(), type=list[Words])
    return {each.code: each for each in words}

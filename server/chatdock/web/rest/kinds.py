"""Which kinds of file may come in, told by their first bytes; the name only decides among kinds that look alike.

Rules: an allowlist. Markup that a browser could run (HTML, SVG, XML) is refused whatever it calls itself.
Source: trust.md C7 and C8.
"""

import codecs
import re
import unicodedata
from pathlib import PurePosixPath

HEAD_BYTES = 4_096  # what is looked at
MAX_NAME_BYTES = 255  # what file systems take

IMAGE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_MAGIC = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"%PDF-"), "application/pdf"),
)
_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_ZIPPED = {
    ".docx": _OPEN_XML + "wordprocessingml.document",
    ".xlsx": _OPEN_XML + "spreadsheetml.sheet",
    ".pptx": _OPEN_XML + "presentationml.presentation",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odp": "application/vnd.oasis.opendocument.presentation",
}
_COMPOUND = {".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint"}
_TEXT = {".md": "text/markdown", ".markdown": "text/markdown", ".csv": "text/csv", ".json": "application/json"}
_MARKUP_NAMES = {".html", ".htm", ".xhtml", ".shtml", ".svg", ".svgz", ".xml", ".xsl", ".mht", ".mhtml", ".hta"}
_MARKUP = re.compile(rb"\s*(?:<\?xml|<!--|<!doctype|<[a-z][a-z0-9:-]*[\s/>])", re.IGNORECASE)
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")  # what text files do not hold; ESC and FF they may
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def sniff(head: bytes, name: str) -> str | None:
    """The media type of a file that begins like this, or None for one that may not come in."""
    for magic, media_type in _MAGIC:
        if magic.match(head):
            return media_type
    suffix = PurePosixPath(name.lower()).suffix
    if head.startswith(b"PK\x03\x04"):
        return _ZIPPED.get(suffix)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _COMPOUND.get(suffix)
    if suffix in _MARKUP_NAMES or not _is_text(head):
        return None
    return _TEXT.get(suffix, "text/plain")


def expect(name: str, declared: str) -> str | None:
    """The media type a file of this name and declared type will turn out to have, or None if it would be refused."""
    suffix = PurePosixPath(name.lower()).suffix
    declared = declared.partition(";")[0].strip().lower()
    if suffix in _MARKUP_NAMES:
        return None
    if declared in IMAGE_TYPES or declared == "application/pdf":
        return declared
    by_name = {**_ZIPPED, **_COMPOUND, **_TEXT}.get(suffix)
    if by_name:
        return by_name
    if declared == "image/jpg":
        return "image/jpeg"
    return "text/plain" if declared.startswith("text/") or declared in ("", "application/octet-stream") else None


def clean_name(name: str) -> str:
    """A name that can be shown: no path, no control or direction characters, at most 255 bytes with its ending kept."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(
        char for char in last if char not in _BIDI and unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp")
    ).strip()
    if not shown.strip(". "):
        return "file"
    suffix = PurePosixPath(shown).suffix[:20]
    stem = shown.removesuffix(suffix).encode()[: MAX_NAME_BYTES - len(suffix.encode())]
    return stem.decode("utf-8", "ignore") + suffix


def _is_text(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # incremental: the last character may be cut
    except UnicodeDecodeError:
        return False
    return not _CONTROLS.search(head) and not _MARKUP.match(head.removeprefix(codecs.BOM_UTF8))

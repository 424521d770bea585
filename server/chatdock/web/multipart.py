"""One file out of a multipart form, as it comes: nothing is spooled to disk or held in memory on the way.

Source: RFC 7578, and the HTML standard for names; the field is `file`, as stock clients name it.
"""

from collections.abc import AsyncIterator

import msgspec
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from chatdock.errors import BadRequest, UnsupportedMedia

FIELD = "file"
MAX_PART_HEADER_BYTES = 8 * 1024  # one disposition with a long name, and a type
MAX_OTHER_BYTES = 64 * 1024  # fields besides the file are ignored, and small

_ESCAPED = (
    (b"%22", b'"'),
    (b"%0D", b"\r"),
    (b"%0A", b"\n"),
)  # what browsers write so in a file's name, and nothing else


class FilePart(msgspec.Struct, frozen=True):
    """A file on its way in: the name the client gave it, and its bytes, to be read once."""

    name: str
    chunks: AsyncIterator[bytes]


async def file_part(request: Request) -> FilePart:
    """The form's field `file`. Raises: UnsupportedMedia; BadRequest if there is none or the form is broken."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise UnsupportedMedia("The body must be multipart/form-data with a field named file.")
    reader = _Reader(options[b"boundary"], request.stream())
    await reader.until_file()
    return FilePart(reader.name, reader.chunks())


class _Reader:
    """Feeds a parser and keeps what belongs to the file."""

    def __init__(self, boundary: bytes, body: AsyncIterator[bytes]) -> None:
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": self._data,
                "on_part_end": self._part_end,
            },
        )
        self._body = body
        self._name, self._value, self._disposition = b"", b"", b""
        self._header_bytes = self._other_bytes = 0
        self._pieces: list[bytes] = []
        self._in_file = self._found = self._ended = False
        self.name = ""

    async def until_file(self) -> None:
        """Reads on until the file's headers are there."""
        while not self._found:
            if not await self._feed():
                raise BadRequest("The form has no field named file.", param=FIELD)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file's bytes. Raises: BadRequest when the form breaks off."""
        while True:
            pieces, self._pieces = self._pieces, []
            for piece in pieces:
                yield piece
            if self._ended:
                return
            if not await self._feed():
                raise BadRequest("The form ends in the middle of the file.", param=FIELD)

    async def _feed(self) -> bool:
        chunk = await anext(self._body, b"")
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise BadRequest("The body is not a valid multipart form.", param=FIELD) from None
        return bool(chunk)

    def _begin(self) -> None:
        self._disposition = b""
        self._header_bytes = 0

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += self._counted(data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += self._counted(data[start:end])

    def _counted(self, piece: bytes) -> bytes:
        self._header_bytes += len(piece)
        if self._header_bytes > MAX_PART_HEADER_BYTES:
            raise BadRequest("The form's part headers are too long.", param=FIELD)
        return piece

    def _header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name, self._value = b"", b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if options.get(b"name") == FIELD.encode() and not self._found:
            self._in_file = self._found = True
            name = options.get(b"filename", b"")
            for escaped, byte in _ESCAPED:
                name = name.replace(escaped, byte)
            self.name = name.decode("utf-8", "replace")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._pieces.append(data[start:end])
            return
        self._other_bytes += end - start
        if self._other_bytes > MAX_OTHER_BYTES:
            raise BadRequest("The form has too much besides the file.", param=FIELD)

    def _part_end(self) -> None:
        if self._in_file:
            self._in_file = False
            self._ended = True

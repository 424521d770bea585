"""A small picture drawn by hand: a sun over the sea, as a PNG in a `data:` URL."""

import base64
import struct
import zlib

WIDTH, HEIGHT = 320, 200
SUN_X, SUN_Y, SUN_RADIUS = 160, 112, 42
HORIZON = 132

Colour = tuple[int, int, int]
DUSK, GLOW, SUN = (52, 46, 110), (255, 154, 96), (255, 226, 140)
SHALLOW, DEEP = (214, 110, 96), (30, 34, 82)


def picture(share: float = 1.0) -> str:
    """The picture as a `data:` URL; a `share` under 1 shows only that much of it, from the top."""
    drawn = round(HEIGHT * share)
    rows = b"".join(b"\0" + (_row(y) if y < drawn else bytes((236, 236, 240)) * WIDTH) for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)  # 8 bits a channel, RGB
    png = (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 6)) + _chunk(b"IEND", b"")
    )
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _row(y: int) -> bytes:
    if y < HORIZON:
        back = _between(DUSK, GLOW, y / HORIZON)
        half = _half_chord(y - SUN_Y)
    else:
        back = _between(SHALLOW, DEEP, (y - HORIZON) / (HEIGHT - HORIZON))
        glitter = (y * 7) % 11 - 5 if (y - HORIZON) % 4 < 2 else 99  # every other pair of rows mirrors the sun
        half = max(0, SUN_RADIUS - (y - HORIZON) // 2 + glitter) if glitter != 99 else 0
    sun = bytes(SUN) * (2 * half)
    left = SUN_X - half
    return bytes(back) * left + sun + bytes(back) * (WIDTH - left - 2 * half)


def _half_chord(distance: int) -> int:
    square = SUN_RADIUS**2 - distance**2
    return int(square**0.5) if square > 0 else 0


def _between(first: Colour, last: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, last, strict=True))
    return red, green, blue


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

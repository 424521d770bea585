"""The process that reads an image: bytes on stdin, a small WebP on stdout, status 1 for anything else.

It imports nothing of ours and holds nothing of value. Run by `raster.py` alone.
"""

import io
import resource
import sys

from PIL import Image, ImageOps

MAX_PIXELS = 50_000_000  # 200 MB once decoded
MAX_SIDE = 1_280
MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 8
QUALITY = 80
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


def main() -> int:
    """The exit status."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sys.stdout.buffer.write(preview(sys.stdin.buffer.read()))
    except Exception:  # noqa: BLE001 - whatever a decoder says: this file has no preview
        return 1
    return 0


def preview(data: bytes) -> bytes:
    """The first frame, turned upright, no larger than MAX_SIDE, without any metadata."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError("too many pixels")
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((MAX_SIDE, MAX_SIDE))
        flat = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        out = io.BytesIO()
        flat.save(out, "WEBP", quality=QUALITY)
        return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())

"""Ids: a prefix, 48 bits of time in milliseconds, 128 random bits; base 62, so they sort by time and are unguessable."""

import os
import time

_DIGITS = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # in ASCII order, so text order is time order
)
_WIDTH = 30  # 62**30 > 2**176

SESSION = "cksess_"
THREAD = "cthr_"
ITEM = "cti_"
RUN = "run_"
FILE = "catt_"
REQUEST = "req_"
BLOB = "blob_"


def new_id(prefix: str) -> str:
    """A fresh id, such as `cthr_01JD...`."""
    value = (time.time_ns() // 1_000_000 << 128) | int.from_bytes(os.urandom(16), "big")
    digits = []
    for _ in range(_WIDTH):
        value, digit = divmod(value, 62)
        digits.append(_DIGITS[digit])
    return prefix + "".join(reversed(digits))

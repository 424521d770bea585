"""Ids: a prefix, 48 bits of time in milliseconds, 128 random bits; base 62, so they sort by time and are unguessable."""

import os
import time

_DIGITS = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # in ASCII order, so text order is time order
)
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]
_WIDTH_PAIRS = 15  # 62**30 > 2**176

SESSION = "cksess_"
THREAD = "cthr_"
ITEM = "cti_"
RUN = "run_"
FILE = "catt_"
REQUEST = "req_"
BLOB = "blob_"
AUDIT = "audit_"


def new_id(prefix: str) -> str:
    """A fresh id, such as `cthr_01JD...`."""
    value = (time.time_ns() // 1_000_000 << 128) | int.from_bytes(os.urandom(16), "big")
    pairs = []
    for _ in range(_WIDTH_PAIRS):
        value, pair = divmod(value, 3844)
        pairs.append(_PAIRS[pair])
    pairs.append(prefix)
    pairs.reverse()
    return "".join(pairs)

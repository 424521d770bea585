"""Ids: a prefix, 48 bits of time in milliseconds, 128 random bits; base 62, so they sort by time and are unguessable."""

import os
import time
from datetime import datetime

_DIGITS = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # in ASCII order, so text order is time order
)
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]
_FIVE_PAIRS = 3844**5  # 62**30 > 2**176: thirty digits, in three parts of ten that fit a machine's word
_TEN_PAIRS = _FIVE_PAIRS**2

SESSION = "cksess_"
THREAD = "cthr_"
ITEM = "cti_"
RUN = "run_"
FILE = "catt_"
REQUEST = "req_"
BLOB = "blob_"
AUDIT = "audit_"
SHARE = "shr_"
WEBHOOK = "whk_"
DELIVERY = "whd_"


def new_id(prefix: str) -> str:
    """A fresh id, such as `cthr_01JD...`."""
    return prefix + _thirty_digits((time.time_ns() // 1_000_000 << 128) | int.from_bytes(os.urandom(16), "big"))


def first_id(prefix: str, moment: datetime) -> str:
    """Before every id that is made from then on, and behind all that were."""
    return prefix + _thirty_digits(int(moment.timestamp() * 1000) << 128)


def _thirty_digits(value: int) -> str:
    high, rest = divmod(value, _TEN_PAIRS)
    return _ten_digits(high) + _ten_digits(rest // _FIVE_PAIRS) + _ten_digits(rest % _FIVE_PAIRS)


def _ten_digits(value: int) -> str:
    value, e = divmod(value, 3844)
    value, d = divmod(value, 3844)
    value, c = divmod(value, 3844)
    a, b = divmod(value, 3844)
    return _PAIRS[a] + _PAIRS[b] + _PAIRS[c] + _PAIRS[d] + _PAIRS[e]

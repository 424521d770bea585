"""Ids: a prefix, nine digits of time and twenty-one random ones (125 bits); base 62, so they sort by time and are unguessable."""

import os
import time
from datetime import UTC, datetime, timedelta

_DIGITS = (
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # in ASCII order, so text order is time order
)
_TIME_DIGITS = 9
_RANDOM_DIGITS = 21
_MILLISECONDS_BITS = 128  # thirty digits hold 48 bits of milliseconds above 128: a millisecond has some eight times
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANDOM_RANGE = 62**_RANDOM_DIGITS
_FAIR = bytes(_DIGITS[byte % 62] for byte in range(256))
_UNFAIR = bytes(range(62 * 4, 256))  # would make some digits likelier than others
# For some 190 ids: each fetch lets other threads have the interpreter, which is dearer than the bytes.
_FETCH_BYTES = 4096

_random: list[str] = []  # made and not given out yet; a process's own, so none is left to one that is forked
_moment = (0, "")  # a millisecond and its digits

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
    global _moment
    milliseconds = time.time_ns() // 1_000_000
    known, digits = _moment
    if known != milliseconds:
        # The first of the millisecond's times that lies in it whole.
        digits = _text((milliseconds << _MILLISECONDS_BITS) // _RANDOM_RANGE + 1, _TIME_DIGITS)
        _moment = (milliseconds, digits)
    try:
        return prefix + digits + _random.pop()
    except IndexError:
        return prefix + digits + _fetch()


def first_id(prefix: str, moment: datetime) -> str:
    """Before every id that is made from then on, and behind all that were."""
    value = (moment - _EPOCH) // timedelta(milliseconds=1) << _MILLISECONDS_BITS
    return prefix + _text(value, _TIME_DIGITS + _RANDOM_DIGITS)


def _fetch() -> str:
    """One text of random digits; more are kept for the next ids."""
    digits = os.urandom(_FETCH_BYTES).translate(_FAIR, _UNFAIR).decode("ascii")
    made = [digits[at : at + _RANDOM_DIGITS] for at in range(0, len(digits) - _RANDOM_DIGITS, _RANDOM_DIGITS)]
    own = made.pop()
    _random.extend(made)
    return own


def _text(value: int, count: int) -> str:
    digits = bytearray(count)
    for at in range(count - 1, -1, -1):
        value, digit = divmod(value, 62)
        digits[at] = _DIGITS[digit]
    return digits.decode("ascii")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_random.clear)

"""What a server asks for that says `Retry-After`: a number of seconds, or an HTTP date."""

import math
from email.utils import parsedate_to_datetime

from chatdock import clock


def seconds_of(header: str | None) -> float | None:
    """Seconds from now, never below zero; None where the header is missing or neither of the two."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        pass
    else:
        return max(seconds, 0.0) if math.isfinite(seconds) else None
    try:
        instant = parsedate_to_datetime(header)
        if instant.tzinfo is None:  # "-0000", which is UTC all the same
            return None
        return max((instant - clock.now()).total_seconds(), 0.0)
    except (ValueError, OverflowError):
        return None

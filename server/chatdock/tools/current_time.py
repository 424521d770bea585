"""A built-in tool: the time, anywhere."""

from chatdock.clock import now
from chatdock.tools.function import tool


@tool
async def current_time(time_zone: str = "UTC") -> str:
    """Tells the current date and time in a time zone.

    Args:
        time_zone: An IANA name such as Europe/Berlin or America/New_York.
    """
    from zoneinfo import (
        ZoneInfo,
        ZoneInfoNotFoundError,
    )  # when it is first asked for: the module reads the system's set-up

    instant = now()
    try:
        local = instant.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # what zoneinfo raises for names that are none
        return f"{instant:%A, %d %B %Y, %H:%M} UTC ({time_zone} is no IANA time zone)"
    return f"{local:%A, %d %B %Y, %H:%M} in {time_zone}"

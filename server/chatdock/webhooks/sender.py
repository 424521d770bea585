"""One request to an endpoint: to an address that may be, over TLS, without redirects, within seconds, its answer unread.

The client is aiohttp's, which the model clients use as well; it is loaded when the first message goes out.
"""

import asyncio
import socket
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import msgspec

from chatdock.retry_after import seconds_of
from chatdock.webhooks.addresses import Reach

if TYPE_CHECKING:
    import aiohttp

TIMEOUT_SECONDS = 15.0  # for everything; a receiver accepts first and works later
MAX_HEADER_BYTES = 8_190
USER_AGENT = "chatdock-webhooks/1"


class Answer(msgspec.Struct, frozen=True):
    """The status of a response and for how long it asks to be left alone, or why there is none."""

    status: int | None = None
    error: str | None = None
    retry_after_seconds: float | None = None


class _Refused(OSError):
    """An address that no webhook may reach."""


class Sender:
    """Posts bodies. `close` ends its connections."""

    def __init__(self, reach: Reach, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._reach = reach
        self._timeout_seconds = timeout_seconds
        self._aiohttp: ModuleType | None = None
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Never raises but for cancellation. A redirect is an answer like any other, and not a good one."""
        library = await self._library()
        session = self._session(library, encrypted=url[:8].lower() == "https://")
        headers = {**headers, "content-type": "application/json", "user-agent": USER_AGENT}
        try:
            async with session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                asked = seconds_of(response.headers.get("retry-after"))
                return Answer(status=response.status, retry_after_seconds=asked)
        except TimeoutError:
            return Answer(error=f"no answer within {self._timeout_seconds:g} seconds")
        except library.ClientConnectorCertificateError:
            return Answer(error="its certificate is not valid")
        except library.ClientConnectorDNSError:
            return Answer(error="its name cannot be resolved")
        except library.ClientConnectorError as error:
            if isinstance(error.os_error, _Refused) or _Refused.__name__ in str(error.os_error):
                return Answer(error="its address is not one that webhooks may reach")
            return Answer(error="no connection")
        except (library.ClientError, OSError, ValueError) as error:
            return Answer(error=f"no valid answer ({type(error).__name__})")

    async def close(self) -> None:
        """Whatever is on its way ends."""
        sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            await session.close()

    async def _library(self) -> Any:
        if self._aiohttp is None:
            self._aiohttp = await asyncio.to_thread(import_module, "aiohttp")
        return self._aiohttp

    def _session(self, library: Any, *, encrypted: bool) -> "aiohttp.ClientSession":
        if encrypted not in self._sessions:

            def connect(address: tuple[Any, ...]) -> socket.socket:
                family, kind, protocol, _, where = address
                if not self._reach.allows(where[0], encrypted=encrypted):
                    raise _Refused(_Refused.__name__)
                return socket.socket(family, kind, protocol)

            self._sessions[encrypted] = library.ClientSession(
                connector=library.TCPConnector(
                    socket_factory=connect, use_dns_cache=False, force_close=True, resolver=library.ThreadedResolver()
                ),
                timeout=library.ClientTimeout(total=self._timeout_seconds),
                cookie_jar=library.DummyCookieJar(),
                auto_decompress=False,
                max_line_size=MAX_HEADER_BYTES,
                max_field_size=MAX_HEADER_BYTES,
                trust_env=False,
            )
        return self._sessions[encrypted]

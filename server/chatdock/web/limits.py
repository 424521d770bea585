"""How often: messages a session and a user may send, and requests an address may waste, each over a sliding minute.

Counted by slowapi's strategies in memory, or in Redis where one is configured. Its Redis client is synchronous, so those
calls run in threads. While Redis is away each process counts for itself and grants a share of the limit, never all of it.
"""

import asyncio
import hashlib
import ipaddress
import logging
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from chatdock.errors import ConfigurationError, RateLimited, Unavailable
from chatdock.types.actor import Actor
from chatdock.types.session import Session

FALLBACK_DIVISOR = 2  # while Redis is away: with more processes than this a user gets more than one limit, never none
LOOKUPS_A_MESSAGE = 4  # a search box asks while one types; nobody types more than this
REDIS_PAUSE_SECONDS = 2.0  # a Redis that failed is left alone this long, so that only one request waits for it
REDIS_THREADS = 4

if TYPE_CHECKING:
    from chatdock.web.windows import Windows

logger = logging.getLogger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Proxies:
    """Whose `X-Forwarded-For` is believed.

    Raises: ConfigurationError for an entry that is no network, or is every network.
    """

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self._networks: list[Network] = []
        for entry in entries:
            try:
                network = ipaddress.ip_network(entry, strict=False)
            except ValueError:
                raise ConfigurationError(
                    f"CHATDOCK_TRUSTED_PROXIES: {entry[:100]!r} is neither an address nor a network."
                ) from None
            if network.prefixlen == 0:
                raise ConfigurationError("CHATDOCK_TRUSTED_PROXIES must not trust every address.")
            self._networks.append(network)

    def client_address(self, request: HTTPConnection) -> str:
        """The right-most hop that is no proxy of ours: the last one a stranger could not have written."""
        peer = request.client.host if request.client else ""
        if not self._trusts(_address(peer)):
            return peer
        for hop in reversed(",".join(request.headers.getlist("x-forwarded-for")).split(",")):
            address = _address(hop.strip())
            if address is None:
                return peer
            if not self._trusts(address):
                return str(address)
            peer = str(address)
        return peer

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address


def _bucket(address: str) -> str:
    """One bucket for an IPv6 customer: a /64 is the least anyone is given."""
    parsed = _address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return address


class Limits:
    """Counts and refuses. `close` ends the threads."""

    def __init__(
        self,
        *,
        user_requests_per_minute: int = 60,
        address_requests_per_minute: int = 300,
        redis_url: str = "",
        proxies: Proxies | None = None,
    ) -> None:
        self.proxies = proxies or Proxies()
        self._user = user_requests_per_minute
        self._address = address_requests_per_minute
        self._windows: Windows | None = None
        self._threads: ThreadPoolExecutor | None = None
        if redis_url:
            self._windows = _load(redis_url)  # now, so that a wrong address is told before anything listens
            self._threads = ThreadPoolExecutor(REDIS_THREADS, thread_name_prefix="limits")
        self._redis_again_at = 0.0

    async def message(self, actor: Actor, session: Session) -> None:
        """Counts a message against its session's own limit and its user's. Raises: RateLimited."""
        await self._hit(session.max_requests_per_minute, "session", session.id)
        await self._hit(self._user, "user", actor.project, _name(actor.user))

    async def run(self, project: str, user: str) -> None:
        """Counts a run that a backend starts for a user as a message of his. Raises: RateLimited."""
        await self._hit(self._user, "user", project, _name(user))

    async def lookup(self, actor: Actor) -> None:
        """Counts what is dearer than a page of rows: a search, an export, a change of branch. Raises: RateLimited."""
        await self._hit(self._user * LOOKUPS_A_MESSAGE, "lookup", actor.project, _name(actor.user))

    async def wasted(self, request: HTTPConnection) -> None:
        """Counts a request without a good credential, or without any, against its address. Raises: RateLimited."""
        await self._hit(self._address, "address", _bucket(self.proxies.client_address(request)))

    async def warm(self) -> "Windows":
        """Loads, in a thread, what the first count needs."""
        if self._windows is None:
            windows = await asyncio.to_thread(_load)
            self._windows = self._windows or windows
        return self._windows

    async def close(self) -> None:
        """Ends the threads."""
        if self._threads:
            await asyncio.to_thread(self._threads.shutdown)

    async def _hit(self, per_minute: int, *key: str) -> None:
        windows = self._windows or await self.warm()
        if self._threads is None:
            retry_after = windows.hit(per_minute, key)
        else:
            retry_after = await self._hit_shared(windows, self._threads, per_minute, key)
        if retry_after:
            raise RateLimited(_sentence(key[0], retry_after), retry_after_seconds=retry_after, limit=per_minute)

    async def _hit_shared(
        self, windows: "Windows", threads: ThreadPoolExecutor, per_minute: int, key: tuple[str, ...]
    ) -> int:
        if time.monotonic() >= self._redis_again_at:
            try:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(threads, windows.hit_shared, per_minute, key)
            except Unavailable as error:
                self._redis_again_at = time.monotonic() + REDIS_PAUSE_SECONDS
                logger.warning("rate limits are counted locally: %s", error.message)
        return windows.hit(max(1, per_minute // FALLBACK_DIVISOR), key)


def _load(redis_url: str = "") -> "Windows":
    from chatdock.web.windows import Windows

    return Windows(redis_url)


def _name(user: str) -> str:
    """What a user is counted under: a minute's trace in Redis that names nobody."""
    return hashlib.blake2b(user.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _sentence(kind: str, retry_after_seconds: int) -> str:
    what = (
        "You have sent a lot of messages." if kind in ("session", "user") else "There were a lot of requests from here."
    )
    unit = "second" if retry_after_seconds == 1 else "seconds"
    return f"{what} Please try again in {retry_after_seconds} {unit}."

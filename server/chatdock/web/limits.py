"""How often: messages a session and a user may send, and requests an address may waste, each over a sliding minute.

Counted by slowapi's strategies in memory, or in Redis where one is configured. Its Redis client is synchronous, so those
calls run in threads. While Redis is away each process counts for itself and grants a share of the limit, never all of it.
"""

import asyncio
import ipaddress
import logging
import math
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MovingWindowSupport, Storage
from slowapi import Limiter
from starlette.requests import HTTPConnection

from chatdock.errors import ConfigurationError, RateLimited
from chatdock.types.actor import Actor
from chatdock.types.session import Session

FALLBACK_DIVISOR = 2  # while Redis is away: with more processes than this a user gets more than one limit, never none
LOOKUPS_A_MESSAGE = 4  # a search box asks while one types; nobody types more than this
REDIS_PAUSE_SECONDS = 2.0  # a Redis that failed is left alone this long, so that only one request waits for it
REDIS_TIMEOUT_SECONDS = 0.5
REDIS_THREADS = 4
SWEEP_KEYS = 4  # stale windows looked at on each hit: faster than hits can make new ones
_WINDOW_SECONDS = 60

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


class SlidingMemory(Storage, MovingWindowSupport):
    """Sliding windows in this process, without the thread a hit that the library's own memory storage starts."""

    STORAGE_SCHEME = ["chatdock-memory"]  # noqa: RUF012 - the library's own attribute

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._windows: dict[str, deque[float]] = {}

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Whether `amount` more fit into the window that ends now."""
        now = time.time()
        self._sweep(now - expiry)
        window = self._windows.pop(key, None) or deque()
        self._windows[key] = window  # the dictionary is kept in order of use, stalest first
        while window and window[0] <= now - expiry:
            window.popleft()
        if len(window) + amount > limit:
            return False
        window.extend([now] * amount)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the oldest hit that counts was made, and how many count."""
        now = time.time()
        hits = [hit for hit in self._windows.get(key, ()) if hit > now - expiry]
        return (hits[0] if hits else now), len(hits)

    def _sweep(self, before: float) -> None:
        for _ in range(SWEEP_KEYS):
            key = next(iter(self._windows), None)
            if key is None or (self._windows[key] and self._windows[key][-1] > before):
                return
            del self._windows[key]

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        for _ in range(amount):
            self.acquire_entry(key, 1 << 31, expiry)
        return self.get(key)

    def get(self, key: str) -> int:
        return len(self._windows.get(key, ()))

    def get_expiry(self, key: str) -> float:
        window = self._windows.get(key)
        return window[-1] + _WINDOW_SECONDS if window else time.time()

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        count = len(self._windows)
        self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        self._windows.pop(key, None)


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
        self._local = _limiter("chatdock-memory://", {})
        self._redis: Limiter | None = None
        if redis_url:
            timeouts = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), REDIS_TIMEOUT_SECONDS)
            self._redis = _limiter(redis_url, {"wrap_exceptions": True, **timeouts})
            self._threads = ThreadPoolExecutor(REDIS_THREADS, thread_name_prefix="limits")
        self._redis_again_at = 0.0

    async def message(self, actor: Actor, session: Session) -> None:
        """Counts a message against its session's own limit and its user's. Raises: RateLimited."""
        await self._hit(session.max_requests_per_minute, "session", session.id)
        await self._hit(self._user, "user", actor.project, actor.user)

    async def lookup(self, actor: Actor) -> None:
        """Counts what is dearer than a page of rows: a search, an export, a change of branch. Raises: RateLimited."""
        await self._hit(self._user * LOOKUPS_A_MESSAGE, "lookup", actor.project, actor.user)

    async def wasted(self, request: HTTPConnection) -> None:
        """Counts a request without a good credential, or without any, against its address. Raises: RateLimited."""
        await self._hit(self._address, "address", _bucket(self.proxies.client_address(request)))

    async def close(self) -> None:
        """Ends the threads."""
        if self._redis:
            await asyncio.to_thread(self._threads.shutdown)

    async def _hit(self, per_minute: int, *key: str) -> None:
        if self._redis and time.monotonic() >= self._redis_again_at:
            loop = asyncio.get_running_loop()
            try:
                retry_after = await loop.run_in_executor(self._threads, _hit, self._redis, per_minute, key)
            except StorageError as error:
                self._redis_again_at = time.monotonic() + REDIS_PAUSE_SECONDS
                logger.warning("rate limits are counted locally: %s", type(error.storage_error).__name__)
                retry_after = _hit(self._local, max(1, per_minute // FALLBACK_DIVISOR), key)
        elif self._redis:
            retry_after = _hit(self._local, max(1, per_minute // FALLBACK_DIVISOR), key)
        else:
            retry_after = _hit(self._local, per_minute, key)
        if retry_after:
            raise RateLimited(_sentence(key[0], retry_after), retry_after_seconds=retry_after, limit=per_minute)


def _sentence(kind: str, retry_after_seconds: int) -> str:
    what = (
        "You have sent a lot of messages." if kind in ("session", "user") else "There were a lot of requests from here."
    )
    unit = "second" if retry_after_seconds == 1 else "seconds"
    return f"{what} Please try again in {retry_after_seconds} {unit}."


def _hit(limiter: Limiter, per_minute: int, key: tuple[str, ...]) -> int:
    """0 if it counted, else the whole seconds after which it would."""
    item = RateLimitItemPerMinute(per_minute, namespace="chatdock")
    if limiter.limiter.hit(item, *key):
        return 0
    reset_at: float = limiter.limiter.get_window_stats(item, *key)[0]
    return max(1, math.ceil(reset_at - time.time()))


def _limiter(url: str, options: dict[str, Any]) -> Limiter:
    try:
        return Limiter(key_func=str, strategy="moving-window", storage_uri=url, storage_options=options)
    except Exception as error:  # each storage has its own; the operator reads one sentence
        raise ConfigurationError("REDIS_URL is not an address that rate limits can be kept at.") from error

"""Sliding windows, counted by slowapi's strategies. Imported when the first request is counted: it is a sixth of a start."""

import functools
import math
import time
from collections import deque
from typing import Any

from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MovingWindowSupport, Storage
from slowapi import Limiter

from chatdock.errors import ConfigurationError, Unavailable

MEMORY = "chatdock-memory://"
REDIS_TIMEOUT_SECONDS = 0.5
SWEEP_KEYS = 4  # stale windows looked at on each hit: faster than hits can make new ones
_WINDOW_SECONDS = 60


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


class Windows:
    """Counts in this process and, where there is one, in a Redis. Raises: ConfigurationError for an unusable address."""

    def __init__(self, redis_url: str = "") -> None:
        self._local = _limiter(MEMORY, {})
        self._shared: Limiter | None = None
        if redis_url:
            timeouts = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), REDIS_TIMEOUT_SECONDS)
            self._shared = _limiter(redis_url, {"wrap_exceptions": True, **timeouts})

    def hit(self, per_minute: int, key: tuple[str, ...]) -> int:
        """0 if it counted here, else the whole seconds after which it would."""
        return _hit(self._local, per_minute, key)

    def hit_shared(self, per_minute: int, key: tuple[str, ...]) -> int:
        """The same among all processes; waits for Redis. Raises: Unavailable."""
        assert self._shared is not None
        try:
            return _hit(self._shared, per_minute, key)
        except StorageError as error:
            raise Unavailable(type(error.storage_error).__name__) from error


def _hit(limiter: Limiter, per_minute: int, key: tuple[str, ...]) -> int:
    item = _item(per_minute)
    if limiter.limiter.hit(item, *key):
        return 0
    reset_at: float = limiter.limiter.get_window_stats(item, *key)[0]
    return max(1, math.ceil(reset_at - time.time()))


@functools.lru_cache(maxsize=256)  # a session may name any number
def _item(per_minute: int) -> RateLimitItemPerMinute:
    return RateLimitItemPerMinute(per_minute, namespace="chatdock")


def _limiter(url: str, options: dict[str, Any]) -> Limiter:
    try:
        return Limiter(key_func=str, strategy="moving-window", storage_uri=url, storage_options=options)
    except Exception as error:  # each storage has its own; the operator reads one sentence
        raise ConfigurationError("REDIS_URL is not an address that rate limits can be kept at.") from error

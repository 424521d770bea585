"""Breaks one thing after the other, mends it again, and counts."""

import contextlib
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from servers.service import Service


class Restartable(Protocol):
    """A database or a Redis."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass
class Deed:
    """Something to do to the world, and how often beside the others."""

    name: str
    weight: int
    do: Callable[[], None]


class Monkey:
    """Breaks and mends. `deeds` counts what it did, `killed` the processes that ended by `kill -9`.

    It must act in the main thread: a server that tests start ends with the thread that started it.
    """

    def __init__(
        self,
        chance: random.Random,
        replicas: list[Service],
        *,
        workers: Sequence[Service] = (),
        postgres: Restartable | None = None,
        redis: Restartable | None = None,
        rest_seconds: tuple[float, float] = (0.5, 3.0),
    ) -> None:
        self.deeds: Counter[str] = Counter()
        self._chance = chance
        self.killed = 0
        self._replicas = replicas
        self._workers = list(workers)
        self._rest = rest_seconds
        self._possible = [
            Deed("kill -9 a replica", 6, lambda: self._kill(self._replicas)),
            Deed("restart a replica (SIGTERM)", 2, lambda: self._restart(self._replicas)),
            Deed("stop a replica for a while (SIGSTOP)", 2, lambda: self._hang(self._replicas)),
        ]
        if self._workers:
            self._possible += [
                Deed("kill -9 a worker", 6, lambda: self._kill(self._workers)),
                Deed("restart a worker (SIGTERM)", 2, lambda: self._restart(self._workers)),
                Deed("stop a worker for a while (SIGSTOP)", 2, lambda: self._hang(self._workers)),
            ]
        if postgres is not None:
            self._possible.append(Deed("restart PostgreSQL", 2, lambda: self._bounce(postgres, 1.0)))
        if redis is not None:
            self._possible.append(Deed("restart Redis empty", 2, lambda: self._bounce(redis, 1.0)))
        if postgres is not None and redis is not None:
            self._possible.append(Deed("kill all at once", 1, lambda: self._everything(postgres, redis)))

    def act(self, seconds: float) -> None:
        """One deed after the other for so long; returns with everything mended. Raises: what a server does that will not start."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(self._chance.uniform(*self._rest))
            (deed,) = self._chance.choices(self._possible, [deed.weight for deed in self._possible])
            deed.do()
            self.deeds[deed.name] += 1

    def _kill(self, some: list[Service]) -> None:
        one = self._chance.choice(some)
        self._end(one)
        time.sleep(self._chance.uniform(0, 1.0))
        one.start()

    def _end(self, one: Service) -> None:
        one.stop(signal.SIGKILL)
        self.killed += 1

    def _restart(self, some: list[Service]) -> None:
        one = self._chance.choice(some)
        one.stop(signal.SIGTERM)
        one.start()

    def _hang(self, some: list[Service]) -> None:
        process = self._chance.choice(some).process
        process.send_signal(signal.SIGSTOP)
        try:
            time.sleep(self._chance.uniform(0.2, 3.0))
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)

    def _bounce(self, server: Restartable, most_seconds: float) -> None:
        server.stop()
        time.sleep(self._chance.uniform(0, most_seconds))
        server.start()

    def _everything(self, postgres: Restartable, redis: Restartable) -> None:
        processes = [*self._replicas, *self._workers]
        for each in processes:
            self._end(each)
        for server in (postgres, redis):
            server.stop()
        for server in (redis, postgres):
            server.start()
        for each in processes:
            each.start()

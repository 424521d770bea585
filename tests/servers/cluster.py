"""Replicas of one service on one PostgreSQL and one Redis, as a deployment runs them: they share nothing else but keys."""

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path

from servers.service import Service


class Cluster:
    """Its replicas, each a process. A client that is given `any` talks to one after the other, as behind a proxy."""

    def __init__(self, replicas: list[Service]) -> None:
        self.replicas = replicas
        self._turn = itertools.cycle(replicas)

    def __getitem__(self, index: int) -> Service:
        return self.replicas[index]

    @property
    def any(self) -> Service:
        """The next one."""
        return next(self._turn)


@contextlib.contextmanager
def cluster(
    folder: Path, database_url: str, redis_url: str, *, count: int = 2, environment: Mapping[str, str] | None = None
) -> Iterator[Cluster]:
    """Replicas for the length of the block."""
    shared = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "CHATDOCK_DATA_DIR": str(folder / "data"),
        **(environment or {}),
    }
    with contextlib.ExitStack() as stack:
        replicas = []
        for number in range(count):
            place = folder / f"replica-{number}"
            place.mkdir()
            replica = Service(place, environment=shared)
            stack.callback(replica.kill)
            replicas.append(replica)
        for replica in replicas:
            replica.start()
        yield Cluster(replicas)

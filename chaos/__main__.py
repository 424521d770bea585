"""One round of chaos: start a world, let clients and the monkey loose, mend everything, check, and write what came of it."""

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "server"), str(ROOT / "tests")]

from chaos.checker import Checker  # noqa: E402
from chaos.client import Client  # noqa: E402
from chaos.history import History  # noqa: E402
from chaos.monkey import Monkey  # noqa: E402
from servers.cluster import cluster  # noqa: E402
from servers.postgres import Postgres, installed  # noqa: E402
from servers.processes import find  # noqa: E402
from servers.redis import RedisServer  # noqa: E402
from servers.service import KEY, Service, Worker, running  # noqa: E402

WORKERS = 2
AGAIN = 3
RESULTS = Path(__file__).parent / "results"
ENVIRONMENT = {
    "CHATDOCK_USER_REQUESTS_PER_MINUTE": "1000000",
    "CHATDOCK_ADDRESS_REQUESTS_PER_MINUTE": "1000000",
    "CHATDOCK_DRAIN_SECONDS": "2",
    "LOG_LEVEL": "WARNING",
}


@dataclass
class World:
    """What the clients talk to and the monkey breaks."""

    replicas: list[Service]
    workers: list[Service] = field(default_factory=list)
    postgres: Postgres | None = None
    redis: RedisServer | None = None

    def anywhere(self) -> Callable[[], str]:
        """One replica after the other."""
        turn = itertools.cycle([replica.url for replica in self.replicas])
        return lambda: next(turn)


@contextlib.contextmanager
def world_of(kind: str, folder: Path) -> Iterator[World]:
    """`sqlite`: one process and a file. `replicas`: two on PostgreSQL and Redis. `workers`: these, and two that answer for them."""
    if kind == "sqlite":
        with running(folder, environment=ENVIRONMENT) as service:
            yield World([service])
        return
    folder.chmod(0o755)  # PostgreSQL runs as somebody else
    places = [folder / name for name in ("postgres", "redis")]
    for place in places:
        place.mkdir()
        place.chmod(0o755)
    with contextlib.ExitStack() as stack:
        postgres = Postgres(places[0])
        stack.callback(postgres.stop)
        redis = RedisServer(places[1])
        stack.callback(redis.stop)
        database_url = postgres.create_database()
        replicas = stack.enter_context(cluster(folder, database_url, redis.url, environment=ENVIRONMENT)).replicas
        workers: list[Service] = []
        for number in range(WORKERS if kind == "workers" else 0):
            place = folder / f"worker-{number}"
            place.mkdir()
            shared = {"DATABASE_URL": database_url, "REDIS_URL": redis.url, "CHATDOCK_DATA_DIR": str(folder / "data")}
            worker = Worker(place, {**ENVIRONMENT, **shared, "LOG_LEVEL": "INFO"})  # it says in its log that it works
            stack.callback(worker.kill)
            worker.start()
            workers.append(worker)
        yield World(replicas, workers, postgres, redis)


def unleash(
    world: World, seed: int, seconds: float, clients: int, rest_seconds: tuple[float, float], again: int = AGAIN
) -> dict[str, Any]:
    """Clients and monkey for so long, then peace and a check. What it returns is the result file's content.

    `again`: how often a client reads an answer again that it has seen, each time from another place.
    """
    history = History()
    monkey = Monkey(
        random.Random(seed),
        world.replicas,
        workers=world.workers,
        postgres=world.postgres,
        redis=world.redis,
        rest_seconds=rest_seconds,
    )
    began = time.monotonic()
    stop = threading.Event()
    crowd = threading.Thread(
        target=lambda: asyncio.run(_clients(world, history, seed, clients, again, stop)), name="clients"
    )
    crowd.start()
    try:
        monkey.act(seconds)
    finally:
        stop.set()
        crowd.join()
    checker = Checker(world.replicas[0].url, KEY)
    checker.check(history)
    return {
        "seed": seed,
        "seconds": round(time.monotonic() - began, 1),
        "replicas": len(world.replicas),
        "database": "postgresql" if world.postgres else "sqlite",
        "clients": clients,
        "workers": len(world.workers),
        "deeds": dict(monkey.deeds),
        "processes_killed": monkey.killed,
        "posts": len(history.posts),
        "acknowledged": sum(post.acknowledged for post in history.posts),
        "tries": sum(post.tries for post in history.posts),
        "cuts": history.cuts,
        "resumes": history.resumes,
        "resumes_of_ended_answers": history.reread,
        "refusals": {str(status): count for status, count in sorted(history.refusals.items())},
        "runs": dict(checker.runs),
        "frames": checker.frames,
        "runs_seen_whole": checker.whole,
        "of_several_owners": checker.taken_over,
        "violations": checker.violations,
    }


async def _clients(world: World, history: History, seed: int, count: int, again: int, stop: threading.Event) -> None:
    """Two clients a user, as two tabs are. In the end each finishes in peace what it began."""
    shared: dict[str, list[str]] = {}
    clients = []
    for number in range(count):
        user = f"user-{seed}-{number // 2}"
        chance, threads = random.Random(f"{seed}-{number}"), shared.setdefault(user, [])
        clients.append(Client(user, KEY, world.anywhere(), chance, history, threads, again))
    await asyncio.gather(*(client.live(stop) for client in clients))


def machine() -> dict[str, Any]:
    """What it ran on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "postgresql": _version(find("postgres", *installed(), package="postgresql")),
        "redis": _version(find("redis-server", package="redis-server")),
    }


def _version(program: Path) -> str:
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"\d+(\.\d+)+", said.stdout)
    return found[0] if found else "unknown"


def main() -> int:
    """Exit 1 if anything was lost, doubled or mixed up."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--on", choices=("sqlite", "replicas", "workers"), default="replicas")
    parser.add_argument(
        "--rest", type=float, nargs=2, default=(0.5, 3.0), help="seconds between two deeds, from and to"
    )
    parser.add_argument(
        "--again", type=int, default=AGAIN, help="how often an answer is read again, each time from another place"
    )
    parser.add_argument("--keep", action="store_true", help="write the result into chaos/results")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="chatdock-chaos-") as place, world_of(options.on, Path(place)) as world:
        result = unleash(world, options.seed, options.seconds, options.clients, tuple(options.rest), options.again)
    result = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine(), **result}
    print(json.dumps(result, indent=1))
    if options.keep:
        (RESULTS / f"{options.on}.json").write_text(json.dumps(result, indent=1) + "\n")
    return 1 if result["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())

"""A PostgreSQL and a Redis of the bench's own: says where they are, as a line of JSON, and ends them with its standard input.

Run in the project's own environment, whose tests know how to start them.
"""

import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests")]

from servers.postgres import Postgres  # noqa: E402
from servers.redis import RedisServer  # noqa: E402


def main() -> None:
    """Starts both, waits, stops both."""
    with tempfile.TemporaryDirectory(prefix="chatdock-bench-") as folder, ExitStack() as stack:
        places = [Path(folder) / name for name in ("postgres", "redis")]
        Path(folder).chmod(0o755)  # PostgreSQL may run as somebody else
        for place in places:
            place.mkdir()
            place.chmod(0o755)
        postgres = Postgres(places[0])
        stack.callback(postgres.stop)
        redis = RedisServer(places[1])
        stack.callback(redis.stop)
        print(json.dumps({"DATABASE_URL": postgres.create_database(), "REDIS_URL": redis.url}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()

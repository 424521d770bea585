"""What a server on SQLite loads before it listens: nothing that only other set-ups, or the first run, have use for."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LATER = (
    "redis openai httpx2 pydantic limits slowapi sqlalchemy alembic asyncpg sse_starlette PIL multipart"
    " click uvicorn.main multiprocessing email.parser logging.handlers ctypes zoneinfo chatdock.models.openai_chat"
)

PROGRAM = f"""
import sys
sys.path.insert(0, {str(ROOT / "server")!r})
from chatdock import cli
cli._load("serve")  # as `chatdock serve` does
import chatdock.serving, uvicorn.lifespan.off, uvicorn.loops.uvloop
from chatdock.dispatch.registry import create_run_queue
from chatdock.eventlog.registry import create_event_log
from chatdock.feed.registry import create_feed
from chatdock.storage.sql import create_store

create_store("sqlite://")
create_run_queue(""), create_event_log(""), create_feed("")
print(*[name for name in {LATER.split()!r} if name in sys.modules])
"""


def test_a_start_on_sqlite_loads_nothing_it_has_no_use_for() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""

"""A process that owns a run and writes a frame every few milliseconds: `owner.py <url> <prefix> <run> <word> <keep seconds>`.

It says `began` once Redis has the first frames, and `fenced <seq>` when it learns that the run is another's.
"""

import asyncio
import sys

from chatdock.errors import Fenced
from chatdock.eventlog.redis import RedisEventLog
from eventlog.nodes import append, frames


async def main(url: str, prefix: str, run_id: str, word: str, keep_seconds: str = "600") -> None:
    log = RedisEventLog(url, prefix=prefix, keep_seconds=float(keep_seconds))
    seq = append(log, run_id, frames(1, 3, word))
    await log.flush(run_id)
    print("began", flush=True)
    try:
        while True:
            seq = append(log, run_id, frames(seq + 1, 1, word))
            await asyncio.sleep(0.005)
    except Fenced:
        print(f"fenced {seq}", flush=True)
    await log.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

"""The `openai` package costs half a second to import: not at start, not in the event loop, and only where it is needed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOOP_MS = 20  # of the loop's own work between two looks; it takes 2, importing the client 400, building its schemas 300


def run(program: str) -> str:
    """What a program prints in a process of its own."""
    paths = f"import sys; sys.path[:0] = [{str(ROOT / 'server')!r}, {str(ROOT / 'tests')!r}]\n"
    done = subprocess.run([sys.executable, "-c", paths + program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_pool_of_models_is_imported_without_the_client() -> None:
    program = (
        "import chatdock.models.registry\nprint([m for m in ('openai', 'httpx2', 'pydantic') if m in sys.modules])"
    )
    assert run(program) == "[]"


FIRST_RUN = """
import asyncio, json, sys, threading, time, uvloop
from chatdock.models.openai_responses import OpenAIResponses
from fakes.upstream import Answer, FakeUpstream, responses_text
from models.asking import ask

HEAVY = ("openai", "httpx2", "pydantic", "pydantic_core", "anyio")

class Watch:
    in_loop = []
    elsewhere = 0
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HEAVY:
            if threading.current_thread() is threading.main_thread():
                self.in_loop.append(name)
            else:
                Watch.elsewhere += 1

async def main(warm):
    stalls = []
    async def watch():
        # By this thread's own clock: time that another thread or process had the core for is no stall of ours.
        before = time.thread_time()
        while True:
            await asyncio.sleep(0.001)
            now = time.thread_time()
            stalls.append(now - before)
            before = now
    sys.meta_path.insert(0, Watch())
    async with FakeUpstream(Answer(responses_text("Hi"))) as upstream:
        model = OpenAIResponses(api_key="k", base_url=upstream.url)
        watching = asyncio.create_task(watch())
        await asyncio.sleep(0.05)
        stalls.clear()
        if warm:
            await model.warm()
        async for batch in model.stream(ask()):
            pass
        await asyncio.sleep(0.01)
        watching.cancel()
        await model.close()
    print(json.dumps([Watch.in_loop, Watch.elsewhere, max(stalls) * 1000]))
"""


@pytest.mark.parametrize("warm", [True, False])
def test_neither_warming_nor_the_first_run_imports_or_builds_anything_big_in_the_loop(warm: bool) -> None:
    in_loop, elsewhere, worst_ms = json.loads(run(FIRST_RUN + f"\nuvloop.run(main({warm}))"))
    assert in_loop == []
    assert elsewhere > 100, "the client is imported, in a thread"
    assert worst_ms < LOOP_MS, f"{worst_ms:.0f} ms"

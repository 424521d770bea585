"""The `openai` package costs half a second to import: not at start, not in the event loop, and only where it is needed."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
STALL_MS = 20  # what a run may hold up the others


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
import asyncio, time, uvloop
from chatdock.models.openai_responses import OpenAIResponses
from fakes.upstream import Answer, FakeUpstream, responses_text
from models.asking import ask

async def main(warm):
    stalls = []
    async def watch():
        # By the process's own clock: time that another process had the core for is no stall of ours.
        before = time.process_time()
        while True:
            await asyncio.sleep(0.001)
            now = time.process_time()
            stalls.append(now - before)
            before = now
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
    print(max(stalls) * 1000)
"""


def test_neither_warming_nor_the_first_run_stalls_the_loop() -> None:
    for warm in (True, False):
        worst = float(run(FIRST_RUN + f"\nuvloop.run(main({warm}))"))
        assert worst < STALL_MS, f"{worst:.0f} ms"

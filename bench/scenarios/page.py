"""A page of twenty items of a long thread, over HTTP."""

import json

from bench.contest import Contest
from bench.contestants import CHATDOCK, CHATKIT_PYTHON, Contestant, ask, user_input
from bench.figures import Figure, under
from bench.jobs import Request, RequestsJob, RequestsResult
from bench.processes import run_job

CONNECTIONS = 4
ITEMS_PER_TURN = 2


def page(contest: Contest) -> None:
    """CPU for each `items.list`, the newest twenty, beside what the cheapest request costs the same server."""
    turns = contest.sized(500, 100)
    count = contest.sized(2000, 500)
    with contest.field_of(CHATDOCK, CHATKIT_PYTHON) as field:
        pages = {name: _page_request(one, turns) for name, one in field.items()}

        def turn_page(one: Contestant) -> float:
            return _microseconds(contest, one, pages[one.name], count)

        for one in field.values():
            turn_page(one)
        costs = contest.alternate(field, turn_page)
        polls = contest.alternate(field, lambda one: _microseconds(contest, one, one.poll(), count))
    scenario = f"page of 20 of {turns * ITEMS_PER_TURN:,} items"
    for measure, values, target in (
        ("server CPU, over HTTP", costs, under(150)),
        ("of it for any request (GET /healthz)", polls, None),
    ):
        contest.add(
            Figure(
                scenario=scenario,
                measure=measure,
                unit="us",
                ours=values.get(CHATDOCK, []),
                peer=CHATKIT_PYTHON,
                theirs=values[CHATKIT_PYTHON],
                target=target,
            )
        )


def _page_request(contestant: Contestant, turns: int) -> Request:
    """Talk until the thread is long, through the door a user would use."""
    created = ask(contestant.process.port, contestant.chat("bench 3 0")[0]).decode()
    thread_id = next(
        event["thread"]["id"]
        for event in (json.loads(line[6:]) for line in created.splitlines() if line.startswith("data: "))
        if event["type"] == "thread.created"
    )
    for _ in range(turns - 1):
        params = {"thread_id": thread_id, "input": user_input("bench 3 0")}
        ask(contestant.process.port, contestant.post({"type": "threads.add_user_message", "params": params}))
    asked = contestant.post({"type": "items.list", "params": {"thread_id": thread_id, "limit": 20, "order": "desc"}})
    found = json.loads(ask(contestant.process.port, asked))
    assert len(found["data"]) == 20, f"{contestant.name} gave {len(found['data'])} items"
    return asked


def _microseconds(contest: Contest, contestant: Contestant, request: Request, count: int) -> float:
    job = RequestsJob(
        port=contestant.process.port,
        watched={"server": contestant.process.pids},
        requests=[request],
        connections=CONNECTIONS,
        count=count,
    )
    result = run_job(job, RequestsResult)
    if result.problems:
        contest.problems.append(f"page, {contestant.name}: {result.problems}")
    return 1e6 * result.cpu_seconds["server"] / max(result.count, 1)

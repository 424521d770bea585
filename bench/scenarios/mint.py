"""Minting a session over HTTP."""

from bench.contest import Contest
from bench.contestants import CEILING, CHATDOCK, CHATKIT_PYTHON, Contestant
from bench.figures import Figure, at_most
from bench.jobs import RequestsJob, RequestsResult
from bench.processes import run_job

CONNECTIONS = 8
FASTAPI_PYJWT = "FastAPI + PyJWT"


def mint(contest: Contest) -> None:
    """CPU for each `POST /v1/chatkit/sessions`; the peer's endpoint validates and signs, and stores nothing."""
    count = contest.sized(3000, 800)

    def microseconds(contestant: Contestant) -> float:
        job = RequestsJob(
            port=contestant.process.port,
            watched={"server": contestant.process.pids},
            requests=[contestant.mint()],
            connections=CONNECTIONS,
            count=count,
        )
        result = run_job(job, RequestsResult)
        if result.problems:
            contest.problems.append(f"mint, {contestant.name}: {result.problems}")
        return 1e6 * result.cpu_seconds["server"] / max(result.count, 1)

    with contest.field_of(CHATDOCK, CHATKIT_PYTHON, CEILING) as field:
        for contestant in field.values():
            microseconds(contestant)
        costs = contest.alternate(field, microseconds)
    for peer, label, target in ((CHATKIT_PYTHON, FASTAPI_PYJWT, at_most(1 / 3)), (CEILING, "bare ASGI + HMAC", None)):
        contest.add(
            Figure(
                scenario="mint over HTTP",
                measure="server CPU",
                unit="us per request",
                ours=costs.get(CHATDOCK, []),
                peer=label,
                theirs=costs[peer],
                target=target,
            )
        )

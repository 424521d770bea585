"""Verifying a client secret, in process: signature, age and claims, without the session's row."""

import json
from collections.abc import Callable

from bench import contestants
from bench.contest import Contest
from bench.contestants import CHATDOCK, Chatdock, ask, chatdock_python
from bench.figures import Figure, under
from bench.processes import ROOT, own_module, run_script

PYJWT = "PyJWT"


def verify(contest: Contest) -> None:
    """A secret that a real server minted, against a token with the same claims."""
    measures: dict[str, Callable[[], float]] = {PYJWT: _pyjwt_microseconds}
    if contest.with_chatdock:
        with contestants.chatdock(contest.upstream) as server:
            question = f"{server.signing_keys}\n{_secret_of(server)}\n"
        measures[CHATDOCK] = lambda: _our_microseconds(question)
    costs = contest.alternate(measures, lambda measure: measure())
    contest.add(
        Figure(
            scenario="verify a secret",
            measure="CPU",
            unit="us",
            ours=costs.get(CHATDOCK, []),
            peer=PYJWT,
            theirs=costs[PYJWT],
            target=under(40),
        )
    )


def _secret_of(server: Chatdock) -> str:
    return str(json.loads(ask(server.process.port, server.mint()))["client_secret"])


def _pyjwt_microseconds() -> float:
    return float(run_script(own_module("bench.peers.pyjwt_verify"), question=""))


def _our_microseconds(question: str) -> float:
    argv = [chatdock_python(), "-m", "bench.verify_secret"]
    return float(run_script(argv, question=question, env={"PYTHONPATH": str(ROOT / "server")}))

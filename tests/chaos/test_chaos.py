"""The short form of `make chaos`: a few deeds, a few hundred messages, and nothing lost. Its seed is in the failure's text."""

import json
import random
import tempfile
from pathlib import Path

import pytest
from chaos.__main__ import unleash, world_of

SECONDS = 8.0
CLIENTS = 4


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["sqlite", "replicas", "workers"])
def test_nothing_is_lost_or_doubled_while_servers_are_killed(kind: str) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    with tempfile.TemporaryDirectory(prefix="chatdock-chaos-") as place, world_of(kind, Path(place)) as world:
        result = unleash(world, seed, SECONDS, CLIENTS, (0.3, 1.5))
    assert result["violations"] == [], json.dumps(result, indent=1)
    assert result["deeds"] and result["acknowledged"], "something happened"

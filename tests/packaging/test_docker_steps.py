"""The Dockerfile, replayed step by step in a clean folder, and what compose adds to it."""

import subprocess
import sys

import pytest
import yaml

from servers.service import ROOT


@pytest.mark.timeout(600)
def test_the_image_steps_lead_to_a_server_that_answers() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "docker-steps"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    assert done.stdout.endswith("The Dockerfile's steps work, and the result answers.\n")


def test_the_image_runs_as_nobody_in_particular() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    last_stage = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert any(line.startswith("USER ") and not line.startswith(("USER root", "USER 0")) for line in last_stage)
    assert [line for line in last_stage if line.startswith("EXPOSE ")] == ["EXPOSE 8000"]
    assert any(line.startswith("HEALTHCHECK ") for line in last_stage)
    assert "VOLUME /data" in last_stage


def test_compose_asks_for_its_secrets_and_stores_none() -> None:
    service = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["chatdock"]
    for name in ("CHATDOCK_SIGNING_KEYS", "CHATDOCK_API_KEY"):
        assert service["environment"][name].startswith("${" + name + ":?")

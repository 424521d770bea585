"""The receiver under `examples/`, as its own process, takes what the real service signs and nothing else."""

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

from examples.test_example_backends import EXAMPLES, is_listening, process
from servers.processes import free_port
from servers.service import running
from web.chatkit.client import Chat
from webhooks.receiver import NETWORK, WAIT_SECONDS


def test_the_receiver_takes_what_is_signed_and_nothing_else(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "receiver.log"
    url = f"http://127.0.0.1:{port}/chat-events"
    with running(tmp_path, environment={"CHATDOCK_WEBHOOK_NETWORKS": NETWORK}) as service:
        hook = {"url": url, "events": ["run.completed"]}
        headers = {"authorization": f"Bearer {service.key}"}
        made = httpx.post(f"{service.url}/v1/chatkit/webhooks", json=hook, headers=headers, timeout=30).json()
        environment = {"PATH": os.environ["PATH"], "CHATDOCK_WEBHOOK_SECRETS": f"whsec_AAAA {made['secret']}"}
        with process([sys.executable, str(EXAMPLES / "webhook_receiver.py"), str(port)], environment, log):
            until = time.monotonic() + WAIT_SECONDS
            while not is_listening(port):
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.05)
            chat = Chat(service, "ada")
            stream = chat.say("Hello")
            chat.close()
            while "run.completed" not in log.read_text():
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.05)
            forged = {"webhook-id": "whd_1", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,x"}
            assert httpx.post(url, json={"type": "run.completed"}, headers=forged, timeout=60).status_code == 401
            assert httpx.post(url, json={"type": "run.completed"}, timeout=60).status_code == 401
        assert stream and log.read_text().count("run_") == 1


def test_it_says_how_it_is_started() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "webhook_receiver.py")], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0 and "CHATDOCK_WEBHOOK_SECRETS" in done.stderr

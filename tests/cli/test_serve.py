"""`chatdock serve` refuses to start where it would not be safe, in one sentence and with exit code 2."""

import base64
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from cli.command import SIGNING_KEY, Command
from servers.service import running


def a_key(size: int) -> str:
    return "1:" + base64.b64encode(bytes(range(100, 100 + size))).decode()


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"CHATDOCK_SIGNING_KEYS": ""}, "CHATDOCK_SIGNING_KEYS is not set"),
        ({"CHATDOCK_SIGNING_KEYS": a_key(31)}, "32 are the least"),
        ({"CHATDOCK_SIGNING_KEYS": "1:" + base64.b64encode(b"a" * 32).decode()}, "an example or a pattern"),
        ({"CHATDOCK_SIGNING_KEYS": "1:" + base64.b64encode(bytes(range(32))).decode()}, "an example or a pattern"),
        ({"CHATDOCK_SIGNING_KEYS": f"{a_key(32)},{a_key(32).replace('1:', '2:')}"}, "same key under two ids"),
        ({"CHATDOCK_SIGNING_KEYS": "no colon"}, "kid:base64"),
        ({"CHATDOCK_ALLOWED_ORIGINS": "*"}, "would let every site in"),
        ({"CHATDOCK_ALLOWED_ORIGINS": "shop.example.com"}, "is not an origin"),
        ({"CHATDOCK_TRUSTED_PROXIES": "0.0.0.0/0"}, "CHATDOCK_TRUSTED_PROXIES"),
        ({"CHATDOCK_TRUSTED_PROXIES": "my-proxy"}, "CHATDOCK_TRUSTED_PROXIES"),
        ({"FORWARDED_ALLOW_IPS": "*"}, "FORWARDED_ALLOW_IPS"),
        ({"CHATDOCK_API_KEY": "sk_same_for_both_of_them", "OPENAI_API_KEY": "sk_same_for_both_of_them"}, "the same as"),
        ({"CHATDOCK_API_KEY": "short"}, "at least 16 characters"),
        ({"CHATDOCK_KEEP_THREADS_DAYS": "nan"}, "must be a number of days or inf, not 'nan'"),
        ({"CHATDOCK_KEEP_THREADS_DAYS": "soon"}, "must be a number of days or inf, not 'soon'"),
        ({"CHATDOCK_KEEP_THREADS_DAYS": "-1"}, "must not be negative"),
        ({"CHATDOCK_WORKFLOWS": "/nowhere/at/all"}, "does not exist"),
        ({"CHATDOCK_MODEL": "openai_responses/gpt-5-mini"}, "OPENAI_API_KEY"),
        ({"HOST": "203.0.113.7"}, "not an address of this machine"),
    ],
)
def test_it_refuses_to_start_unsafely(chatdock: Command, environment: dict[str, str], words: str) -> None:
    done = chatdock("serve", **{"PORT": "0", "CHATDOCK_SIGNING_KEYS": SIGNING_KEY, **environment})
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert [
        line for line in done.stderr.splitlines() if line.startswith("chatdock serve: ")
    ] == done.stderr.splitlines()


def test_a_taken_port_is_named(chatdock: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = chatdock("serve", PORT=str(port), CHATDOCK_SIGNING_KEYS=SIGNING_KEY)
    assert done.returncode == 2
    assert f"Port {port} is taken" in done.stderr


def test_a_workflow_with_a_mistake_is_named(chatdock: Command, tmp_path: Path) -> None:
    (tmp_path / "workflows").mkdir()
    (tmp_path / "workflows" / "shop.yaml").write_text("id: wf_shop\nname: Shop\ninstructions: Sell.\ncolour: red\n")
    done = chatdock("serve", PORT="0", CHATDOCK_SIGNING_KEYS=SIGNING_KEY, CHATDOCK_WORKFLOWS="workflows")
    assert done.returncode == 2
    assert "shop.yaml" in done.stderr and "colour" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_signal_ends_it_cleanly(tmp_path: Path) -> None:
    with running(tmp_path, command="serve") as service:
        assert service.stop(signal.SIGTERM) == 0


def test_it_shows_no_key_anywhere(tmp_path: Path) -> None:
    with running(tmp_path, command="serve") as service:
        service.stop()
        log = service.log.read_text()
    assert log
    assert service.key not in log
    assert SIGNING_KEY.partition(":")[2] not in log


def test_options_win_over_the_environment(chatdock: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = chatdock("serve", "--port", port, PORT="0", CHATDOCK_SIGNING_KEYS=SIGNING_KEY)
    assert isinstance(done, subprocess.CompletedProcess)
    assert f"Port {port} is taken" in done.stderr


@pytest.mark.parametrize("command", [("serve", "--workers", "2"), ("worker",)])
def test_several_processes_need_a_database_and_a_redis_to_share(chatdock: Command, command: tuple[str, ...]) -> None:
    for environment in ({}, {"REDIS_URL": "redis://127.0.0.1:1/0"}, {"DATABASE_URL": "postgresql://127.0.0.1:1/db"}):
        refused = chatdock(*command, CHATDOCK_SIGNING_KEYS=SIGNING_KEY, **environment)
        assert refused.returncode == 2
        assert "needs DATABASE_URL=postgresql://... and REDIS_URL=redis://..." in refused.stderr
        assert refused.stderr.count("\n") == 1

"""`chatdock doctor` says in sentences what is wrong."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cli.command import SIGNING_KEY, Command
from servers.service import ROOT

WELL = {
    "CHATDOCK_SIGNING_KEYS": SIGNING_KEY,
    "CHATDOCK_API_KEY": "sk_test_0123456789abcdef",
    "CHATDOCK_ALLOWED_ORIGINS": "https://shop.example.com",
}
BUILT = (ROOT / "server/chatdock/web/static/widget/manifest.json").is_file()


@contextmanager
def provider(status: int) -> Iterator[str]:
    """A model provider that answers everything with one status."""

    class Handler(BaseHTTPRequestHandler):
        """One answer."""

        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def test_a_good_configuration_has_nothing_wrong(chatdock: Command) -> None:
    assert BUILT, "make widget"
    done = chatdock("doctor", **WELL)
    assert done.returncode == 0
    assert "Nothing is wrong." in done.stdout
    assert "wrong " not in done.stdout


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"CHATDOCK_SIGNING_KEYS": ""}, "CHATDOCK_SIGNING_KEYS is not set"),
        ({"CHATDOCK_API_KEY": ""}, "There is no server key"),
        ({"CHATDOCK_ALLOWED_ORIGINS": "*"}, "would let every site in"),
        ({"CHATDOCK_TRUSTED_PROXIES": "::/0"}, "CHATDOCK_TRUSTED_PROXIES"),
        ({"FORWARDED_ALLOW_IPS": "*"}, "FORWARDED_ALLOW_IPS"),
        ({"DATABASE_URL": f"postgresql://nobody@{free_address()}/none"}, "The PostgreSQL database cannot be used"),
        ({"REDIS_URL": f"redis://{free_address()}/0"}, "Redis does not answer"),
        ({"REDIS_URL": "carrier-pigeon://"}, "REDIS_URL must look like"),
        ({"OPENAI_BASE_URL": f"http://{free_address()}/v1", "CHATDOCK_MODEL": "demo"}, "cannot be reached"),
        ({"CHATDOCK_MODEL": "openai_chat/llama"}, "The model provider openai_chat needs OPENAI_API_KEY"),
        ({"CHATDOCK_MODEL": "telepathy/deep"}, "CHATDOCK_MODEL: There is no model provider 'telepathy'"),
        ({"CHATDOCK_TRANSCRIPTION_MODEL": "whisper-1"}, "CHATDOCK_TRANSCRIPTION_MODEL needs OPENAI_API_KEY"),
        ({"CHATDOCK_WORKFLOWS": "/nowhere"}, "does not exist"),
    ],
)
def test_what_is_wrong_is_a_sentence_and_exit_1(chatdock: Command, environment: dict[str, str], sentence: str) -> None:
    done = chatdock("doctor", **{**WELL, **environment})
    assert done.returncode == 1
    wrong = [line for line in done.stdout.splitlines() if line.startswith("wrong ")]
    assert len(wrong) == 1
    assert sentence in wrong[0] and wrong[0].endswith(".")
    assert ".yaml" not in wrong[0], "a file that is not the operator's is blamed"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("name", "value", "praise"),
    [
        ("CHATDOCK_ALLOWED_ORIGINS", "*", "These sites may embed the chat"),
        ("CHATDOCK_TRUSTED_PROXIES", "*", "X-Forwarded-For is believed from"),
    ],
)
def test_what_is_refused_is_not_also_well(chatdock: Command, name: str, value: str, praise: str) -> None:
    done = chatdock("doctor", **{**WELL, name: value})
    assert done.returncode == 1
    assert name in done.stdout
    assert praise not in done.stdout


def test_a_misspelled_setting_is_named(chatdock: Command) -> None:
    done = chatdock("doctor", **WELL, CHATDOCK_TRUSTED_PROXYS="10.0.0.1")
    assert "note   CHATDOCK_TRUSTED_PROXYS is no setting: CHATDOCK_TRUSTED_PROXIES is.\n" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (200, 0, "answers."),
        (401, 1, "refuses OPENAI_API_KEY"),
        (404, 0, "check that OPENAI_BASE_URL ends in /v1"),
        (503, 1, "is in trouble"),
    ],
)
def test_a_provider_is_asked(chatdock: Command, status: int, code: int, sentence: str) -> None:
    with provider(status) as url:
        done = chatdock(
            "doctor", **WELL, OPENAI_BASE_URL=url, OPENAI_API_KEY="sk-upstream-secret", CHATDOCK_MODEL="gpt-5-mini"
        )
    assert done.returncode == code
    assert sentence in done.stdout
    assert "sk-upstream-secret" not in done.stdout + done.stderr


def test_redis_that_answers_is_well(chatdock: Command, redis_url: str) -> None:
    done = chatdock("doctor", **WELL, REDIS_URL=redis_url)
    assert "Redis answers." in done.stdout


def test_a_postgres_without_its_schema_is_told_to_migrate(chatdock: Command, postgres_url: str) -> None:
    done = chatdock("doctor", **WELL, DATABASE_URL=postgres_url)
    assert done.returncode == 1
    assert "chatdock migrate" in done.stdout
    assert chatdock("migrate", DATABASE_URL=postgres_url).returncode == 0
    assert chatdock("migrate", DATABASE_URL=postgres_url).stdout == "The database is up to date.\n"
    assert chatdock("doctor", **WELL, DATABASE_URL=postgres_url).returncode == 0


def test_workflows_are_read_as_the_server_reads_them(chatdock: Command) -> None:
    folder = chatdock.folder / "workflows"
    folder.mkdir()
    (folder / "shop.yaml").write_text("id: wf_shop\nname: Shop\ninstructions: Sell.\ntools: [current_time]\n")
    done = chatdock("doctor", **WELL, CHATDOCK_WORKFLOWS="workflows")
    assert done.returncode == 0
    assert "Workflows that can be asked for: wf_demo, wf_gallery, wf_shop." in done.stdout

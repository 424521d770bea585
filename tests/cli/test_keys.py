"""`chatdock keys`, beside a running server that shares the database."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatdock.sessions.keys import has_checksum
from cli.command import Command
from servers.service import Service, running

REVOKED_SECONDS = 1.5  # within a second, and a little for the command itself


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path, command="serve") as service:
        yield service


@pytest.fixture
def chatdock(server: Service) -> Command:
    return Command(server.folder)


def mint(server: Service, key: str) -> int:
    """The status of a session's creation."""
    body = json.dumps({"user": "ada", "workflow": {"id": "wf_demo"}}).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(
            urllib.request.Request(f"{server.url}/v1/chatkit/sessions", data=body, headers=headers), timeout=10
        ) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        return error.code


def status_turns(server: Service, key: str, wanted: int) -> bool:
    until = time.monotonic() + REVOKED_SECONDS
    while time.monotonic() < until:
        if mint(server, key) == wanted:
            return True
        time.sleep(0.05)
    return False


def test_a_created_key_works_at_once(chatdock: Command, server: Service) -> None:
    done = chatdock("keys", "create", "--name", "backend")
    key = done.stdout.strip()
    assert has_checksum(key)
    assert done.stdout == f"{key}\n"
    assert "It is not shown again" in done.stderr
    assert mint(server, key) == 200


def test_the_list_shows_ids_and_never_a_key(chatdock: Command, server: Service) -> None:
    key = chatdock("keys", "create", "--name", "backend", "--expires", "90d").stdout.strip()
    listed = chatdock("keys", "list").stdout
    assert key.split("_")[2] in listed
    assert "backend" in listed and "until " in listed
    assert key.split("_")[3] not in listed


def test_a_revoked_key_is_refused_within_a_second(chatdock: Command, server: Service) -> None:
    key = chatdock("keys", "create").stdout.strip()
    assert mint(server, key) == 200
    assert chatdock("keys", "revoke", key.split("_")[2]).returncode == 0
    assert status_turns(server, key, 401)
    assert "revoked" in chatdock("keys", "list").stdout


def test_a_rolled_key_overlaps_with_its_successor(chatdock: Command, server: Service) -> None:
    old = chatdock("keys", "create", "--name", "backend").stdout.strip()
    rolled = chatdock("keys", "roll", old.split("_")[2], "--overlap", "3s")
    new = rolled.stdout.strip()
    assert has_checksum(new) and new != old
    assert mint(server, new) == 200
    assert mint(server, old) == 200
    time.sleep(3)
    assert status_turns(server, old, 401)
    assert mint(server, new) == 200


def test_a_key_without_the_scope_is_told_so(chatdock: Command, server: Service) -> None:
    key = chatdock("keys", "create", "--scope", "threads:read").stdout.strip()
    assert mint(server, key) == 403


@pytest.mark.parametrize(
    "arguments",
    [["create", "--scope", "everything"], ["create", "--expires", "soon"], ["roll"], ["revoke"], []],
)
def test_a_mistake_in_the_arguments_is_exit_2(chatdock: Command, arguments: list[str]) -> None:
    done = chatdock("keys", *arguments)
    assert done.returncode == 2
    assert "usage: chatdock keys" in done.stderr


def test_verify_reads_a_key_from_standard_input_and_says_what_is_known_of_it(chatdock: Command) -> None:
    key = chatdock("keys", "create", "--project", "shop", "--expires", "90d").stdout.strip()
    key_id = key.split("_")[2]
    valid = chatdock("keys", "verify", stdin=f"{key}\n")
    assert valid.returncode == 0
    assert valid.stdout.startswith(f"Valid: key {key_id} of project shop may sessions:create, ")
    assert "until 20" in valid.stdout
    typo = chatdock("keys", "verify", stdin=key[:-1])
    assert typo.returncode == 1 and "a character of it is wrong or missing" in typo.stdout
    assert chatdock("keys", "revoke", key_id).returncode == 0
    revoked = chatdock("keys", "verify", stdin=key)
    assert revoked.returncode == 1 and f"key {key_id} of project shop was revoked on 20" in revoked.stdout
    environment = chatdock(
        "keys", "verify", stdin="a-key-of-the-environment", CHATDOCK_API_KEY="a-key-of-the-environment"
    )
    assert environment.returncode == 0 and "CHATDOCK_API_KEY" in environment.stdout
    for done in (valid, typo, revoked):
        assert key not in done.stdout + done.stderr


def test_a_key_behind_the_command_is_refused_and_not_repeated(chatdock: Command) -> None:
    key = chatdock("keys", "create").stdout.strip()
    done = chatdock("keys", "verify", key)
    assert done.returncode == 2
    assert "usage: chatdock keys verify" in done.stderr
    assert key not in done.stdout + done.stderr


def test_the_list_tells_when_a_key_was_last_used_and_audit_what_it_did(chatdock: Command, server: Service) -> None:
    key = chatdock("keys", "create", "--name", "backend").stdout.strip()
    key_id = key.split("_")[2]

    def last_used() -> str:
        (row,) = (line for line in chatdock("keys", "list").stdout.splitlines() if line.startswith(key_id))
        return row

    assert "UTC" not in last_used()
    assert mint(server, key) == 200
    until = time.monotonic() + 30
    while "UTC" not in last_used():
        assert time.monotonic() < until, "the use was never noted"
    told = chatdock("audit").stdout.splitlines()
    assert told[0].split() == ["WHEN", "(UTC)", "PROJECT", "WHO", "WHAT", "ABOUT", "REQUEST"]
    assert f"key {key_id}" in told[1] and "session.create" in told[1]
    assert "command" in told[2] and f"key.create      {key_id}" in told[2]
    (only,) = chatdock("audit", "--about", key_id, "--json").stdout.splitlines()
    assert json.loads(only)["action"] == "key.create"
    assert chatdock("audit", "--project", "nobody").stdout.count("\n") == 1
    assert chatdock("audit", "--limit", "0").returncode == 2

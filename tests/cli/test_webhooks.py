"""`chatdock webhooks`, beside a server that runs and one that dies."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from cli.command import Command
from servers.service import Service, running
from web.chatkit.client import Chat
from webhooks.receiver import NETWORK, WAIT_SECONDS, receiving

ENVIRONMENT = {"CHATDOCK_WEBHOOK_NETWORKS": NETWORK}


def say(server: Service) -> None:
    chat = Chat(server, "ada")
    chat.say("Hello")
    chat.close()


def refused(chatdock: Command) -> dict[str, Any]:
    """The only delivery, once the server has noted that its receiver did not take it."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        [line] = chatdock("webhooks", "deliveries", "--json").stdout.splitlines()
        listed: dict[str, Any] = json.loads(line)
        if listed["response_status"] == 500:
            return listed
        assert time.monotonic() < until, listed


def test_an_endpoint_hears_what_a_server_that_died_had_committed(tmp_path: Path) -> None:
    chatdock = Command(tmp_path)
    chatdock.environment = ENVIRONMENT
    with receiving(500) as receiver, running(tmp_path, environment=ENVIRONMENT) as server:
        added = chatdock("webhooks", "add", receiver.url, "--event", "run.completed")
        assert added.returncode == 0, added.stderr
        secret, webhook_id = added.stdout.strip(), added.stderr.split(" ")[1]
        server.restart()  # or a few seconds: then it knows
        say(server)
        [first] = receiver.wait(1)
        refused(chatdock)  # else its lease would have to end first, which takes a minute
        server.kill()
        listed = refused(chatdock)
        assert listed["id"] == first.id and listed["status"] == "pending"
        receiver.answers[:] = [204]
        server.start()
        again = receiver.wait(len(receiver.requests) + 1)[-1]
        assert (again.id, again.body) == (first.id, first.body)
        assert first.signed_by(secret) and again.signed_by(secret)
        table = chatdock("webhooks", "list").stdout
        assert webhook_id in table and receiver.url in table and secret not in table
        rolled = chatdock("webhooks", "roll", webhook_id)
        assert rolled.stdout.startswith("whsec_") and rolled.stdout.strip() != secret
        removed = chatdock("webhooks", "remove", webhook_id)
        assert removed.returncode == 0 and chatdock("webhooks", "deliveries", "--json").stdout == ""
        assert chatdock("webhooks", "remove", webhook_id).returncode == 1


def test_the_database_does_not_hold_a_secret(tmp_path: Path) -> None:
    keys = {"CHATDOCK_SIGNING_KEYS": "1:q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="}
    chatdock = Command(tmp_path)
    chatdock.environment = keys
    secret = chatdock("webhooks", "add", "https://shop.example.com/chat").stdout.strip()
    assert secret.startswith("whsec_")
    with closing(sqlite3.connect(next(tmp_path.rglob("chatdock.db")))) as database:
        dump = "\n".join(database.iterdump())
    assert "shop.example.com" in dump
    raw = secret.removeprefix("whsec_")
    assert not any(raw[start : start + 8] in dump for start in range(len(raw) - 8))
    assert "signing-keys" not in dump, "nor the key it is derived from"


def test_one_whose_receiver_is_gone_is_listed_as_disabled_and_enabled_again(tmp_path: Path) -> None:
    chatdock = Command(tmp_path)
    chatdock.environment = ENVIRONMENT
    with receiving(410) as receiver:
        added = chatdock("webhooks", "add", receiver.url, "--include-text")
        assert "what was said" in added.stderr
        webhook_id = added.stderr.split(" ")[1]
        assert " enabled " in chatdock("webhooks", "list").stdout
        with running(tmp_path, environment=ENVIRONMENT) as server:
            say(server)
            receiver.wait(1)
            until = time.monotonic() + WAIT_SECONDS
            while "410 Gone" not in (listed := chatdock("webhooks", "list").stdout):
                assert time.monotonic() < until, listed
        assert "disabled" in listed and "webhook.disable" in chatdock("audit").stdout
        assert chatdock("webhooks", "enable", webhook_id).returncode == 0
        assert " enabled " in chatdock("webhooks", "list").stdout


def test_what_is_no_address_is_said_in_a_sentence(tmp_path: Path) -> None:
    refused = Command(tmp_path)("webhooks", "add", "http://10.0.0.1/")
    assert refused.returncode == 1 and "https://" in refused.stderr

"""The same service on PostgreSQL: nothing but the address of the database differs."""

import signal
from pathlib import Path

import pytest

from servers.service import running
from web.chatkit.client import Chat, answer_of, thread_of


def test_a_conversation_on_postgresql_survives_a_kill(tmp_path: Path, migrated_postgres_url: str) -> None:
    with running(tmp_path, environment={"DATABASE_URL": migrated_postgres_url}) as server:
        chat = Chat(server)
        stream = chat.say("Hello")
        assert answer_of(stream) == "You said: Hello"
        server.stop(signal.SIGKILL)
        server.start()
        items = chat.ask("items.list", thread_id=thread_of(stream), order="asc")["data"]
        assert [item["type"] for item in items] == ["user_message", "assistant_message"]
        assert answer_of(chat.say("Again", thread_of(stream))) == "You said: Again"
        chat.close()


def test_a_production_server_on_an_empty_database_says_what_to_do(tmp_path: Path, postgres_url: str) -> None:
    with (
        pytest.raises(pytest.fail.Exception, match="chatdock migrate"),
        running(tmp_path, command="serve", environment={"DATABASE_URL": postgres_url}),
    ):
        pass

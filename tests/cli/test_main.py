"""The command as a whole: what it says when it is asked wrongly."""

import pytest

import chatdock as package
from cli.command import Command


def test_version_is_printed_alone(chatdock: Command) -> None:
    assert chatdock("version").stdout == f"{package.__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["keys", "create", "--help"]])
def test_help_is_no_failure(chatdock: Command, arguments: list[str]) -> None:
    done = chatdock(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage: chatdock" in done.stdout


def test_without_a_command_the_commands_are_listed(chatdock: Command) -> None:
    done = chatdock()
    assert done.returncode == 2
    for name in ("serve", "dev", "keys", "migrate", "doctor", "version"):
        assert name in done.stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (["sing"], {}, "there is no command 'sing'"),
        (["serve"], {"PORT": "eight"}, "PORT must be a whole number"),
        (["serve"], {"LOG_LEVEL": "loud"}, "LOG_LEVEL must be"),
        (["migrate"], {"DATABASE_URL": "oracle://nowhere"}, "DATABASE_URL must be"),
        (["keys", "revoke", "nokeylikeit"], {}, "no"),
    ],
)
def test_a_mistake_is_one_sentence(
    chatdock: Command, arguments: list[str], environment: dict[str, str], words: str
) -> None:
    done = chatdock(*arguments, **environment)
    assert done.returncode in (1, 2)
    assert words.lower() in done.stderr.lower()
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr

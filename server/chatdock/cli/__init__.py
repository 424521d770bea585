"""The `chatdock` command: one file a group of commands, each imported only when it is the one that was asked for.

Rules: an error of configuration is one sentence on stderr and exit code 2, and so is a mistake in the arguments; anything
else that stops a command is one sentence and exit code 1.
"""

import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from chatdock.cli.later import deferred
from chatdock.errors import ChatdockError, ConfigurationError

GROUPS = {
    "serve": "serve chats, for production",
    "worker": "answer what replicas are asked, without a door of its own",
    "dev": "serve chats with the demo page, for trying and developing",
    "keys": "create, list, verify, revoke and roll server keys",
    "webhooks": "tell your backend what happened, and see what it was told",
    "audit": "show who minted, cancelled, deleted and rolled what",
    "users": "export or erase everything of one user",
    "migrate": "bring the database to the newest schema",
    "doctor": "say what is misconfigured, in sentences",
    "version": "print the version",
}
EXIT_FAILED = 1
EXIT_MISCONFIGURED = 2
EXIT_INTERRUPTED = 130  # what a shell reports for a program that Ctrl-C ended


def _usage() -> str:
    rows = "\n".join(f"  {name:<9} {what}" for name, what in GROUPS.items())
    return f"usage: chatdock COMMAND [options]\n\ncommands:\n{rows}\n\nchatdock COMMAND --help tells more."


def _load(group: str) -> ModuleType:
    gc.disable()  # what modules make stays: looking for garbage in it is a tenth of a start, now or later
    try:
        with deferred():
            return import_module(f"chatdock.cli.{group}")
    finally:
        gc.freeze()
        gc.enable()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if not given or given[0] in ("-h", "--help", "help"):
        print(_usage())
        return 0 if given else EXIT_MISCONFIGURED
    group = "version" if given[0] == "--version" else given[0]
    if group not in GROUPS:
        print(f"chatdock: there is no command {group!r}; they are {', '.join(GROUPS)}.", file=sys.stderr)
        return EXIT_MISCONFIGURED
    try:
        return int(_load(group).main(given[1:]))
    except ConfigurationError as error:
        print(f"chatdock {group}: {error.message}", file=sys.stderr)
        return EXIT_MISCONFIGURED
    except ChatdockError as error:
        print(f"chatdock {group}: {error.message}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED

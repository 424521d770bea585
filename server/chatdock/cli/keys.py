"""`chatdock keys`: server keys in the database. A key's text is printed once, on a line of its own, and kept nowhere.

A key to look at is read from standard input: what is written behind a command is seen by every process of the machine and
kept in the shell's history.
"""

import argparse
import getpass
import re
import secrets
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

from chatdock import clock
from chatdock.app import PEPPER
from chatdock.cli.database import run_with_store
from chatdock.sessions.keys import DEFAULT_PROJECT, DEFAULT_SCOPES, SCOPES, KeyRing, NewKey, Verdict
from chatdock.settings import read_settings
from chatdock.storage.base import Store
from chatdock.types.key import ServerKey

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def main(arguments: Sequence[str]) -> int:
    """Runs one of the five commands. Raises: ConfigurationError, NotFound, BadRequest, Unavailable."""
    options = _parser().parse_args(arguments)
    if options.command == "verify":
        return _verify(refuse=bool(options.nothing))

    async def task(store: Store) -> None:
        ring = KeyRing(store.keys, await store.upkeep.secrets(PEPPER, secrets.token_bytes(32)))
        match options.command:
            case "create":
                wanted = NewKey(
                    project=options.project,
                    name=options.name,
                    scopes=tuple(options.scope or DEFAULT_SCOPES),
                    lifetime=options.expires,
                )
                _show_once(*await ring.create(wanted))
            case "list":
                _show_table(await ring.list())
            case "revoke":
                print(f"Key {(await ring.revoke(options.id)).id} is revoked; servers refuse it within a second.")
            case "roll":
                _show_once(*await ring.roll(options.id, options.overlap))
                print(f"The old key {options.id} works for another {_told(options.overlap)}.", file=sys.stderr)

    run_with_store(task)
    return 0


def _verify(*, refuse: bool) -> int:
    if refuse:
        print("usage: chatdock keys verify < FILE; a key is never written behind a command.", file=sys.stderr)
        return 2
    token = (getpass.getpass("Key: ") if sys.stdin.isatty() else sys.stdin.readline()).strip()

    async def task(store: Store) -> Verdict:
        pepper = await store.upkeep.secrets(PEPPER, secrets.token_bytes(32))
        return await KeyRing(store.keys, pepper, read_settings(production=False).api_key).examine(token)

    verdict = run_with_store(task)
    print(_sentence(verdict))
    return 0 if verdict.state in ("valid", "environment") else 1


def _sentence(verdict: Verdict) -> str:
    key = verdict.key
    match verdict.state:
        case "environment":
            return f"Valid: it is the key in CHATDOCK_API_KEY, of project {DEFAULT_PROJECT}, with every scope."
        case "mistyped":
            return "Not valid: this is no server key, or a character of it is wrong or missing."
        case "unknown":
            return "Not valid: the key is well-formed, but this database does not know it."
        case _:
            assert key is not None, "the other verdicts are about a row"
    whose = f"key {key.id} of project {key.project}"
    if verdict.state == "revoked":
        return f"Not valid: {whose} was revoked on {_minute(key.revoked_at)}."
    if verdict.state == "expired":
        return f"Not valid: {whose} expired on {_minute(key.expires_at)}."
    until = f"until {_minute(key.expires_at)}" if key.expires_at else "until it is revoked"
    return f"Valid: {whose} may {', '.join(key.scopes)}, {until}."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chatdock keys", description="Manages the keys that your backend mints sessions with."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="create|list|verify|revoke|roll")
    create = commands.add_parser("create", help="make a key and print it, once")
    create.add_argument(
        "--project", default=DEFAULT_PROJECT, help="whose threads the key reaches (default: %(default)s)"
    )
    create.add_argument("--name", default="", help="a note for `keys list`")
    create.add_argument(
        "--scope",
        action="append",
        choices=SCOPES,
        help=f"what it may do, repeatable (default: {' '.join(DEFAULT_SCOPES)})",
    )
    create.add_argument("--expires", type=duration, help="how long it lives, such as 90d or 24h (default: for ever)")
    commands.add_parser("list", help="show every key, never its text")
    verify = commands.add_parser("verify", help="say whether the key on standard input is valid, and for how long")
    verify.add_argument("nothing", nargs="*", help=argparse.SUPPRESS)  # so that no message repeats a key
    revoke = commands.add_parser("revoke", help="end a key")
    revoke.add_argument("id")
    roll = commands.add_parser("roll", help="make a successor; the old key works on for a while")
    roll.add_argument("id")
    roll.add_argument(
        "--overlap", type=duration, default=timedelta(hours=24), help="how long the old key works on (default: 24h)"
    )
    return parser


def duration(text: str) -> timedelta:
    """`90d`, `24h`, `30m` or `45s`. Raises: argparse.ArgumentTypeError."""
    match = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 90d, 24h, 30m or 45s")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def _told(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    name, size = next(
        (name, size)
        for name, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
        if seconds >= size or size == 1
    )
    return f"{seconds // size}{name}"


def _show_once(text: str, key: ServerKey) -> None:
    """The key alone on stdout, for a pipe or a variable; the rest is for a person."""
    print(text, flush=True)
    ends = f"until {_minute(key.expires_at)}" if key.expires_at else "until it is revoked"
    print(
        f"Key {key.id} of project {key.project} may {', '.join(key.scopes)}, {ends}. It is not shown again.",
        file=sys.stderr,
    )


def _show_table(keys: list[ServerKey]) -> None:
    rows = [("ID", "PROJECT", "NAME", "STATE", "CREATED", "LAST USED", "SCOPES")]
    now = clock.now()
    rows += [
        (
            key.id,
            key.project,
            key.name or "-",
            _state(key, now),
            _day(key.created_at),
            _minute(key.last_used_at),
            " ".join(key.scopes),
        )
        for key in keys
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for row in rows:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]))


def _day(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d}" if instant else "-"


def _minute(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "-"


def _state(key: ServerKey, now: datetime) -> str:
    if key.revoked_at:
        return "revoked"
    if key.expires_at is None:
        return "active"
    return "expired" if key.expires_at <= now else f"until {_day(key.expires_at)}"

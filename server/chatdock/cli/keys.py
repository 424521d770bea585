"""`chatdock keys`: server keys in the database. A key's text is printed once, on a line of its own, and kept nowhere."""

import argparse
import re
import secrets
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

from chatdock import clock
from chatdock.app import PEPPER
from chatdock.cli.database import run_with_store
from chatdock.sessions.keys import DEFAULT_PROJECT, DEFAULT_SCOPES, SCOPES, KeyRing, NewKey
from chatdock.storage.base import ServerKey, Store

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def main(arguments: Sequence[str]) -> int:
    """Runs one of the four commands. Raises: ConfigurationError, NotFound, BadRequest, Unavailable."""
    options = _parser().parse_args(arguments)

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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chatdock keys", description="Manages the keys that your backend mints sessions with."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="create|list|revoke|roll")
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
    ends = f"until {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else "until it is revoked"
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
            _day(key.last_used_at),
            " ".join(key.scopes),
        )
        for key in keys
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for row in rows:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]))


def _day(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d}" if instant else "-"


def _state(key: ServerKey, now: datetime) -> str:
    if key.revoked_at:
        return "revoked"
    if key.expires_at is None:
        return "active"
    return "expired" if key.expires_at <= now else f"until {_day(key.expires_at)}"

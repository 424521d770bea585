"""`chatdock audit`: who minted, cancelled, deleted and rolled what, and when; one line an entry, newest first."""

import argparse
import secrets
from collections.abc import Sequence

from chatdock.app import PEPPER
from chatdock.cli.database import run_with_store
from chatdock.sessions.keys import DEFAULT_PROJECT
from chatdock.storage.base import Store
from chatdock.types.audit import AuditEntry, user_subject
from chatdock.types.wire import encode

PAGE = 500  # entries a query


def main(arguments: Sequence[str]) -> int:
    """Prints a table, or JSON lines. Raises: ConfigurationError, Unavailable."""
    options = _parser().parse_args(arguments)

    async def task(store: Store) -> list[AuditEntry]:
        about = options.about
        if options.user is not None:
            pepper = await store.upkeep.secrets(PEPPER, secrets.token_bytes(32))
            about = user_subject(pepper, options.project or DEFAULT_PROJECT, options.user)
        return await _newest(store, options.limit, options.project, about)

    found = run_with_store(task)
    if options.json:
        for each in found:
            print(encode(each).decode())
    else:
        _show_table(found)
    return 0


async def _newest(store: Store, limit: int, project: str | None, about: str | None) -> list[AuditEntry]:
    found: list[AuditEntry] = []
    while len(found) < limit:
        before = found[-1].id if found else None
        page = await store.audit.latest(min(PAGE, limit - len(found)), project=project, subject=about, before_id=before)
        if not page:
            break
        found += page
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chatdock audit",
        description="Shows who did what to sessions, threads, files, users and keys; never what was said.",
    )
    parser.add_argument("--project", help="only this project's entries")
    parser.add_argument("--about", metavar="ID", help="only entries about this session, thread, file or key")
    parser.add_argument("--user", help="only exports and erasures of this user, of --project or of the default one")
    parser.add_argument("--limit", type=_count, default=50, help="how many entries, newest first (default: 50)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, for a program")
    return parser


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 1_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000000")
    return int(text)


def _show_table(entries: list[AuditEntry]) -> None:
    rows = [("WHEN (UTC)", "PROJECT", "WHO", "WHAT", "ABOUT", "REQUEST")]
    rows += [
        (
            f"{each.created_at:%Y-%m-%d %H:%M:%S}",
            each.project,
            each.actor,
            each.action,
            each.subject,
            each.request_id or "-",
        )
        for each in entries
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

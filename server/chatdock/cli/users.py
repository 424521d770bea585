"""`chatdock users`: everything of one user, written down or removed."""

import argparse
import asyncio
import contextlib
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from chatdock import clock
from chatdock.app import PEPPER
from chatdock.blobs.disk import DiskBlobs
from chatdock.cli.database import run_with_store
from chatdock.errors import ConfigurationError, NotFound
from chatdock.eventlog.base import EventLog
from chatdock.eventlog.registry import create_event_log
from chatdock.runs.erasure import Erased, erase_user
from chatdock.runs.export import export_user
from chatdock.sessions.keys import DEFAULT_PROJECT
from chatdock.settings import Settings, read_settings
from chatdock.storage.base import Changes, Store
from chatdock.types.actor import Scope
from chatdock.types.audit import COMMAND, Action, entry, user_subject
from chatdock.types.run import Run


def main(arguments: Sequence[str]) -> int:
    """Runs one of the two commands. Raises: ConfigurationError, Unavailable."""
    options = _parser().parse_args(arguments)
    settings = read_settings(production=False)
    if options.command == "export":
        return _export(settings, options.project, options.user, options.to)
    if not options.yes and not _confirmed(options.user):
        print("Nothing was removed.", file=sys.stderr)
        return 1
    erased = _erase(settings, options.project, options.user)
    print(f"Removed {erased.threads} threads, {erased.files} loose files and {erased.sessions} sessions.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chatdock users", description="Exports or erases everything of one user.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="export|erase")
    export = commands.add_parser(
        "export", help="write everything of a user as JSON, to standard output or with the files"
    )
    export.add_argument("--to", type=Path, metavar="DIRECTORY", help="a new directory for user.json and the files")
    erase = commands.add_parser("erase", help="remove everything of a user, for good")
    erase.add_argument("--yes", action="store_true", help="do not ask")
    for command in (export, erase):
        command.add_argument("user", help="as your backend names the user when it mints sessions")
        command.add_argument("--project", default=DEFAULT_PROJECT, help="whose user (default: %(default)s)")
    return parser


def _confirmed(user: str) -> bool:
    if not sys.stdin.isatty():
        print("Say --yes to erase without being asked.", file=sys.stderr)
        return False
    return input(f"Type {user} again to remove everything of this user for good: ") == user


def _export(settings: Settings, project: str, user: str, directory: Path | None) -> int:
    if directory is not None:
        try:
            directory.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise ConfigurationError(f"{directory} cannot be made: {error.strerror}.") from error

    async def task(store: Store) -> None:
        if directory is None:
            await _write(store, project, user, sys.stdout.buffer)
        else:
            with _private(directory / "user.json") as out:
                await _write(store, project, user, out)
            await _copy_files(store, DiskBlobs(settings.data_dir / "files"), project, user, directory)
        await _tell(store, project, user, "user.export")

    run_with_store(task)
    return 0


async def _write(store: Store, project: str, user: str, out: BinaryIO) -> None:
    async for piece in export_user(store, project, user):
        out.write(piece)
    out.flush()


async def _copy_files(store: Store, blobs: DiskBlobs, project: str, user: str, directory: Path) -> None:
    """Under their ids, which `user.json` names them by: a client's file name never becomes a path."""
    for _, file in await store.records.files(project, user):
        if file.blob_id is None:
            continue
        with contextlib.suppress(NotFound), _private(directory / file.id) as out:
            async for chunk in blobs.read(file.blob_id):
                out.write(chunk)


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


def _erase(settings: Settings, project: str, user: str) -> Erased:
    async def task(store: Store) -> Erased:
        tape = create_event_log(settings.redis_url)
        try:
            hands = _Hands(store, tape)
            erased = await erase_user(store, DiskBlobs(settings.data_dir / "files"), hands, project, user)
            await asyncio.sleep(0)
        finally:
            await tape.close()  # what was dropped is dropped in Redis before this returns
        await _tell(store, project, user, "user.erase")
        return erased

    return run_with_store(task)


async def _tell(store: Store, project: str, user: str, action: Action) -> None:
    pepper = await store.upkeep.secrets(PEPPER, secrets.token_bytes(32))
    await store.audit.add(entry(project, COMMAND, action, user_subject(pepper, project, user)))


class _Hands:
    """`erasure.Hands` beside the serving processes: rows and Redis tell them."""

    def __init__(self, store: Store, tape: EventLog) -> None:
        self._store = store
        self._tape = tape

    async def cancel_session(self, project: str, session_id: str) -> None:
        await self._store.sessions.cancel(project, session_id)

    async def stop(self, scope: Scope, run: Run) -> None:
        run.status = "cancelled"
        run.completed_at = clock.now()
        await self._store.scoped(scope).commit(Changes(thread_id=run.thread_id, save_run=run))

    async def forget(self, run_id: str) -> None:
        self._tape.drop(run_id)

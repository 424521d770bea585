"""`chatdock migrate`: the database's schema, brought to this version's."""

import argparse
from collections.abc import Sequence

from chatdock.cli.database import run_with_store
from chatdock.storage.base import Store


def main(arguments: Sequence[str]) -> int:
    """Idempotent. Raises: ConfigurationError, Unavailable."""
    argparse.ArgumentParser(
        prog="chatdock migrate", description="Brings the database that DATABASE_URL names to the newest schema."
    ).parse_args(arguments)
    run_with_store(_ping, migrate=True)
    print("The database is up to date.")
    return 0


async def _ping(store: Store) -> None:
    await store.ping()

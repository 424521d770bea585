"""`chatdock doctor`: what `serve` would find, said in sentences; changes nothing but a SQLite file's schema.

Exit code 0 when nothing is wrong, 1 when something is. A note is no fault: a choice worth knowing about.
"""

import argparse
import asyncio
import difflib
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import aiohttp
from redis.asyncio import Redis
from redis.exceptions import RedisError

from chatdock import app, clock
from chatdock.cli.checks import refusals
from chatdock.cli.database import open_store
from chatdock.errors import ChatdockError, ConfigurationError
from chatdock.models.registry import ModelPool
from chatdock.settings import Settings, read_settings, variables
from chatdock.storage.base import Store

ASK_SECONDS = 10.0  # a provider that takes longer to list its models will not stream well either
OPENAI = "https://api.openai.com/v1"

Level = Literal["ok", "note", "wrong"]


class Finding(NamedTuple):
    """One sentence."""

    level: Level
    sentence: str


def main(arguments: Sequence[str]) -> int:
    """Prints every finding; 1 if anything is wrong. Raises: ConfigurationError where no setting can be read at all."""
    argparse.ArgumentParser(
        prog="chatdock doctor", description="Says in sentences what is misconfigured for `chatdock serve`."
    ).parse_args(arguments)
    return asyncio.run(_examine(read_settings(production=True)))


async def _examine(settings: Settings) -> int:
    wrong = 0
    async for finding in findings(settings):
        print(f"{finding.level:<6} {finding.sentence}", flush=True)
        wrong += finding.level == "wrong"
    print("Nothing is wrong." if not wrong else f"{wrong} wrong: mend these and ask again.")
    return int(bool(wrong))


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """Everything there is to say, settings first, then what they lead to."""
    refused = list(refusals(settings, os.environ))
    for sentence in refused:
        yield Finding("wrong", sentence)
    if not refused:
        yield Finding("ok", "The signing keys, origins and proxies are well formed.")
    for finding in _misspelled(os.environ):
        yield finding
    if not any("CHATDOCK_ALLOWED_ORIGINS" in sentence for sentence in refused):
        yield _origins(settings)
    for examine in (_database, _redis, _upstream, _workflows):
        async for finding in examine(settings):
            yield finding
    if not any("CHATDOCK_TRUSTED_PROXIES" in sentence for sentence in refused):
        yield _proxies(settings)
    yield _widget()


def _misspelled(environment: Mapping[str, str]) -> Iterator[Finding]:
    known = variables()
    for name in sorted(environment):
        if name.startswith("CHATDOCK_") and name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f": {close[0]} is" if close else ""
            yield Finding("note", f"{name} is no setting{hint}.")


def _origins(settings: Settings) -> Finding:
    if not settings.allowed_origins:
        return Finding("note", "No other site may embed the chat: name yours in CHATDOCK_ALLOWED_ORIGINS.")
    plain = [each for each in settings.allowed_origins if each.startswith("http://") and not _is_local(each)]
    if plain:
        return Finding(
            "note", f"Pages at {', '.join(plain)} come unencrypted: anyone on the way can read a client secret."
        )
    return Finding("ok", f"These sites may embed the chat: {', '.join(settings.allowed_origins)}.")


def _is_local(origin: str) -> bool:
    return urlsplit(origin).hostname in ("localhost", "127.0.0.1", "::1")


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    kind = "SQLite" if settings.database.startswith("sqlite") else "PostgreSQL"
    try:
        async with open_store(settings.database) as store:
            await store.ping()
            yield Finding("ok", f"The {kind} database answers and has the newest schema.")
            yield await _server_keys(settings, store)
    except (ChatdockError, OSError) as error:
        yield Finding("wrong", f"The {kind} database cannot be used: {_sentence(error)}")


async def _server_keys(settings: Settings, store: Store) -> Finding:
    now = clock.now()
    live = [
        key
        for key in await store.keys.list()
        if not key.revoked_at and (key.expires_at is None or key.expires_at > now)
    ]
    if settings.api_key:
        more = f"; server keys in the database beside it: {len(live)}" if live else ""
        return Finding("ok", f"CHATDOCK_API_KEY is a server key{more}.")
    if live:
        return Finding("ok", f"Server keys in the database that work: {len(live)}.")
    return Finding(
        "wrong", "There is no server key, so no backend can mint a session: make one with chatdock keys create."
    )


async def _redis(settings: Settings) -> AsyncIterator[Finding]:
    if not settings.redis_url:
        yield Finding(
            "note", "REDIS_URL is not set: each process counts its rate limits for itself, which is right for one."
        )
        return
    try:
        redis = Redis.from_url(settings.redis_url, socket_timeout=ASK_SECONDS, socket_connect_timeout=ASK_SECONDS)
        async with redis:
            await redis.ping()
        yield Finding("ok", "Redis answers.")
    except ValueError:
        yield Finding("wrong", "REDIS_URL must look like redis://host:6379/0.")
    except (RedisError, OSError) as error:
        yield Finding("wrong", f"Redis does not answer: {_sentence(error)}")


async def _upstream(settings: Settings) -> AsyncIterator[Finding]:
    if not settings.openai_api_key and not settings.openai_base_url:
        yield Finding(
            "note", "The built-in demo model answers: set OPENAI_API_KEY, or OPENAI_BASE_URL for a compatible server."
        )
        return
    base = settings.openai_base_url or OPENAI
    host = urlsplit(base).netloc.rpartition("@")[2]
    headers = {"Authorization": f"Bearer {settings.openai_api_key}"} if settings.openai_api_key else {}
    timeout = aiohttp.ClientTimeout(total=ASK_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
            session.get(f"{base}/models", headers=headers) as reply,
        ):
            yield _upstream_said(host, reply.status)
    except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
        yield Finding("wrong", f"The model provider at {host or base} cannot be reached: {_sentence(error)}")


def _upstream_said(host: str, status: int) -> Finding:
    if status in (401, 403):
        return Finding("wrong", f"The model provider at {host} refuses OPENAI_API_KEY (status {status}).")
    if status >= 500:
        return Finding("wrong", f"The model provider at {host} is in trouble (status {status}).")
    if status == 404:
        return Finding(
            "note",
            f"The model provider at {host} answers, but lists no models: check that OPENAI_BASE_URL ends in /v1.",
        )
    return Finding("ok", f"The model provider at {host} answers.")


def _proxies(settings: Settings) -> Finding:
    if settings.trusted_proxies:
        return Finding(
            "ok", f"X-Forwarded-For is believed from {', '.join(settings.trusted_proxies)} and from nobody else."
        )
    return Finding(
        "note",
        "X-Forwarded-For is believed from nobody: behind a proxy all clients look like one address until "
        "CHATDOCK_TRUSTED_PROXIES names it.",
    )


async def _workflows(settings: Settings) -> AsyncIterator[Finding]:
    try:
        models = ModelPool(settings.openai_api_key, settings.openai_base_url, default=app.default_model(settings))
        found = app.definitions(settings, models)
        await models.close()
    except ConfigurationError as error:
        yield Finding("wrong", _sentence(error))
    else:
        yield Finding("ok", f"Workflows that can be asked for: {', '.join(sorted(each.id for each in found))}.")


def _widget() -> Finding:
    if (files("chatdock.web") / "static" / "widget" / "manifest.json").is_file():
        return Finding("ok", "The widget is built.")
    return Finding(
        "wrong", "The widget is not built: run make widget in a checkout; an installed package always has it."
    )


def _sentence(error: Exception) -> str:
    text = error.message if isinstance(error, ChatdockError) else str(error) or type(error).__name__
    return text if text.endswith(".") else f"{text}."

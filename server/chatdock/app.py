"""Composition only: settings -> opened backends -> engine -> Starlette app, one lifespan. Nothing here decides anything.

async with opened(settings) as parts: ...      the parts alone, for the command line and tests
create_app(settings)                           the whole as an ASGI app
serve(settings, demo=...)                      the process
work(settings, slots=...)                      a process without a door
"""

import asyncio
import base64
import contextlib
import logging
import secrets
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from chatdock.blobs.disk import DiskBlobs
from chatdock.dispatch.registry import create_run_queue
from chatdock.errors import ConfigurationError, Unavailable
from chatdock.eventlog.registry import create_event_log
from chatdock.feed.base import Feed
from chatdock.feed.registry import create_feed
from chatdock.models.registry import DEMO, ModelPool
from chatdock.runs.engine import SLOTS, Engine
from chatdock.runs.responder import Catalog, Definition
from chatdock.runs.sweeper import Keep, Sweeper
from chatdock.runs.telling import Teller
from chatdock.sessions.keys import KeyRing
from chatdock.sessions.links import FileLinks
from chatdock.sessions.origins import Origins
from chatdock.sessions.registry import SessionRegistry
from chatdock.sessions.secrets import ClientSecrets
from chatdock.sessions.signing import SigningKeys, parse_signing_keys
from chatdock.settings import Settings
from chatdock.storage.base import Changes, Deleted, Store
from chatdock.storage.sql import create_store
from chatdock.tools.builtin import BUILTIN_TOOLS
from chatdock.types.actor import Scope
from chatdock.web import routes
from chatdock.web.cors import Cors
from chatdock.web.doors import Doors
from chatdock.web.errors import HANDLERS
from chatdock.web.headers import Envelope
from chatdock.web.limits import Limits, Proxies
from chatdock.web.parts import Parts, Transcribe
from chatdock.web.sse import STREAM, EventStream, Streams, frame
from chatdock.webhooks.addresses import Reach
from chatdock.webhooks.deliverer import Deliverer
from chatdock.webhooks.outbox import Outbox
from chatdock.webhooks.registry import WebhookRegistry
from chatdock.webhooks.secrets import Secrets
from chatdock.webhooks.sender import Sender
from chatdock.webhooks.texts import Texts
from chatdock.workflows import loader

DEFAULT_MODEL = "openai_responses/gpt-5-mini"
WARM_AFTER_SECONDS = 0.5
INDEXED_AT_ONCE = 20
INDEX_EVERY_SECONDS = 0.2  # a server with much to index serves meanwhile
PEPPER = "server-key-pepper"
SIGNING_KEYS = "signing-keys"

log = logging.getLogger(__name__)


class _Service(Starlette):
    """Starlette with our own way in: one layer for the envelope, one for origins, no other for most requests.

    The streams they began outlive the layers that authorised and routed them: an open one costs a few frames of one coroutine
    instead of a dozen, and a write passes nobody.
    """

    parts: Parts  # from the lifespan's beginning to its end

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        scope["app"] = self
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        await self.middleware_stack(scope, receive, send)
        stream: EventStream | None = scope.get(STREAM)
        if stream is not None:
            await stream.relay(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        others = ExceptionMiddleware(self.router, handlers=self.exception_handlers)
        return Envelope(Cors(Doors(self.routes, others)))


def create_app(settings: Settings, *, demo: bool = False) -> Starlette:
    """The whole service as an ASGI app; its backends open with the lifespan."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened(settings) as parts:
            app.parts = parts  # type: ignore[attr-defined]  # it is a _Service
            yield

    app = _Service(routes=routes(), exception_handlers=HANDLERS, lifespan=lifespan)
    app.router.redirect_slashes = False  # a redirect would be written from the Host header, which anybody can send
    if demo:
        _add_demo(app, settings)
    return app


@contextlib.asynccontextmanager
async def opened(settings: Settings, *, is_worker: bool = False, slots: int = SLOTS) -> AsyncIterator[Parts]:
    """Opens every backend, takes up what a crash left, and closes all in reverse order.

    `slots` is how many runs of the queue's this process has at a time; a worker does nothing else.

    Raises: ConfigurationError; Unavailable when a store is away.
    """
    async with contextlib.AsyncExitStack() as stack:
        store = create_store(settings.database)
        await _prepare_schema(store, settings)
        await store.open()
        stack.push_async_callback(store.close)
        models = ModelPool(settings.openai_api_key, settings.openai_base_url, default=default_model(settings))
        stack.push_async_callback(models.close)
        tape = create_event_log(settings.redis_url)
        stack.push_async_callback(tape.close)
        feed = create_feed(settings.redis_url)
        stack.push_async_callback(feed.close)
        teller, outbox = Teller(feed), Outbox(store.webhooks)
        await outbox.refresh()
        store.deliver(outbox)

        def told(owner: Scope, what: Changes | Deleted) -> None:
            teller(owner, what)
            outbox.told(owner, what)

        store.listen(told)
        dispatch = create_run_queue(settings.redis_url)
        if dispatch is not None:
            stack.push_async_callback(dispatch.close)
        blobs = DiskBlobs(settings.data_dir / "files")
        catalog = Catalog(definitions(settings, models))
        engine = Engine(
            store,
            tape,
            catalog,
            blobs,
            run_timeout_seconds=settings.run_timeout_seconds,
            on_disconnect_grace_seconds=settings.on_disconnect_grace_seconds,
            dispatch=dispatch,
            slots=slots,
            is_worker=is_worker,
        )
        stack.push_async_callback(engine.drain, 0.0)
        signing, reach = await signing_keys(settings, store), Reach(settings.webhook_networks)
        secret = Secrets(signing.kids[0], signing.derive)
        webhooks = WebhookRegistry(store.webhooks, secret, reach)
        deliverer = Deliverer(store.webhooks, outbox, secret, Sender(reach), Texts(store))
        stack.push_async_callback(deliverer.close)
        parts = await _parts(
            settings, store, engine, feed, catalog, blobs, _transcriber(settings), signing, webhooks, outbox
        )
        stack.push_async_callback(parts.sessions.close)
        stack.push_async_callback(parts.limits.close)
        stack.push_async_callback(parts.keys.close)
        keep = Keep(
            threads_days=settings.keep_threads_days,
            files_days=settings.keep_files_days,
            audit_days=settings.keep_audit_days,
        )
        sweeper = Sweeper(store, blobs, engine, catalog, keep, every_seconds=settings.sweep_seconds)
        left = await engine.open(is_alone=settings.database.startswith("sqlite"))
        if left:
            log.warning("took up runs that a crash had left", extra={"fields": {"runs": left}})
        for chore in (_warm(models, parts.limits), sweeper.run(), _index(store), deliverer.run()):
            stack.push_async_callback(_end, asyncio.create_task(chore))
        yield parts


async def _warm(models: ModelPool, limits: Limits) -> None:
    """Loads in threads what the first answer needs, once the server has answered its first requests."""
    await asyncio.sleep(WARM_AFTER_SECONDS)
    await limits.warm()
    await asyncio.to_thread(frame, comment="hb")
    await models.warm()


async def _index(store: Store) -> None:
    """Threads of before there was a search, a few at a time."""
    while True:
        try:
            if not await store.upkeep.index_threads(INDEXED_AT_ONCE):
                return
        except Unavailable:
            log.warning("threads could not be indexed for search yet")
        await asyncio.sleep(INDEX_EVERY_SECONDS)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def work(settings: Settings, *, slots: int) -> int:
    """Runs answers from the queue until a signal; returns the exit status. Raises: ConfigurationError, Unavailable."""
    from chatdock.serving import run_worker
    from chatdock.web.logs import configure_logs

    configure_logs(settings.log_level, _secrets(settings))
    return run_worker(opened(settings, is_worker=True, slots=slots), drain_seconds=settings.drain_seconds)


def serve(settings: Settings, *, demo: bool, listener: socket.socket | None = None) -> int:
    """Runs the process until a signal; returns its exit status. `listener`: a socket it shares with others like it.

    Raises: ConfigurationError before anything listens.
    """
    from chatdock.serving import run_server  # uvicorn, only where something is served
    from chatdock.web.logs import configure_logs

    configure_logs(settings.log_level, _secrets(settings))
    app = create_app(settings, demo=demo)
    return run_server(
        app, host=settings.host, port=settings.port, drain_seconds=settings.drain_seconds, listener=listener
    )


def _secrets(settings: Settings) -> list[str]:
    """What must never be in a log, whatever it looks like."""
    urls = (urlsplit(url).password for url in (settings.database_url, settings.redis_url) if url)
    keys = (part.partition(":")[2] for part in settings.signing_keys.split(","))
    return [secret for secret in (settings.api_key, settings.openai_api_key, *keys, *urls) if secret]


async def _prepare_schema(store: Store, settings: Settings) -> None:
    """A SQLite file is ours alone and is brought up to date; a shared database is migrated by `chatdock migrate`."""
    if not settings.production or settings.database.startswith("sqlite"):
        await store.migrate()


def default_model(settings: Settings) -> str:
    """What answers for a workflow that names no model. Raises: ConfigurationError."""
    if settings.model:
        return settings.model
    if settings.openai_base_url:
        raise ConfigurationError("OPENAI_BASE_URL is set: CHATDOCK_MODEL must name a model that server has.")
    return DEFAULT_MODEL if settings.openai_api_key else DEMO


def definitions(settings: Settings, models: ModelPool) -> list[Definition]:
    """The workflows that can be asked for: the built-in ones and the directory's. Raises: ConfigurationError."""
    found = {each.id: each for each in loader.builtin(models.resolve, BUILTIN_TOOLS)}
    if settings.workflows is not None:
        found |= {each.id: each for each in loader.load(settings.workflows, models.resolve, BUILTIN_TOOLS)}
    return list(found.values())


async def _parts(
    settings: Settings,
    store: Store,
    engine: Engine,
    feed: Feed,
    catalog: Catalog,
    blobs: DiskBlobs,
    transcribe: Transcribe | None,
    signing: SigningKeys,
    webhooks: WebhookRegistry,
    outbox: Outbox,
) -> Parts:
    pepper = await store.upkeep.secrets(PEPPER, secrets.token_bytes(32))
    return Parts(
        store=store,
        catalog=catalog,
        blobs=blobs,
        secrets=ClientSecrets(signing, settings.max_session_seconds),
        links=FileLinks(signing),
        keys=KeyRing(store.keys, pepper, settings.api_key),
        pepper=pepper,
        sessions=SessionRegistry(
            store.sessions,
            streams_per_session=settings.streams_per_session,
            streams_per_user=settings.streams_per_user,
        ),
        origins=_origins(settings),
        limits=Limits(
            user_requests_per_minute=settings.user_requests_per_minute,
            address_requests_per_minute=settings.address_requests_per_minute,
            redis_url=settings.redis_url,
            proxies=Proxies(settings.trusted_proxies),
        ),
        engine=engine,
        feed=feed,
        webhooks=webhooks,
        outbox=outbox,
        streams=Streams(),
        transcribe=transcribe,
        public_url=settings.public_url,
        sharing=settings.may_share,
        max_session_seconds=settings.max_session_seconds,
        max_upload_bytes=settings.max_upload_bytes,
    )


def _origins(settings: Settings) -> Origins:
    return Origins(settings.allowed_origins, allow_any=not settings.production)


async def signing_keys(settings: Settings, store: Store) -> SigningKeys:
    """What client secrets are signed with, and webhooks' secrets derived from. Raises: ConfigurationError."""
    if settings.signing_keys:
        return parse_signing_keys(settings.signing_keys)
    if settings.production:
        raise ConfigurationError("CHATDOCK_SIGNING_KEYS is not set, and client secrets cannot be signed without it.")
    kept = await store.upkeep.secrets(SIGNING_KEYS, secrets.token_bytes(32))
    return parse_signing_keys(f"dev:{base64.b64encode(kept).decode()}")


def _transcriber(settings: Settings) -> Transcribe | None:
    if not settings.transcription_model:
        return None

    async def hear(audio: bytes, mime_type: str) -> str:
        from chatdock.models.transcription import transcribe  # the openai package, only where dictation is used

        return await transcribe(
            audio,
            mime_type,
            model=settings.transcription_model,
            api_key=settings.openai_api_key,
            base_url=settings.openai_base_url,
        )

    return hear


def _add_demo(app: _Service, settings: Settings) -> None:
    from chatdock.web.demo import DemoSite
    from chatdock.web.demo.mint import mint_for

    async def mint(user: str, workflow: str) -> str:
        return await mint_for(app.parts, user=user, workflow=workflow)

    model = default_model(settings)
    site = DemoSite(mint=mint, model="" if model == DEMO else model, cookie_key=settings.api_key)
    app.router.routes.extend(site.routes())

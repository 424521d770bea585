"""PostgreSQL through asyncpg: a pool of connections that keep their statements prepared."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg  # type: ignore[import-untyped]  # it ships no types yet

from chatdock.errors import BadRequest, ChatdockError, ConfigurationError, Unavailable
from chatdock.storage.sql.revision import HEAD, READ_VERSION, require_head
from chatdock.storage.sql.road import Plan, Planned
from chatdock.storage.sql.texts import load_statements

T = TypeVar("T")

POOL = 10  # connections, and one for what is urgent; PostgreSQL allows 100 by default, for every process together
PATIENT = 3  # of them, for what may wait: a checkpoint takes some milliseconds, and hundreds of runs write one every two seconds
CONNECT_SECONDS = 5.0  # also how long a request waits for a free connection
COMMAND_SECONDS = 30.0  # a statement that takes longer is given up: every one of ours is a matter of milliseconds
URGENT_SECONDS = 4.0  # a lease is renewed every five: the next try is better than a longer wait
STATEMENTS_KEPT = 256  # prepared statements a connection; there are some sixty
# Every page is a walk along an index. A prepared statement's plan does not know its LIMIT, and would at times rather
# gather a whole thread and sort it: constant time must not hang on an estimate.
SERVER_SETTINGS = {"application_name": "chatdock", "jit": "off", "enable_sort": "off", "enable_bitmapscan": "off"}
BEGIN_WITHOUT_SYNC = "BEGIN; SET LOCAL synchronous_commit TO off"  # one round trip, like BEGIN alone
MIGRATION_LOCK = 0x63686174646F636B  # an advisory lock's number: "chatdock" in ASCII


class PostgresRoad:
    """The road to one database."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._statements = load_statements("postgresql")
        self._pool: asyncpg.Pool | None = None
        self._urgent: asyncpg.Pool | None = None  # a connection that stands in no line, made when it is needed
        self._patient = asyncio.Semaphore(PATIENT)
        self._under_way = 0
        self._is_idle = asyncio.Event()

    async def open(self) -> None:
        """Connects once, checks the schema, and lets the pool grow as needed."""
        try:
            pool = await self._new_pool(1, POOL, COMMAND_SECONDS)
            urgent = await self._new_pool(0, 1, URGENT_SECONDS)
        except _NOT_OURS as error:
            raise _misconfigured(error) from error
        except _AWAY as error:
            raise explain(error) from error
        try:
            async with pool.acquire() as connection:
                require_head(await _version(connection))
        except BaseException:
            await pool.close()
            raise
        self._pool, self._urgent = pool, urgent

    def _new_pool(self, least: int, most: int, command_seconds: float) -> asyncpg.Pool:
        return asyncpg.create_pool(
            self._url,
            min_size=least,
            max_size=most,
            reset=_keep_as_it_is,
            timeout=CONNECT_SECONDS,
            command_timeout=command_seconds,
            statement_cache_size=STATEMENTS_KEPT,
            max_cached_statement_lifetime=0,
            server_settings=SERVER_SETTINGS,
        )

    async def close(self) -> None:
        """Waits for what is under way, those in the queue for a connection included."""
        pool, self._pool = self._pool, None
        urgent, self._urgent = self._urgent, None
        if pool is None or urgent is None:
            return
        if self._under_way:
            await self._is_idle.wait()
        await urgent.close()
        await pool.close()

    async def migrate(self) -> None:
        """In one transaction under an advisory lock that ends with the connection: a second process waits and finds it done."""
        try:
            connection = await asyncpg.connect(self._url, timeout=CONNECT_SECONDS)
        except _NOT_OURS as error:
            raise _misconfigured(error) from error
        except _AWAY as error:
            raise explain(error) from error
        try:
            if await _version(connection) != HEAD:
                # Before the transaction begins: inside one, to_regclass may answer from before the wait.
                await connection.execute(f"SELECT pg_advisory_lock({MIGRATION_LOCK})")
                async with connection.transaction():
                    await _upgrade(connection)
        finally:
            await connection.close()

    async def read(self, plan: Planned[T], *, is_small: bool = True, is_urgent: bool = False) -> T:
        """Each statement by itself."""
        async with self._connection(is_urgent=is_urgent) as connection:
            return await self._run(plan(), connection)

    async def write(
        self,
        plan: Planned[T],
        *,
        is_durable: bool = True,
        is_small: bool = False,
        is_urgent: bool = False,
        may_wait: bool = False,
    ) -> T:
        """In one transaction; `synchronous_commit` is on by default, so COMMIT means durable."""
        async with self._connection(is_urgent=is_urgent, may_wait=may_wait) as connection:
            await connection.execute("BEGIN" if is_durable else BEGIN_WITHOUT_SYNC)
            try:
                result = await self._run(plan(), connection)
            except BaseException:
                if not connection.is_closed():
                    await connection.execute("ROLLBACK")
                raise
            await connection.execute("COMMIT")
            return result

    async def scrub(self) -> None:
        """The server's log is the server's: it is recycled, and vacuuming is its operator's business."""

    async def _run(self, plan: Plan[T], connection: Any) -> T:
        try:
            name, values = next(plan)
            while True:
                statement = self._statements[name]
                name, values = plan.send(await connection.fetch(statement.sql, *statement.arrange(values)))
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]  # a generator's return value is untyped here
        finally:
            plan.close()

    @asynccontextmanager
    async def _connection(self, *, is_urgent: bool, may_wait: bool = False) -> AsyncIterator[Any]:
        pool = self._urgent if is_urgent else self._pool
        if pool is None:
            raise Unavailable("The database is closed.")
        self._under_way += 1
        self._is_idle.clear()
        try:
            async with self._turn(may_wait=may_wait), pool.acquire(timeout=CONNECT_SECONDS) as connection:
                try:
                    yield connection
                except asyncpg.InternalClientError:
                    connection.terminate()  # the server ended it between two queries: the pool makes another
                    raise
        except Exception as error:
            told = explain(error)
            if told is error:
                raise
            raise told from error
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._is_idle.set()

    @asynccontextmanager
    async def _turn(self, *, may_wait: bool) -> AsyncIterator[None]:
        """For what may wait: a line of its own in front of the one for connections."""
        if not may_wait:
            yield
            return
        async with asyncio.timeout(CONNECT_SECONDS):
            await self._patient.acquire()
        try:
            yield
        finally:
            self._patient.release()


async def _keep_as_it_is(connection: Any) -> None:
    """Instead of asyncpg's RESET ALL, which costs a round trip: our plans change no setting and listen to nothing."""


async def _version(connection: Any) -> str | None:
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    version = await connection.fetchval(READ_VERSION)
    return None if version is None else str(version)


async def _upgrade(connection: Any) -> None:
    from chatdock.storage.sql.migrations.script import upgrade_script  # Alembic costs 0.2 s: only when it has work

    version = await _version(connection)
    if version != HEAD:
        script = await asyncio.to_thread(upgrade_script, "postgresql", version)
        await connection.execute(script)


_NOT_OURS = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.ClientConfigurationError,
    ValueError,  # a port that is no number, and the like
)
_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidCachedStatementError,
)
_UNFIT = (
    asyncpg.CharacterNotInRepertoireError,  # NUL, which TEXT cannot hold
    asyncpg.UntranslatableCharacterError,
    asyncpg.ProgramLimitExceededError,  # an indexed text too long for a B-tree page
    UnicodeEncodeError,
)


def _misconfigured(error: Exception) -> ConfigurationError:
    return ConfigurationError(f"DATABASE_URL does not work: {str(error).rstrip('.')}.")


def explain(error: Exception) -> Exception:
    """The error a client of the store may see for one of PostgreSQL's."""
    if isinstance(error, _UNFIT) or isinstance(error.__cause__, UnicodeEncodeError):
        return BadRequest("Text must be valid Unicode without NUL.")
    if isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError):
        return error  # a value of the wrong type: our own mistake
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return ChatdockError("A row would break a rule of the database.")
    if isinstance(error, _AWAY):
        return Unavailable("The database cannot be reached right now.")
    return error

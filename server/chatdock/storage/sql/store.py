"""The store over SQL: every noun is a set of plans, and the road carries them."""

from chatdock.outbox.base import Webhooks
from chatdock.storage.base import (
    Audit,
    Changes,
    Deleted,
    Files,
    Items,
    Keys,
    Leases,
    Listener,
    Outbox,
    Records,
    Retention,
    Runs,
    Scoped,
    Search,
    Sessions,
    Threads,
    Upkeep,
)
from chatdock.storage.sharing import Shared, Shares
from chatdock.storage.sql.audit import SqlAudit
from chatdock.storage.sql.commit import commit, is_durable
from chatdock.storage.sql.files import SqlFiles
from chatdock.storage.sql.items import SqlItems
from chatdock.storage.sql.keys import SqlKeys
from chatdock.storage.sql.leases import SqlLeases
from chatdock.storage.sql.records import SqlRecords
from chatdock.storage.sql.retention import SqlRetention
from chatdock.storage.sql.road import Plan, Road
from chatdock.storage.sql.runs import SqlRuns
from chatdock.storage.sql.search import SqlSearch
from chatdock.storage.sql.sessions import SqlSessions
from chatdock.storage.sql.shares import SqlShared, SqlShares
from chatdock.storage.sql.threads import SqlThreads
from chatdock.storage.sql.upkeep import SqlUpkeep
from chatdock.storage.sql.webhooks import SqlWebhooks
from chatdock.types.actor import Scope

MAX_SCOPES = 1_000  # kept ready: a request asks for its own several times


class SqlStore:
    """`storage.base.Store` over one road."""

    def __init__(self, road: Road) -> None:
        self._road = road
        self.sessions: Sessions = SqlSessions(road)
        self.keys: Keys = SqlKeys(road)
        self.audit: Audit = SqlAudit(road)
        self.retention: Retention = SqlRetention(road, lambda owner, what: self._told(owner, what))
        self.records: Records = SqlRecords(road)
        self.upkeep: Upkeep = SqlUpkeep(road)
        self.leases: Leases = SqlLeases(road)
        self.shared: Shared = SqlShared(road)
        self.webhooks: Webhooks = SqlWebhooks(road)
        self._told: Listener = _nobody
        self._outbox: Outbox | None = None
        self._scoped: dict[Scope, Scoped] = {}

    async def open(self) -> None:
        """Connects. Raises: ConfigurationError, Unavailable."""
        await self._road.open()

    async def close(self) -> None:
        """Commits in flight finish first."""
        await self._road.close()

    async def ping(self) -> None:
        """One trip to the database and back."""
        await self._road.read(_ping, is_small=False)

    def scoped(self, scope: Scope) -> Scoped:
        """The only road to a thread, an item, a run or a file."""
        scoped = self._scoped.get(scope)
        if scoped is None:
            if len(self._scoped) >= MAX_SCOPES:
                self._scoped.clear()
            scoped = self._scoped[scope] = SqlScoped(self._road, scope, self._told, self._outbox)
        return scoped

    def listen(self, told: Listener) -> None:
        """From now on; scopes made before say nothing."""
        self._told = told
        self._scoped.clear()

    def deliver(self, outbox: Outbox) -> None:
        """From now on; scopes made before add nothing."""
        self._outbox = outbox

    async def migrate(self) -> None:
        """Idempotent, and safe when two processes start at once."""
        await self._road.migrate()


class SqlScoped:
    """`storage.base.Scoped`."""

    def __init__(self, road: Road, scope: Scope, told: Listener, outbox: Outbox | None) -> None:
        self._road = road
        self._scope = scope
        self._told = told
        self._outbox = outbox
        self.threads: Threads = SqlThreads(road, scope, told)
        self.items: Items = SqlItems(road, scope)
        self.runs: Runs = SqlRuns(road, scope, told)
        self.files: Files = SqlFiles(road, scope)
        self.search: Search = SqlSearch(road, scope)
        self.shares: Shares = SqlShares(road, scope)

    async def commit(self, changes: Changes) -> None:
        """One transaction."""
        is_lasting = is_durable(changes)
        owner = await self._road.write(
            lambda: commit(self._scope, changes, self._outbox),
            is_durable=is_lasting,
            may_wait=not is_lasting and bool(changes.partial_items),
        )
        project, user, workflow = owner
        self._told(Scope(project=project, user=user, workflow=workflow), changes)


def _nobody(owner: Scope, what: Changes | Deleted) -> None:
    pass


def _ping() -> Plan[None]:
    yield "ping", {}

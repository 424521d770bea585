"""The statements about runs and who owns them, compiled with all others by `statements`."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Text,
    and_,
    bindparam,
    exists,
    literal_column,
    null,
    or_,
    select,
    update,
)

from chatdock.storage.sql import schema
from chatdock.storage.sql.clauses import NOTHING, Named, P, between, in_list, insert_into, reach, telling
from chatdock.storage.sql.schema import (
    effects,
    one_of,
    runs,
)
from chatdock.storage.sql.texts import Dialect
from chatdock.types.run import ACTIVE, AT_WORK

RUN_COLUMNS = (
    "id",
    "thread_id",
    "user_id",
    "workflow_id",
    "workflow_version",
    "session_id",
    "status",
    "created_at",
    "expires_at",
    "last_seq",
    "request",
    "started_at",
    "completed_at",
    "error",
    "usage",
    "client_message_id",
    "fingerprint",
    "cause",
)


def run_statements(dialect: Dialect) -> Iterator[Named]:
    columns = [runs.c[name] for name in RUN_COLUMNS]
    in_thread = and_(runs.c.thread_id == P["thread"], reach(runs))
    yield "run.get", select(*columns).where(runs.c.id == P["run"], reach(runs))
    yield "run.place", select(runs.c.created_at, runs.c.id).where(runs.c.id == P["run"], in_thread)
    some = in_list(dialect, runs.c.status, "statuses")
    for which, condition in {"all": (), "some": (some,), "active": (some, schema.ACTIVE_NOW)}.items():
        page = select(*columns).where(in_thread, *condition, between(runs)).limit(P["limit"]).offset(NOTHING)
        yield f"run.page.{which}.asc", page.order_by(runs.c.created_at, runs.c.id)
        yield f"run.page.{which}.desc", page.order_by(runs.c.created_at.desc(), runs.c.id.desc())
    sent = and_(
        runs.c.project == P["project"],
        runs.c.user_id == P["user"],
        runs.c.client_message_id == P["message"],
    )
    yield "run.sent", select(*columns).where(sent)
    in_thread_now = and_(runs.c.thread_id == P["thread"], schema.ACTIVE_NOW)
    is_queued = runs.c.status == literal_column("'queued'")
    yield "run.running", select(runs.c.id).where(in_thread_now, schema.RUNNING_NOW)
    yield "run.every_running", select(runs.c.project, *columns).where(schema.ACTIVE_NOW, schema.RUNNING_NOW)
    yield "run.queue", select(*columns).where(in_thread_now, is_queued).order_by(runs.c.created_at, runs.c.id)
    yield "run.busy", select(runs.c.id).where(in_thread_now, ~is_queued)

    values: dict[str, Any] = {column.name: bindparam(column.name, type_=column.type) for column in runs.columns}
    values["lease_until"] = now_of(dialect) + P["lease"]
    add = insert_into(dialect, runs).values(values)
    yield "run.add", telling(dialect, add.on_conflict_do_nothing(), runs.c.id)
    queue = runs.alias("queue")
    first = ~exists().where(
        queue.c.thread_id == values["thread_id"],
        one_of(queue.c.status, ACTIVE),
        queue.c.status == literal_column("'queued'"),
    )
    start = insert_into(dialect, runs).from_select(list(values), select(*values.values()).where(first))
    yield "run.start", telling(dialect, start.on_conflict_do_nothing(), runs.c.id)
    turn = update(runs).where(runs.c.id == P["run"], schema.ACTIVE_NOW, is_queued)
    moments = {name: bindparam(name, type_=BigInteger()) for name in ("started_at", "expires_at")}
    lease = {"owner": P["owner"], "lease_until": now_of(dialect) + P["lease"]}
    lease |= {"epoch": runs.c.epoch + literal_column("1"), "attempts": literal_column("1")}
    taken = turn.values(status=literal_column("'in_progress'"), **moments, **lease)
    yield "run.take_up", telling(dialect, taken, runs.c.id)
    renewed = {"epoch": runs.c.epoch + literal_column("1")}
    yield "run.line_up", telling(dialect, turn.values(renewed), runs.c.id)
    yield "run.epoch", select(runs.c.epoch).where(runs.c.id == P["run"])
    withdrawn = turn.values(status=literal_column("'cancelled'"), completed_at=P["completed_at"], **renewed)
    yield "run.withdraw", telling(dialect, withdrawn, runs.c.id)
    waiting = and_(
        runs.c.thread_id == P["thread"], schema.ACTIVE_NOW, runs.c.status == literal_column("'requires_action'")
    )
    yield "run.settle", update(runs).where(waiting).values(status=P["status"], completed_at=P["completed_at"])
    own = and_(runs.c.id == P["run"], runs.c.thread_id == P["thread"])
    yield "run.status", select(runs.c.status, runs.c.epoch).where(own)
    save = update(runs).values(
        status=P["status"],
        last_seq=bindparam("last_seq", type_=BigInteger()),
        started_at=bindparam("started_at", type_=BigInteger()),
        completed_at=P["completed_at"],
        error=bindparam("error", type_=Text()),
        usage=bindparam("usage", type_=Text()),
    )
    own = and_(own, or_(P["epoch"].is_(None), runs.c.epoch == P["epoch"]))
    # A running run may go anywhere, a waiting one only to an end, an ended one nowhere but to itself.
    yield "run.save.running", telling(dialect, save.where(own, schema.RUNNING_NOW), runs.c.id)
    ended = save.where(own, or_(schema.ACTIVE_NOW, runs.c.status == P["status"]))
    yield "run.save.ended", telling(dialect, ended, runs.c.id)


OVER_MICROS = 7_000_000  # past its time and this, a run is ended by whoever sees it: they look every five seconds or so


def lease_statements(dialect: Dialect) -> Iterator[Named]:
    now = now_of(dialect)
    one = and_(runs.c.id == P["run"], runs.c.epoch == P["epoch"], schema.AT_WORK_NOW)
    shown = bindparam("shown", type_=Boolean())
    lease = {"lease_until": now + P["lease"]}
    yield (
        "run.hold",
        telling(dialect, update(runs).where(one).values(shown=or_(runs.c.shown, shown), **lease), runs.c.id),
    )
    some = and_(in_list(dialect, runs.c.id, "runs"), runs.c.owner == P["owner"], schema.AT_WORK_NOW)
    yield "run.beat", update(runs).where(some).values(lease)
    held = select(runs.c.id, runs.c.epoch, runs.c.status).where(runs.c.owner == P["owner"], schema.AT_WORK_NOW)
    yield "run.held", held
    is_over = runs.c.expires_at + literal_column(str(OVER_MICROS)) < now
    is_orphan = or_(runs.c.lease_until < now, is_over)
    record = (runs.c.project, runs.c.owner, runs.c.epoch, runs.c.attempts, runs.c.shown, runs.c.job)
    columns = [*record, is_orphan.label("is_orphan"), is_over.label("is_over"), *(runs.c[name] for name in RUN_COLUMNS)]
    yield "run.orphans", select(*columns).where(is_orphan, schema.AT_WORK_NOW).limit(P["limit"]).offset(NOTHING)
    yield "run.claimable", select(*columns).where(runs.c.id == P["run"], schema.AT_WORK_NOW)
    free = or_(is_orphan, runs.c.owner.is_(None), bindparam("force", type_=Boolean()))
    taken = {"owner": P["owner"], "epoch": runs.c.epoch + literal_column("1"), **lease}
    taken |= {"attempts": runs.c.attempts + P["attempts"]}
    yield "run.take", telling(dialect, update(runs).where(one, free).values(taken), runs.c.id)
    yield "run.release", update(runs).where(one).values(owner=null(), lease_until=now)
    asked = and_(runs.c.id == P["run"], reach(runs), schema.AT_WORK_NOW)
    yield "run.ask_cancel", update(runs).where(asked).values(status=literal_column("'cancelling'"))

    queued, at_work = runs.alias("queued"), runs.alias("at_work")
    is_busy = exists().where(at_work.c.thread_id == queued.c.thread_id, one_of(at_work.c.status, AT_WORK))
    waits = and_(one_of(queued.c.status, ACTIVE), queued.c.status == literal_column("'queued'"), ~is_busy)
    place = (queued.c.project, queued.c.user_id, queued.c.workflow_id, queued.c.thread_id)
    yield "run.stalled", select(*place).where(waits).limit(P["limit"]).offset(NOTHING)

    values = {
        "run_id": P["run"],
        "key": P["key"],
        "project": runs.c.project,
        "user_id": runs.c.user_id,
        "workflow_id": runs.c.workflow_id,
        "tool": P["tool"],
        "started_at": P["started_at"],
        "call_id": bindparam("call_id", type_=Text()),
        "arguments": bindparam("arguments", type_=Text()),
        "idempotent": bindparam("idempotent", type_=Boolean()),
    }
    of_run = select(*values.values()).where(runs.c.id == P["run"])
    begin = insert_into(dialect, effects).from_select(list(values), of_run)
    yield "effect.begin", begin.on_conflict_do_nothing()
    own = and_(effects.c.run_id == P["run"], effects.c.key == P["key"])
    yield "effect.end", update(effects).where(own).values(done_at=P["done_at"])
    told = (effects.c.key, effects.c.tool, effects.c.call_id, effects.c.arguments, effects.c.idempotent)
    of_one = select(*told, effects.c.done_at, effects.c.started_at).where(effects.c.run_id == P["run"])
    yield "effect.list", of_one


def now_of(dialect: Dialect) -> ColumnElement[int]:
    """The database's own clock, in microseconds since the epoch: what processes compare each other's leases by."""
    if dialect == "postgresql":
        return literal_column("CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)", BigInteger())
    return literal_column("CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)", BigInteger())

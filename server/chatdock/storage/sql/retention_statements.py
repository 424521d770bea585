"""The statements of `retention` and `records`: what is over its time, and everything of one user."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    update,
)

from chatdock.ids import AUDIT, SESSION
from chatdock.storage.sql import schema
from chatdock.storage.sql.clauses import NOTHING, Named, P, between, in_list, insert_into, reach, telling
from chatdock.storage.sql.schema import audit, doomed_blobs, feedback, files, items, leases, sessions, threads
from chatdock.storage.sql.texts import Dialect

_CLOCK: dict[Dialect, ColumnElement[int]] = {  # microseconds since the epoch, as the database sees it
    "sqlite": literal_column("CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)", BigInteger()),
    "postgresql": literal_column("CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)", BigInteger()),
}


def retention(dialect: Dialect) -> Iterator[Named]:
    now = _CLOCK[dialect]
    take = insert_into(dialect, leases).values(
        name=P["name"],
        owner=bindparam("owner", type_=Text()),
        expires_at=now + bindparam("micros", type_=BigInteger()),
    )
    free = or_(leases.c.expires_at <= now, leases.c.owner == take.excluded.owner)
    take = take.on_conflict_do_update(
        index_elements=["name"],
        set_={"owner": take.excluded.owner, "expires_at": take.excluded.expires_at},
        where=free,
    )
    yield "lease.take", telling(dialect, take, leases.c.name)

    place = (threads.c.project, threads.c.workflow_id)
    behind = select(*place).where(tuple_(*place) > tuple_(P["project"], P["workflow"]))
    yield "place.next", behind.order_by(*place).limit(P["limit"]).offset(NOTHING)
    newest = select(items.c.created_at).order_by(items.c.position.desc()).limit(literal_column("1")).offset(NOTHING)
    last = newest.where(items.c.thread_id == threads.c.id).scalar_subquery()
    here = and_(threads.c.project == P["project"], threads.c.workflow_id == P["workflow"])
    old = select(threads.c.id, threads.c.user_id, threads.c.created_at, last).where(here, between(threads))
    yield "thread.old", old.order_by(threads.c.created_at, threads.c.id).limit(P["limit"]).offset(NOTHING)
    yield "thread.newest_item", newest.where(items.c.thread_id == P["thread"])
    in_order = select(items.c.position).where(items.c.thread_id == P["thread"]).order_by(items.c.position)
    yield "item.nth", in_order.limit(literal_column("1")).offset(P["limit"])
    yield "item.remove_before", delete(items).where(items.c.thread_id == P["thread"], items.c.position < P["high"])

    kept = select(files.c.user_id, files.c.thread_id, files.c.data).where(
        files.c.project == P["project"],
        files.c.workflow_id == P["workflow"],
        schema.ATTACHED,
        files.c.created_at < P["before"],
    )
    yield "file.old", kept.order_by(files.c.created_at, files.c.id).limit(P["limit"]).offset(NOTHING)

    oldest = select(sessions.c.id, sessions.c.expires_at).where(sessions.c.id > P["low_id"])
    yield "session.oldest", oldest.order_by(sessions.c.id).limit(P["limit"]).offset(NOTHING)
    yield "session.remove", delete(sessions).where(in_list(dialect, sessions.c.id, "ids"))
    gone = in_list(dialect, sessions.c.id, "ids")
    entry_of: tuple[Any, ...] = (
        literal_column(f"'{AUDIT}' || substr(sessions.id, {len(SESSION) + 1})", Text()).label("id"),
        sessions.c.project,
        sessions.c.created_at,
        sessions.c.minted_by,
        literal_column("'session.create'").label("action"),
        sessions.c.id.label("subject"),
        sessions.c.minted_in,
    )
    columns = ("id", "project", "created_at", "actor", "action", "subject", "request_id")
    minted = select(*entry_of).where(gone, sessions.c.minted_by.is_not(None))
    yield "minting.keep", insert_into(dialect, audit).from_select(columns, minted)
    minted = select(sessions.c.id, sessions.c.created_at).where(
        sessions.c.id > P["low_id"], sessions.c.minted_by.is_not(None)
    )
    yield "minting.oldest", minted.order_by(sessions.c.id).limit(P["limit"]).offset(NOTHING)
    yield "minting.remove", update(sessions).where(gone).values(minted_by=null(), minted_in=null())
    entries = select(audit.c.id, audit.c.created_at).where(audit.c.id > P["low_id"])
    yield "audit.oldest", entries.order_by(audit.c.id).limit(P["limit"]).offset(NOTHING)
    yield "audit.remove", delete(audit).where(in_list(dialect, audit.c.id, "ids"))

    doom = insert_into(dialect, doomed_blobs).values(id=P["name"])
    yield "blob.doom", doom.on_conflict_do_nothing()
    doomed = select(doomed_blobs.c.id).where(doomed_blobs.c.id > P["low_id"], doomed_blobs.c.id < P["high_id"])
    yield "blob.doomed", doomed.order_by(doomed_blobs.c.id).limit(P["limit"]).offset(NOTHING)
    yield "blob.gone", delete(doomed_blobs).where(in_list(dialect, doomed_blobs.c.id, "ids"))


def records(dialect: Dialect) -> Iterator[Named]:
    """Everything of one user, a piece at a time."""

    def of_user(table: Table, *columns: Any) -> Any:
        whose = and_(table.c.project == P["project"], table.c.user_id == P["user"], table.c.id > P["low_id"])
        return select(*columns).where(whose).order_by(table.c.id).limit(P["limit"]).offset(NOTHING)

    yield "session.of_user", of_user(sessions, sessions.c.status, sessions.c.data)
    yield "file.of_user", of_user(files, files.c.workflow_id, files.c.thread_id, files.c.data)
    everything = select(items.c.position, items.c.data).where(items.c.thread_id == P["thread"], reach(items))
    everything = everything.where(items.c.position > P["low"]).order_by(items.c.position)
    yield "item.every", everything.limit(P["limit"]).offset(NOTHING)
    thumbs = select(feedback.c.item_id, feedback.c.kind).where(feedback.c.thread_id == P["thread"], reach(feedback))
    yield "feedback.every", thumbs.order_by(feedback.c.item_id)

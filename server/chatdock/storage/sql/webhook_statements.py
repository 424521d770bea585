"""The statements of endpoints and the outbox, compiled with all others by `statements`."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, Text, and_, bindparam, delete, literal_column, null, or_, select, update

from chatdock.storage.sql import schema
from chatdock.storage.sql.clauses import NOTHING, ONE, Named, P, add, in_list, telling
from chatdock.storage.sql.schema import webhook_deliveries as deliveries
from chatdock.storage.sql.schema import webhooks
from chatdock.storage.sql.statements_runs import now_of
from chatdock.storage.sql.texts import Dialect

_WEBHOOK: Any = bindparam("webhook", type_=Text())
_ID: Any = bindparam("id", type_=Text())
_MICROS: Any = bindparam("micros", type_=BigInteger())


def webhook_statements(dialect: Dialect) -> Iterator[Named]:
    now = now_of(dialect)
    mine = and_(webhooks.c.id == _WEBHOOK, webhooks.c.project == P["project"])
    yield "webhook.add", add(webhooks)
    yield "webhook.list", select(webhooks).order_by(webhooks.c.created_at, webhooks.c.id)
    yield "webhook.get", select(webhooks).where(mine)
    rolled = update(webhooks).where(mine)
    rolled = rolled.values(
        previous_kid=webhooks.c.kid,
        previous_until=bindparam("previous_until", type_=BigInteger()),
        kid=bindparam("kid", type_=Text()),
        version=webhooks.c.version + ONE,
    )
    yield "webhook.roll", telling(dialect, rolled, webhooks.c.id)
    enabled = webhooks.c.disabled_at.is_(None)
    off = update(webhooks).where(webhooks.c.id == _WEBHOOK, enabled).values(disabled_at=now)
    yield "webhook.disable", telling(dialect, off, webhooks.c.id)
    yield "webhook.enable", telling(dialect, update(webhooks).where(mine).values(disabled_at=null()), webhooks.c.id)
    yield "webhook.remove", telling(dialect, delete(webhooks).where(mine), webhooks.c.id)

    row: dict[str, Any] = {
        "id": _ID,
        "webhook_id": _WEBHOOK,
        "project": P["project"],
        "user_id": P["user"],
        "workflow_id": P["workflow"],
        "type": bindparam("type", type_=Text()),
        "body": bindparam("body", type_=Text()),
        "created_at": bindparam("created_at", type_=BigInteger()),
        "status": literal_column("'pending'"),
        "attempts": NOTHING,
        "next_at": now,
    }
    there = select(*row.values()).select_from(webhooks).where(webhooks.c.id == _WEBHOOK, enabled)
    yield "delivery.add", deliveries.insert().from_select(list(row), there)

    due = and_(deliveries.c.webhook_id == _WEBHOOK, schema.PENDING, deliveries.c.next_at <= now)
    overdue = select(deliveries).where(due).order_by(deliveries.c.next_at)
    yield "delivery.due", overdue.limit(P["limit"]).offset(NOTHING)
    same = and_(deliveries.c.id == _ID, deliveries.c.attempts == P["attempts"], schema.PENDING)
    taken = {"attempts": deliveries.c.attempts + ONE, "next_at": now + _MICROS, "last_at": now}
    free = update(deliveries).where(same, deliveries.c.next_at <= now).values(taken)
    yield "delivery.take", telling(dialect, free, deliveries.c.id)
    yield "delivery.taken", select(deliveries.c.last_at).where(deliveries.c.id == _ID)
    settled = (
        update(deliveries)
        .where(same, deliveries.c.last_at == bindparam("taken_at", type_=BigInteger()))
        .values(
            status=P["status"],
            response_status=bindparam("response_status", type_=BigInteger()),
            error=bindparam("error", type_=Text()),
            next_at=now + _MICROS,
        )
    )
    yield "delivery.settle", telling(dialect, settled, deliveries.c.id)

    waiting = update(deliveries).where(deliveries.c.webhook_id == _WEBHOOK, schema.PENDING)
    given_up = waiting.values(status=literal_column("'failed'"), error=bindparam("error", type_=Text()))
    yield "delivery.give_up", given_up

    own = and_(deliveries.c.id == _ID, deliveries.c.project == P["project"])
    yield "delivery.get", select(deliveries).where(own)
    again = update(deliveries).where(own, ~schema.PENDING)
    again = again.values(status=literal_column("'pending'"), attempts=NOTHING, next_at=now)
    yield "delivery.again", telling(dialect, again, deliveries.c.id)
    some = and_(
        deliveries.c.project == P["project"],
        or_(_WEBHOOK.is_(None), deliveries.c.webhook_id == _WEBHOOK),
        or_(P["status"].is_(None), deliveries.c.status == P["status"]),
        deliveries.c.id < P["high_id"],
    )
    newest = select(deliveries).where(some).order_by(deliveries.c.id.desc())
    yield "delivery.latest", newest.limit(P["limit"]).offset(NOTHING)

    yield "delivery.forget", delete(deliveries).where(deliveries.c.webhook_id == _WEBHOOK)
    about = and_(deliveries.c.project == P["project"], deliveries.c.user_id == P["user"])
    yield (
        "delivery.of_user",
        (
            select(deliveries)
            .where(about, deliveries.c.id > bindparam("low_id", type_=Text()))
            .order_by(deliveries.c.id)
            .limit(P["limit"])
            .offset(NOTHING)
        ),
    )
    yield "delivery.erase", telling(dialect, delete(deliveries).where(about), deliveries.c.id)
    oldest = select(deliveries.c.id, deliveries.c.created_at).where(deliveries.c.id > literal_column("''"))
    yield "delivery.oldest", oldest.order_by(deliveries.c.id).limit(P["limit"]).offset(NOTHING)
    yield "delivery.remove", delete(deliveries).where(in_list(dialect, deliveries.c.id, "ids"))

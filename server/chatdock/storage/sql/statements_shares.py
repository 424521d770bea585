"""The statements of shared conversations."""

from collections.abc import Iterator

from sqlalchemy import Text, and_, bindparam, delete, select

from chatdock.storage.sql.clauses import NOTHING, Named, P, add, reach, telling
from chatdock.storage.sql.schema import shares
from chatdock.storage.sql.texts import Dialect


def share_statements(dialect: Dialect) -> Iterator[Named]:
    """By name."""
    yield "share.add", add(shares)
    of_thread = and_(shares.c.thread_id == P["thread"], reach(shares))
    known = select(shares.c.id, shares.c.created_at, shares.c.digest).where(of_thread)
    yield "share.list", known.order_by(shares.c.created_at, shares.c.id).limit(P["limit"]).offset(NOTHING)
    mine = and_(shares.c.id == bindparam("share", type_=Text()), reach(shares))
    yield "share.remove", telling(dialect, delete(shares).where(mine), shares.c.id)
    found = shares.c.digest == bindparam("digest", type_=Text())
    yield "share.read", select(shares.c.digest, shares.c.data).where(found)
    whose = (shares.c.project, shares.c.user_id, shares.c.workflow_id, shares.c.thread_id)
    yield "share.source", select(shares.c.digest, *whose).where(found)

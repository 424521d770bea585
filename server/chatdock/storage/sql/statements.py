"""Every statement the store runs, by name, written in SQLAlchemy Core and compiled to text in `statements.json`.

SQLAlchemy's own execution costs 500 us a query and its import 0.1 s and 15 MiB: a serving process needs neither, it loads
the text. After a change here run `python -m chatdock.storage.sql.statements`; a test compares the file with its source.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    LargeBinary,
    Text,
    and_,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql_dialect
from sqlalchemy.sql.compiler import SQLCompiler

from chatdock.storage.sql import retention_statements, schema
from chatdock.storage.sql.clauses import NOTHING as _NOTHING
from chatdock.storage.sql.clauses import ONE as _ONE
from chatdock.storage.sql.clauses import QUEUE, Condition, Named
from chatdock.storage.sql.clauses import P as _P
from chatdock.storage.sql.clauses import add as _add
from chatdock.storage.sql.clauses import between as _between
from chatdock.storage.sql.clauses import in_list as _in_list
from chatdock.storage.sql.clauses import insert_into as _insert
from chatdock.storage.sql.clauses import reach as _reach
from chatdock.storage.sql.clauses import telling as _telling
from chatdock.storage.sql.schema import (
    audit,
    feedback,
    files,
    items,
    runs,
    search_texts,
    search_todo,
    secrets,
    server_keys,
    sessions,
    threads,
)
from chatdock.storage.sql.statements_runs import lease_statements, run_statements
from chatdock.storage.sql.statements_shares import share_statements
from chatdock.storage.sql.texts import PATH, CompiledText, Dialect
from chatdock.storage.sql.webhook_statements import webhook_statements


def _threads() -> Iterator[Named]:
    mine = and_(threads.c.id == _P["thread"], _reach(threads))
    yield "thread.add", _add(threads, ("id", "project", "user_id", "workflow_id", "created_at", "data"))
    yield "thread.get", select(threads.c.data).where(mine)
    yield "thread.place", select(threads.c.created_at, threads.c.id).where(mine)
    owner = (threads.c.project, threads.c.user_id, threads.c.workflow_id)
    yield "thread.lock", select(*owner, threads.c.data).where(mine).with_for_update(key_share=True)
    yield "thread.save", update(threads).where(threads.c.id == _P["thread"]).values(data=_P["data"])
    yield "thread.files", select(files.c.data).where(files.c.thread_id == _P["thread"])
    yield "thread.runs", select(runs.c.id).where(runs.c.thread_id == _P["thread"])
    yield "thread.remove", delete(threads).where(threads.c.id == _P["thread"])
    scopes: dict[str, Condition] = {
        "project": threads.c.project == _P["project"],
        "user": and_(threads.c.project == _P["project"], threads.c.user_id == _P["user"]),
        "workflow": and_(threads.c.project == _P["project"], threads.c.workflow_id == _P["workflow"]),
        "user_workflow": and_(
            threads.c.project == _P["project"],
            threads.c.user_id == _P["user"],
            threads.c.workflow_id == _P["workflow"],
        ),
    }
    for scope, condition in scopes.items():
        page = select(threads.c.data).where(condition, _between(threads)).limit(_P["limit"]).offset(_NOTHING)
        yield f"thread.page.{scope}.asc", page.order_by(threads.c.created_at, threads.c.id)
        yield f"thread.page.{scope}.desc", page.order_by(threads.c.created_at.desc(), threads.c.id.desc())
    marked = (threads.c.data, threads.c.pinned_at, threads.c.archived_at, schema.UNREAD)
    yield "thread.marked", select(*marked).where(mine)
    for shelf, on_it in schema.SHELVES.items():
        page = select(*marked).where(scopes["user_workflow"], on_it, _between(threads))
        page = page.limit(_P["limit"]).offset(_NOTHING)
        yield f"thread.page.{shelf}.asc", page.order_by(threads.c.created_at, threads.c.id)
        yield f"thread.page.{shelf}.desc", page.order_by(threads.c.created_at.desc(), threads.c.id.desc())
    one = update(threads).where(threads.c.id == _P["thread"])
    for column in ("pinned_at", "archived_at"):
        yield f"thread.{column}", one.values({column: bindparam("at", type_=BigInteger())})
    newest = select(items.c.position).where(items.c.thread_id == _P["thread"], schema.READ, ~items.c.hidden)
    newest = newest.where(items.c.position < QUEUE).order_by(items.c.position.desc()).limit(_ONE).offset(_NOTHING)
    end = func.coalesce(newest.scalar_subquery(), literal_column("0"))
    yield "thread.answered", one.values(answered=end)
    yield "thread.read", one.where(threads.c.seen < _P["high"]).values(seen=_P["high"])
    read = and_(threads.c.seen >= threads.c.answered, threads.c.answered > _NOTHING)
    yield "thread.unread", one.where(read).values(seen=threads.c.answered - _ONE)
    both = {"seen": threads.c.seen, "answered": threads.c.answered}
    back = {name: case((column > end, end), else_=column) for name, column in both.items()}
    yield "thread.rewind", one.where(or_(*(column > end for column in both.values()))).values(back)


def _items(dialect: Dialect) -> Iterator[Named]:
    in_thread = and_(items.c.thread_id == _P["thread"], _reach(items))
    one = and_(in_thread, items.c.id == _P["item"])
    yield "item.get", select(items.c.data).where(one)
    yield "item.place", select(items.c.position, items.c.id).where(one, ~items.c.hidden)
    window = and_(items.c.position > _P["low"], items.c.position < _P["high"])
    page = select(items.c.id, items.c.data).where(in_thread, schema.READ, ~items.c.hidden, window)
    page = page.limit(_P["limit"]).offset(_NOTHING)
    yield "item.page.asc", page.order_by(items.c.position)
    yield "item.page.desc", page.order_by(items.c.position.desc())
    newest = (
        select(items.c.data).where(in_thread, schema.READ, items.c.position < QUEUE).limit(_P["limit"]).offset(_NOTHING)
    )
    yield "item.latest", newest.order_by(items.c.position.desc())

    own = and_(items.c.thread_id == _P["thread"], items.c.id == _P["item"])
    yield "item.remove", delete(items).where(own)
    own_root = literal_column("'queued:'").concat(_P["item"])
    leaf = func.coalesce(_leaf(items.c.id).scalar_subquery(), literal_column("''"))
    for name, position, parent in (("item.put", _behind_all(), leaf), ("item.queue", _behind_queue(), own_root)):
        put = _insert(dialect, items).values(
            thread_id=_P["thread"],
            id=_P["item"],
            project=_P["project"],
            user_id=_P["user"],
            workflow_id=_P["workflow"],
            position=position,
            kind=bindparam("kind", type_=Text()),
            hidden=bindparam("hidden", type_=Boolean()),
            partial=bindparam("partial", type_=Boolean()),
            created_at=bindparam("created_at", type_=BigInteger()),
            data=_P["data"],
            parent_id=parent,
            chosen=true(),
            active=true(),
        )
        replaced = {column: put.excluded[column] for column in ("kind", "hidden", "partial", "created_at", "data")}
        yield name, put.on_conflict_do_update(index_elements=["thread_id", "id"], set_=replaced)
    yield "item.take_up", update(items).where(own).values(position=_behind_all(), parent_id=leaf)
    unfinished = and_(items.c.thread_id == _P["thread"], items.c.partial)
    yield "item.finish", update(items).where(unfinished).values(partial=false())

    thumb = (
        _P["thread"],
        _P["item"],
        _P["project"],
        _P["user"],
        _P["workflow"],
        bindparam("kind", type_=Text()),
        bindparam("created_at", type_=BigInteger()),
    )
    names = ("thread_id", "item_id", "project", "user_id", "workflow_id", "kind", "created_at")
    rate = _insert(dialect, feedback).from_select(names, select(*thumb).select_from(items).where(own))
    rate = rate.on_conflict_do_update(
        index_elements=["thread_id", "item_id", "user_id"],
        set_={"kind": rate.excluded.kind, "created_at": rate.excluded.created_at},
    )
    yield "feedback.put", _telling(dialect, rate, feedback.c.item_id)


def _behind_all() -> Any:
    last = func.coalesce(func.max(items.c.position), literal_column("0"))
    before = and_(items.c.thread_id == _P["thread"], items.c.position < QUEUE)
    return select(last + _ONE).where(before).scalar_subquery()


def _behind_queue() -> Any:
    last = func.coalesce(func.max(items.c.position), QUEUE)
    queue = and_(items.c.thread_id == _P["thread"], items.c.position >= QUEUE)
    return select(last + _ONE).where(queue).scalar_subquery()


def _leaf(column: Any) -> Any:
    """The end of the active branch."""
    active = select(column).where(items.c.thread_id == _P["thread"], schema.READ, items.c.position < QUEUE)
    return active.order_by(items.c.position.desc()).limit(_ONE).offset(_NOTHING)


def _branches() -> Iterator[Named]:
    """The tree: who is whose child, which child is chosen, and what is thereby read."""
    in_thread = items.c.thread_id == _P["thread"]
    own = and_(in_thread, items.c.id == _P["item"])
    children = and_(in_thread, items.c.parent_id == _P["parent"])
    yield "branch.leaf", _leaf(items.c.id)
    yield (
        "branch.newest",
        select(items.c.id).where(children).order_by(items.c.position.desc()).limit(_ONE).offset(_NOTHING),
    )
    yield (
        "branch.retire",
        update(items).where(in_thread, schema.READ, items.c.position > _P["low"]).values(active=false()),
    )
    yield "branch.unchoose", update(items).where(children, items.c.chosen).values(chosen=false())
    yield "branch.choose", update(items).where(own).values(chosen=true())
    adopted = and_(in_thread, items.c.parent_id == _P["item"])
    yield "branch.adopt", update(items).where(adopted).values(parent_id=_P["parent"])
    yield "branch.set_aside", update(items).where(adopted).values(parent_id=_P["parent"], chosen=false())

    node = (items.c.id, items.c.parent_id, items.c.position, items.c.chosen, items.c.active)
    up = select(*node).where(own).cte("up", recursive=True)
    above = select(*node).join_from(up, items, and_(in_thread, items.c.id == up.c.parent_id)).where(~up.c.active)
    yield "branch.path", select(up.union_all(above))

    down = select(items.c.id).where(children, items.c.chosen).cte("down", recursive=True)
    below = select(items.c.id).join_from(down, items, and_(in_thread, items.c.parent_id == down.c.id))
    chosen = down.union_all(below.where(items.c.chosen))
    yield "branch.wake", update(items).where(in_thread, items.c.id.in_(select(chosen.c.id))).values(active=true())

    tail = select(items.c.id).where(children, schema.READ).cte("tail", recursive=True)
    hanging = select(items.c.id).join_from(tail, items, and_(in_thread, items.c.parent_id == tail.c.id))
    gone = tail.union_all(hanging)
    yield "branch.cut", delete(items).where(in_thread, items.c.id.in_(select(gone.c.id)))

    aside, taken, shown = items.alias("aside"), items.alias("taken"), items.alias("shown")
    first = select(shown.c.id).where(shown.c.thread_id == _P["thread"], shown.c.active, ~shown.c.hidden)
    first = first.where(shown.c.position >= taken.c.position).order_by(shown.c.position).limit(_ONE).offset(_NOTHING)
    same_fork = and_(taken.c.thread_id == _P["thread"], taken.c.parent_id == aside.c.parent_id, taken.c.active)
    forks = select(aside.c.id, aside.c.position, taken.c.id, taken.c.position, first.scalar_subquery())
    forks = forks.join_from(aside, taken, same_fork)
    forks = forks.where(aside.c.thread_id == _P["thread"], _reach(aside), ~aside.c.chosen)
    yield "branch.forks", forks.limit(_P["limit"]).offset(_NOTHING)


def _search(dialect: Dialect) -> Iterator[Named]:
    texts, todo = search_texts, search_todo
    put = _insert(dialect, texts).values(
        thread_id=_P["thread"],
        item_id=_P["item"],
        project=_P["project"],
        user_id=_P["user"],
        workflow_id=_P["workflow"],
        words=bindparam("words", type_=Text()),
    )
    again = put.on_conflict_do_update(index_elements=["thread_id", "item_id"], set_={"words": put.excluded.words})
    yield "search.put", again
    title = and_(texts.c.thread_id == _P["thread"], texts.c.item_id.is_(None))
    yield "search.untitle", delete(texts).where(title)

    found = [texts.c.id, texts.c.item_id, threads.c.data, items.c.data]
    answers = select(*found).join_from(texts, threads, threads.c.id == texts.c.thread_id)
    own_item = and_(items.c.thread_id == texts.c.thread_id, items.c.id == texts.c.item_id)
    answers = answers.outerjoin(items, own_item).where(_reach(texts))
    if dialect == "postgresql":
        hits = func.search_found(bindparam("question", type_=Text()), _P["high"], _P["limit"]).table_valued(
            "id", name="hits"
        )
        yield "search.found", answers.where(texts.c.id.in_(select(hits.c.id)))
    else:
        term = func.json_each(bindparam("terms", type_=Text())).table_valued("value")
        space: Any = literal_column("' '")
        place = func.instr(space.concat(texts.c.words), space.concat(term.c.value))
        answers = answers.where(
            texts.c.user_id == _P["user"],  # beside what reaches: so that the planner walks the owner's rows
            texts.c.workflow_id == _P["workflow"],
            texts.c.id < _P["high"],
            or_(texts.c.item_id.is_(None), items.c.active),
            ~exists(select(literal_column("1")).select_from(term).where(place == literal_column("0"))),
        )
        yield "search.found", answers.order_by(texts.c.id.desc()).limit(_P["limit"]).offset(_NOTHING)

    yield "search.todo", select(todo.c.thread_id).limit(_P["limit"]).offset(_NOTHING)
    there = select(threads.c.id).where(threads.c.id == _P["thread"])
    note = _insert(dialect, todo).from_select(["thread_id"], there)
    yield "search.note", note.on_conflict_do_nothing()
    yield "search.done", delete(todo).where(todo.c.thread_id == _P["thread"])
    owner = (threads.c.project, threads.c.user_id, threads.c.workflow_id)
    yield "search.thread", select(*owner, threads.c.data).where(threads.c.id == _P["thread"]).with_for_update()
    said = or_(*(items.c.kind == literal_column(f"'{kind}'") for kind in ("user_message", "assistant_message")))
    messages = select(items.c.position, items.c.id, items.c.data).where(items.c.thread_id == _P["thread"], said)
    messages = messages.where(~items.c.partial, items.c.position > _P["low"]).order_by(items.c.position)
    yield "search.messages", messages.limit(_P["limit"]).offset(_NOTHING)


def _files() -> Iterator[Named]:
    mine = and_(files.c.id == _P["file"], _reach(files))
    yield "file.add", _add(files)
    yield "file.get", select(files.c.thread_id, files.c.data).where(mine)
    yield "file.lock", select(files.c.thread_id, files.c.data).where(mine).with_for_update()
    yield "file.save", update(files).where(files.c.id == _P["file"]).values(data=_P["data"])
    yield "file.attach", update(files).where(files.c.id == _P["file"]).values(thread_id=_P["thread"])
    yield "file.remove", delete(files).where(files.c.id == _P["file"])
    loose = select(func.count()).select_from(files).where(files.c.session_id == _P["session"], schema.LOOSE)
    yield "file.loose", loose.where(_reach(files))
    old = select(files.c.project, files.c.user_id, files.c.workflow_id, files.c.data)
    old = old.where(schema.LOOSE, files.c.created_at < _P["before"])
    yield "file.stale", old.order_by(files.c.created_at, files.c.id).limit(_P["limit"]).offset(_NOTHING)


def _others(dialect: Dialect) -> Iterator[Named]:
    yield "ping", select(literal_column("1"))
    yield "session.add", _add(sessions)
    record = (sessions.c.status, sessions.c.data)
    yield "session.get", select(*record).where(sessions.c.id == _P["session"])
    not_cancelled = sessions.c.status != literal_column("'cancelled'")
    cancel = update(sessions).where(sessions.c.id == _P["session"], sessions.c.project == _P["project"], not_cancelled)
    yield "session.cancel", cancel.values(status=literal_column("'cancelled'")).returning(*record)
    alive = select(sessions.c.id).where(_in_list(dialect, sessions.c.id, "sessions"), not_cancelled)
    yield "session.alive", alive

    yield "key.add", _add(server_keys)
    yield "key.get", select(server_keys).where(server_keys.c.id == _P["key"])
    yield "key.list", select(server_keys).order_by(server_keys.c.created_at, server_keys.c.id)
    moments = {name: bindparam(name, type_=BigInteger()) for name in ("expires_at", "revoked_at")}
    save = update(server_keys).where(server_keys.c.id == _P["key"]).values(moments)
    yield "key.save", _telling(dialect, save, server_keys.c.id)
    unknown_use = or_(server_keys.c.last_used_at.is_(None), server_keys.c.last_used_at < _P["before"])
    used = update(server_keys).where(server_keys.c.id == _P["key"], unknown_use)
    yield "key.use", used.values(last_used_at=bindparam("last_used_at", type_=BigInteger()))

    yield "audit.add", _add(audit)
    some = and_(
        or_(_P["project"].is_(None), audit.c.project == _P["project"]),
        or_(_P["name"].is_(None), audit.c.subject == _P["name"]),
    )
    newest = select(audit).where(some, audit.c.id < _P["high_id"]).limit(_P["limit"]).offset(_NOTHING)
    yield "audit.latest", newest.order_by(audit.c.id.desc())
    mintings = select(
        sessions.c.id, sessions.c.project, sessions.c.created_at, sessions.c.minted_by, sessions.c.minted_in
    )
    some = and_(
        sessions.c.minted_by.is_not(None),
        or_(_P["project"].is_(None), sessions.c.project == _P["project"]),
        or_(_P["name"].is_(None), sessions.c.id == _P["name"]),
    )
    newest = mintings.where(some, sessions.c.id < _P["high_id"]).limit(_P["limit"]).offset(_NOTHING)
    yield "minting.latest", newest.order_by(sessions.c.id.desc())

    keep = _insert(dialect, secrets).values(name=_P["name"], value=bindparam("value", type_=LargeBinary()))
    yield "secret.keep", keep.on_conflict_do_nothing()
    yield "secret.get", select(secrets.c.value).where(secrets.c.name == _P["name"])


def compile_texts() -> dict[Dialect, dict[str, CompiledText]]:
    """Every statement in every dialect."""
    return {"sqlite": _compile("sqlite"), "postgresql": _compile("postgresql")}


def _compile(dialect: Dialect) -> dict[str, CompiledText]:
    dialects: dict[Dialect, Any] = {"sqlite": sqlite.dialect, "postgresql": postgresql_dialect}
    engine_dialect = dialects[dialect]()
    named = [
        *_threads(),
        *_items(dialect),
        *_branches(),
        *_search(dialect),
        *run_statements(dialect),
        *lease_statements(dialect),
        *_files(),
        *_others(dialect),
        *share_statements(dialect),
        *webhook_statements(dialect),
        *retention_statements.retention(dialect),
        *retention_statements.records(dialect),
    ]
    texts = {}
    for name, statement in named:
        compiled = statement.compile(dialect=engine_dialect, compile_kwargs={"render_postcompile": True})
        assert isinstance(compiled, SQLCompiler)
        texts[name] = _text(compiled)
    return texts


def _text(compiled: SQLCompiler) -> CompiledText:
    keys = tuple(str(key) for key in compiled.positiontup or ())
    unbound = [key for key in keys if not compiled.binds[key].required]
    assert not unbound, f"write these as literal_column: {unbound} in {compiled}"
    return CompiledText(
        sql=" ".join(str(compiled).split()),
        keys=keys,
        lists=tuple(key for key in ("sessions", "statuses", "ids", "runs", "terms") if key in keys),
        counts=bool(compiled.execution_options.get("counts")),
    )


def render() -> bytes:
    """The content of `statements.json`."""
    return msgspec.json.format(msgspec.json.encode(compile_texts()), indent=1) + b"\n"


if __name__ == "__main__":
    PATH.write_bytes(render())

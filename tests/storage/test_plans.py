"""The planners answer every page from an index, in its order: the size of a table does not change the cost of a page."""

import json
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from chatdock.storage.sql import create_store
from chatdock.storage.sql.road import FOREVER, NEVER
from chatdock.storage.sql.road_postgres import SERVER_SETTINGS
from chatdock.storage.sql.texts import CompiledText, load_texts

SQLITE = load_texts()["sqlite"]
POSTGRES = load_texts()["postgresql"]
PAGES = sorted(name for name in SQLITE if re.search(r"\.page\.|^item\.latest$|^file\.stale$", name))
# A table of keys that people make: reading all of it is the point; and one that is read from its beginning.
BY_HAND = {"key.list", "webhook.list", "search.todo"}


def test_there_are_pages_to_look_at() -> None:
    assert len(PAGES) == 26


@pytest.mark.parametrize("name", [name for name in SQLITE if name not in BY_HAND])
async def test_sqlite_walks_an_index_without_a_scan_or_a_sort(name: str, tmp_path: Path) -> None:
    await create_store(f"sqlite:///{tmp_path}/chatdock.db").migrate()
    with closing(sqlite3.connect(tmp_path / "chatdock.db")) as connection:
        statement = SQLITE[name]
        steps = connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", [None] * len(statement.keys)).fetchall()
    told = [step[3] for step in steps]
    covered_scans = ("SCAN anon_1 VIRTUAL TABLE", "SCAN runs USING INDEX runs_active", "SCAN CONSTANT ROW")
    covered_scans += ("SCAN runs USING INDEX runs_one_running", "SCAN queued USING INDEX runs_active")
    covered_scans += (
        "SCAN up",
        "SCAN down",
        "SCAN tail",
    )  # what a recursion has found so far
    assert not [step for step in told if step.startswith("SCAN") and not step.startswith(covered_scans)], told
    assert not [step for step in told if "TEMP B-TREE" in step], told
    if name in PAGES:
        assert any("USING INDEX" in step or "USING COVERING INDEX" in step for step in told), told


FILL = """
INSERT INTO threads SELECT 'cthr_'||n, 'p', 'u'||(n % 50), 'wf_'||(n % 2), n, '{}' FROM generate_series(1, 5000) n;
INSERT INTO items SELECT 'cthr_'||(CASE WHEN n <= 2000 THEN 1 ELSE 1 + n % 5000 END), 'cti_'||n, 'p',
    'u'||((CASE WHEN n <= 2000 THEN 1 ELSE 1 + n % 5000 END) % 50), 'wf_'||((CASE WHEN n <= 2000 THEN 1 ELSE 1 + n % 5000 END) % 2),
    n, 'assistant_message', n % 10 = 0, false, n, '{"text":"'||repeat('x', 200)||'"}' FROM generate_series(1, 100000) n;
INSERT INTO items SELECT 'cthr_1', 'cti_a'||n, 'p', 'u1', 'wf_1', 200000 + n, 'assistant_message', false, false, n, '{}',
    CASE WHEN n % 5000 = 1 THEN 'cti_1000' ELSE 'cti_a'||(n - 1) END, n % 5000 <> 1, false FROM generate_series(1, 50000) n;
INSERT INTO runs SELECT 'run_'||n, 'p', 'u'||((1 + n % 4000) % 50), 'wf_'||((1 + n % 4000) % 2), 'cthr_'||(1 + n % 4000), '1', null,
    CASE WHEN n > 19000 THEN 'requires_action' ELSE 'completed' END, n, n, null, null, 1, '{}', null, null, 'm'||n, null, null
    FROM generate_series(1, 20000) n;
INSERT INTO runs SELECT 'run_x'||n, 'p', 'u1', 'wf_1', 'cthr_1', '1', null, 'completed', n, n, null, null, 1, '{}', null, null, null, null
    FROM generate_series(1, 3000) n;
INSERT INTO files SELECT 'catt_'||n, 'p', 'u1', 'wf_1', 'cksess_'||(n % 100), CASE WHEN n % 10 = 0 THEN NULL ELSE 'cthr_1' END, n, '{}'
    FROM generate_series(1, 20000) n;
INSERT INTO search_texts (thread_id, item_id, project, user_id, workflow_id, words)
    SELECT thread_id, id, project, user_id, workflow_id, 'o'||user_id||'everywhere o'||user_id||'w'||(position % 5000) FROM items
    WHERE position <= 100000;
ANALYZE;
"""
VALUES: dict[str, Any] = {
    "project": "p",
    "user": "u1",
    "workflow": "wf_1",
    "thread": "cthr_1",
    "statuses": ["completed"],
    "low": NEVER,
    "low_id": "",
    "high": FOREVER,
    "high_id": "",
    "limit": 21,
    "before": FOREVER,
    "question": "'ou1w40':* & 'ou1everywhere':*",
}
MOST_BLOCKS = 120  # 21 rows, each at worst on a page of its own, and the way down the index; the tables have thousands


@pytest.fixture
async def filled(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    await create_store(postgres_url).migrate()
    connection = await asyncpg.connect(postgres_url, server_settings=SERVER_SETTINGS)
    await connection.execute(FILL)
    yield connection
    await connection.close()


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


async def explain(connection: asyncpg.Connection, statement: CompiledText) -> dict[str, Any]:
    values = [VALUES[key] for key in statement.keys]
    told = await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.sql}", *values)
    plan: dict[str, Any] = json.loads(told)[0]["Plan"]
    return plan


async def test_postgresql_walks_an_index_for_every_page_whichever_way_it_plans(filled: asyncpg.Connection) -> None:
    for mode in ("force_generic_plan", "force_custom_plan"):
        await filled.execute(f"SET plan_cache_mode = {mode}")
        for name in PAGES:
            plan = await explain(filled, POSTGRES[name])
            kinds = [node["Node Type"] for node in nodes(plan)]
            why = f"{name} with {mode}: {kinds}"
            assert "Seq Scan" not in kinds, why
            assert not any("Sort" in kind for kind in kinds), why
            assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < MOST_BLOCKS, why


async def test_postgresql_looks_for_a_users_words_in_the_index_of_words(filled: asyncpg.Connection) -> None:
    found = await filled.fetch(POSTGRES["search.found"].sql, *(VALUES[key] for key in POSTGRES["search.found"].keys))
    assert 0 < len(found) <= VALUES["limit"]
    plan = await explain(filled, POSTGRES["search.found"])
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 10 * MOST_BLOCKS, "not the whole of a large table"
    assert not [node for node in nodes(plan) if node["Node Type"] == "Seq Scan"]

"""Every store keeps owners apart: projects, users and workflows, compared as exact bytes."""

import asyncio
import random
from contextlib import suppress

import pytest

from chatdock.errors import BadRequest, NotFound
from chatdock.ids import new_id
from chatdock.storage.base import AlreadyStarted, Changes, Feedback, Store
from chatdock.types.page import PageQuery
from chatdock.types.wire import encode
from storage.world import World, ids_of, message

LOOKALIKES = [
    "a",
    "A",
    "a ",
    " a",
    "á",  # composed
    "a\u0301",  # decomposed
    "а",  # Cyrillic
    "a\u200b",
    "%",
    "_",
    "*",
    "a%",
    "ａ",
    "ß",
    "ss",
    "İ",
    "i\u0307",
    "\U0001f600",
    "",
]


@pytest.mark.parametrize("kind", ["user", "workflow", "project"])
async def test_names_that_look_alike_never_share_data(world: World, kind: str) -> None:
    owners = [world.beside(**{kind: name if kind != "project" else world.project + name}) for name in LOOKALIKES]
    threads = []
    for owner in owners:
        thread = await owner.new_thread(f"of {getattr(owner, kind)!r}")
        await owner.scoped.commit(
            Changes(thread_id=thread.id, start_run=owner.run(thread, client_message_id=new_id("m")))
        )
        threads.append(thread)
    for owner, own in zip(owners, threads, strict=True):
        assert ids_of(await owner.scoped.threads.page(PageQuery(limit=100))) == [own.id]
        assert await owner.texts(own) == [f"of {getattr(owner, kind)!r}"]
        for thread in threads:
            if thread.id != own.id:
                with pytest.raises(NotFound):
                    await owner.scoped.threads.get(thread.id)


async def test_random_pairs_of_names_never_share_a_client_message_id(world: World) -> None:
    chance = random.Random(7)
    names = {
        "".join(chr(chance.choice((0x20, 0x41, 0x61, 0x301, 0xE1, 0x1F600)) + chance.randrange(3)) for _ in range(4))
        for _ in range(60)
    }
    started = {}
    for name in names:
        owner = world.beside(user=name)
        thread = await owner.new_thread()
        run = owner.run(thread, client_message_id="m")
        await owner.scoped.commit(Changes(thread_id=thread.id, start_run=run))
        started[name] = run.id
    for name, run_id in started.items():
        found = await world.beside(user=name).scoped.runs.by_client_message("m")
        assert found is not None
        assert found.id == run_id


@pytest.mark.parametrize("name", ["nul\0", "\0", "a\0b"])
async def test_a_name_with_nul_is_exact_or_refused_but_never_a_fault(world: World, name: str) -> None:
    await world.new_thread()
    for owner in (world.beside(user=name), world.beside(workflow=name)):
        try:
            thread = await owner.new_thread()
        except BadRequest:
            with pytest.raises(BadRequest):
                await owner.scoped.threads.page(PageQuery())
        else:
            assert ids_of(await owner.scoped.threads.page(PageQuery())) == [thread.id]
    for read in (world.scoped.threads.get(name), world.scoped.threads.page(PageQuery(after=name))):
        with pytest.raises((NotFound, BadRequest)):
            await read


@pytest.mark.parametrize("name", ["\ud800", "a\udfff"])
async def test_a_name_that_is_no_unicode_is_refused(world: World, name: str) -> None:
    with pytest.raises(BadRequest):
        await world.beside(user=name).scoped.threads.page(PageQuery())
    with pytest.raises(BadRequest):
        await world.scoped.threads.get(name)
    with pytest.raises(BadRequest):
        await world.scoped.threads.delete(name)
    await world.store.ping()


async def test_names_of_512_characters_of_four_bytes_are_as_good_as_any(world: World) -> None:
    chance = random.Random(3)
    owner = world.beside(user="".join(chr(chance.randrange(0x10000, 0x10FFFF)) for _ in range(512)))
    thread = await owner.new_thread("hi")
    run = owner.run(thread, client_message_id="m" * 128)
    await owner.scoped.commit(Changes(thread_id=thread.id, start_run=run))
    assert ids_of(await owner.scoped.threads.page(PageQuery())) == [thread.id]


async def test_two_projects_with_the_same_user_and_workflow_never_see_each_other(store: Store) -> None:
    """Two thousand random operations, each with ids of either project, checked against a model of who owns what."""
    chance = random.Random(11)
    worlds = [World(store), World(store)]
    owned: list[dict[str, list[str]]] = [{"thread": [], "item": [], "run": [], "file": []} for _ in worlds]
    owner_of: dict[str, int] = {}
    thread_of: dict[str, str] = {}

    def remember(who: int, noun: str, row_id: str, thread_id: str = "") -> None:
        owned[who][noun].append(row_id)
        owner_of[row_id] = who
        thread_of[row_id] = thread_id

    def pick(noun: str) -> str:
        return chance.choice(owned[chance.randrange(2)][noun] or [f"{noun}_unknown"])

    async def write(who: int) -> None:
        world = worlds[who]
        thread = await world.new_thread()
        item, run, file = message(thread, f"of {who}"), world.run(thread, status="completed"), await world.new_file()
        await world.scoped.commit(Changes(thread_id=thread.id, put_items=[item], start_run=run, attach_files=[file.id]))
        remember(who, "thread", thread.id)
        remember(who, "item", item.id, thread.id)
        remember(who, "run", run.id, thread.id)
        remember(who, "file", file.id)

    async def attempt(who: int) -> None:
        world = worlds[who]
        scoped = chance.choice([world.scoped, world.whole_project])
        thread_id, item_id, run_id, file_id = pick("thread"), pick("item"), pick("run"), pick("file")
        thread = world.thread(id=thread_id)
        reads_thread = owner_of.get(thread_id) == who
        reads_item = owner_of.get(item_id) == who
        reads_run = owner_of.get(run_id) == who
        attempts = [
            (scoped.threads.get(thread_id), reads_thread),
            (scoped.threads.page(PageQuery(after=thread_id)), reads_thread),
            (scoped.items.page(thread_id, PageQuery()), reads_thread),
            (scoped.items.latest(thread_id, 5), reads_thread),
            (scoped.items.get(thread_of.get(item_id, ""), item_id), reads_item),
            (scoped.runs.get(run_id), reads_run),
            (scoped.runs.page(thread_id, None, PageQuery()), reads_thread),
            (scoped.files.get(file_id), owner_of.get(file_id) == who),
            (scoped.commit(Changes(thread_id=thread_id, save_thread=thread)), reads_thread),
            (
                scoped.commit(Changes(thread_id=thread_id, remove_after=item_id)),
                reads_thread and thread_of.get(item_id) == thread_id,
            ),
            (
                scoped.commit(Changes(thread_id=thread_id, save_run=world.run(thread, id=run_id))),
                reads_thread and thread_of.get(run_id) == thread_id,
            ),
            (
                scoped.commit(Changes(thread_id=thread_id, put_feedback=[Feedback(item_id=item_id, kind="positive")])),
                reads_thread and thread_of.get(item_id) == thread_id,
            ),
        ]
        chosen = chance.randrange(len(attempts))
        for number, (operation, is_allowed) in enumerate(attempts):
            if number != chosen:
                operation.close()
                continue
            if is_allowed:
                seen = encode(await operation).decode()
                assert f"of {1 - who}" not in seen
                assert not any(foreign in seen for foreign in owned[1 - who]["thread"])
            else:
                with pytest.raises(NotFound):
                    await operation

    for _ in range(2_000):
        who = chance.randrange(2)
        await (write(who) if chance.random() < 0.02 else attempt(who))
    for who, world in enumerate(worlds):
        listed = ids_of(await world.whole_project.threads.page(PageQuery(limit=10_000)))
        assert set(listed) == set(owned[who]["thread"])
        assert len(listed) > 5


async def test_two_users_posting_the_same_client_message_ids_at_once_stay_apart(world: World) -> None:
    async def post(owner: World, message_id: str) -> None:
        thread = owner.thread()
        run = owner.run(thread, client_message_id=message_id)
        with suppress(AlreadyStarted):
            await owner.scoped.commit(Changes(thread_id=thread.id, create_thread=thread, start_run=run))

    owners = [world.beside(user=f"user-{n}") for n in range(4)]
    await asyncio.gather(*(post(owner, f"m-{n % 10}") for owner in owners for n in range(40)))
    for owner in owners:
        assert len((await owner.scoped.threads.page(PageQuery(limit=100))).data) == 10

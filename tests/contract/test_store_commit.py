"""Every store keeps these promises about one commit: `storage.base.Changes` and `Scoped.commit`."""

import asyncio
from typing import Any

import pytest

from chatdock.errors import NotFound, ThreadBusy
from chatdock.storage.base import AlreadyStarted, Changes, Feedback
from chatdock.types.page import PageQuery
from storage.world import World, hidden, message, text_of


async def test_a_first_turn_is_one_commit_thread_run_message_and_file_together(world: World) -> None:
    thread = world.thread(title="Hello")
    run = world.run(thread)
    file = await world.new_file()
    await world.scoped.commit(
        Changes(
            thread_id=thread.id,
            create_thread=thread,
            start_run=run,
            put_items=[message(thread, "hi")],
            attach_files=[file.id],
        )
    )
    assert await world.scoped.threads.get(thread.id) == thread
    assert await world.scoped.runs.get(run.id) == run
    assert await world.texts(thread) == ["hi"]
    assert (await world.scoped.files.get(file.id)).thread_id == thread.id


async def test_new_items_go_to_the_end_and_known_ones_stay_where_they_are(world: World) -> None:
    thread = world.thread()
    items = [message(thread, text) for text in "abc"]
    await world.scoped.commit(Changes(thread_id=thread.id, create_thread=thread, put_items=items))
    changed = message(thread, "B", id=items[1].id)
    await world.put(thread, message(thread, "d"), changed, message(thread, "e"))
    assert await world.texts(thread) == ["a", "B", "c", "d", "e"]


async def test_an_item_that_is_replaced_by_a_hidden_one_leaves_the_page(world: World) -> None:
    thread = await world.new_thread()
    item = message(thread, "shown")
    await world.put(thread, item)
    secret = hidden(thread)
    secret.id = item.id
    await world.put(thread, secret)
    assert await world.texts(thread) == []
    assert await world.scoped.items.get(thread.id, item.id) == secret


async def test_a_partial_item_is_shown_and_its_final_state_takes_its_place(world: World) -> None:
    thread = await world.new_thread("question")
    item = message(thread, "half")
    await world.scoped.commit(Changes(thread_id=thread.id, partial_items=[item]))
    await world.put(thread, message(thread, "behind"))
    assert await world.texts(thread) == ["question", "half", "behind"]
    await world.scoped.commit(Changes(thread_id=thread.id, partial_items=[message(thread, "more", id=item.id)]))
    await world.put(thread, message(thread, "whole", id=item.id))
    assert await world.texts(thread) == ["question", "whole", "behind"]


async def test_removing_by_id_takes_those_items_and_unknown_ids_do_no_harm(world: World) -> None:
    thread = world.thread()
    items = [message(thread, text) for text in "abcd"]
    await world.scoped.commit(Changes(thread_id=thread.id, create_thread=thread, put_items=items))
    await world.scoped.commit(Changes(thread_id=thread.id, remove_items=[items[1].id, "cti_unknown", items[3].id]))
    assert await world.texts(thread) == ["a", "c"]
    await world.put(thread, message(thread, "e"))
    assert await world.texts(thread) == ["a", "c", "e"]


async def test_removing_after_an_item_takes_everything_behind_it_hidden_ones_included(world: World) -> None:
    thread = world.thread()
    items = [message(thread, "a"), hidden(thread), message(thread, "b"), hidden(thread), message(thread, "c")]
    await world.scoped.commit(Changes(thread_id=thread.id, create_thread=thread, put_items=items))
    answer = message(thread, "again")
    await world.scoped.commit(Changes(thread_id=thread.id, remove_after=items[2].id, put_items=[answer]))
    latest = await world.scoped.items.latest(thread.id, 10)
    assert [item.id for item in latest] == [items[0].id, items[1].id, items[2].id, answer.id]


async def test_removing_after_an_item_that_is_not_in_the_thread_is_not_found(world: World) -> None:
    thread, other = await world.new_thread("a"), await world.new_thread()
    elsewhere = message(other, "b")
    await world.put(other, elsewhere)
    for item_id in ("cti_unknown", elsewhere.id):
        with pytest.raises(NotFound):
            await world.scoped.commit(Changes(thread_id=thread.id, remove_after=item_id))
    assert await world.texts(thread) == ["a"]


async def test_a_commit_to_an_unknown_or_foreign_thread_is_not_found_and_writes_nothing(world: World) -> None:
    thread = await world.new_thread("a")
    for stranger in (
        world.beside(user="user-2"),
        world.beside(workflow="wf_b"),
        world.beside(project=world.project + "x"),
    ):
        for changes in (
            Changes(thread_id=thread.id, put_items=[message(thread, "b")]),
            Changes(thread_id=thread.id, save_thread=stranger.thread(id=thread.id, title="taken")),
            Changes(thread_id=thread.id, start_run=stranger.run(thread)),
            Changes(thread_id=thread.id, settle_waiting="cancelled"),
        ):
            with pytest.raises(NotFound):
                await stranger.scoped.commit(changes)
    with pytest.raises(NotFound):
        await world.scoped.commit(Changes(thread_id="cthr_unknown"))
    assert await world.texts(thread) == ["a"]
    assert (await world.scoped.threads.get(thread.id)).title is None


async def test_unknown_and_foreign_read_the_same_but_for_the_id(world: World) -> None:
    mine, theirs = await world.new_thread(), await world.beside(user="user-2").new_thread()
    await world.scoped.threads.delete(mine.id)
    told = []
    for thread_id in (mine.id, theirs.id):
        with pytest.raises(NotFound) as caught:
            await world.scoped.threads.get(thread_id)
        told.append(caught.value.message.replace(thread_id, "ID"))
    assert told[0] == told[1]


async def test_everything_before_a_refusal_is_undone(world: World) -> None:
    thread = await world.new_thread("a")
    run = world.run(thread)
    everything: dict[str, Any] = {
        "save_thread": world.thread(id=thread.id, title="changed"),
        "start_run": run,
        "put_items": [message(thread, "b")],
        "partial_items": [message(thread, "c")],
    }
    for refused in (
        {"attach_files": ["catt_unknown"]},
        {"save_run": world.run(thread)},
        {"put_feedback": [Feedback(item_id="cti_unknown", kind="positive")]},
    ):
        with pytest.raises(NotFound):
            await world.scoped.commit(Changes(thread_id=thread.id, **everything, **refused))  # type: ignore[arg-type]
    assert await world.texts(thread) == ["a"]
    assert (await world.scoped.threads.get(thread.id)).title is None
    with pytest.raises(NotFound):
        await world.scoped.runs.get(run.id)


async def test_feedback_is_kept_once_a_user_and_item_the_latest_wins_and_unknown_items_are_not_found(
    world: World,
) -> None:
    thread = world.thread()
    items = [message(thread, text) for text in "ab"]
    await world.scoped.commit(Changes(thread_id=thread.id, create_thread=thread, put_items=items))
    for kind in ("positive", "negative", "negative"):
        thumbs = [Feedback(item_id=item.id, kind=kind) for item in items]  # type: ignore[arg-type]
        await world.scoped.commit(Changes(thread_id=thread.id, put_feedback=thumbs))
    other = await world.new_thread()
    with pytest.raises(NotFound):
        await world.scoped.commit(
            Changes(thread_id=other.id, put_feedback=[Feedback(item_id=items[0].id, kind="positive")])
        )


async def test_an_item_with_feedback_can_be_replaced_and_removed(world: World) -> None:
    thread = await world.new_thread()
    item = message(thread, "a")
    await world.put(thread, item)
    await world.scoped.commit(Changes(thread_id=thread.id, put_feedback=[Feedback(item_id=item.id, kind="positive")]))
    await world.put(thread, message(thread, "A", id=item.id))
    assert await world.texts(thread) == ["A"]
    await world.scoped.commit(Changes(thread_id=thread.id, remove_items=[item.id]))
    assert await world.texts(thread) == []


async def test_commits_at_once_on_one_thread_all_land_in_some_order(world: World) -> None:
    thread = await world.new_thread()
    wanted = {f"{n}-{part}" for n in range(60) for part in "ab"}
    await asyncio.gather(*(world.put(thread, message(thread, f"{n}-a"), message(thread, f"{n}-b")) for n in range(60)))
    stored = await world.texts(thread)
    assert len(stored) == 120
    assert set(stored) == wanted
    for n in range(60):
        assert stored.index(f"{n}-b") == stored.index(f"{n}-a") + 1, "one commit's items stay together"


async def test_refused_commits_among_others_undo_only_themselves(world: World) -> None:
    busy = await world.new_thread()
    await world.scoped.commit(Changes(thread_id=busy.id, start_run=world.run(busy, client_message_id="m-1")))
    thread = await world.new_thread()

    def one(n: int) -> Changes:
        if n % 4 == 0:
            return Changes(thread_id=busy.id, put_items=[message(busy, str(n))], start_run=world.run(busy))
        if n % 4 == 1:
            again = world.run(thread, client_message_id="m-1")
            return Changes(thread_id=thread.id, put_items=[message(thread, str(n))], start_run=again)
        if n % 4 == 2:
            return Changes(thread_id=thread.id, put_items=[message(thread, str(n))], attach_files=["catt_unknown"])
        return Changes(thread_id=thread.id, put_items=[message(thread, str(n))])

    outcomes = await asyncio.gather(*(world.scoped.commit(one(n)) for n in range(100)), return_exceptions=True)
    expected = [ThreadBusy, AlreadyStarted, NotFound, type(None)]
    assert [type(outcome) for outcome in outcomes] == [expected[n % 4] for n in range(100)]
    assert sorted(await world.texts(thread)) == sorted(str(n) for n in range(100) if n % 4 == 3)
    assert await world.texts(busy) == []


async def test_two_hundred_starts_with_one_client_message_id_make_exactly_one_run(world: World) -> None:
    threads = [world.thread() for _ in range(200)]
    outcomes = await asyncio.gather(
        *(
            world.scoped.commit(
                Changes(
                    thread_id=thread.id,
                    create_thread=thread,
                    start_run=world.run(thread, client_message_id="m-1"),
                    put_items=[message(thread, "once")],
                )
            )
            for thread in threads
        ),
        return_exceptions=True,
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, AlreadyStarted)]
    assert outcomes.count(None) == 1
    assert len(refused) == 199
    run = await world.scoped.runs.by_client_message("m-1")
    assert run is not None
    assert {outcome.run.id for outcome in refused} == {run.id}
    page = await world.scoped.threads.page(PageQuery(limit=1000))
    assert [thread.id for thread in page.data] == [run.thread_id]


async def test_of_many_runs_started_at_once_on_one_thread_exactly_one_wins(world: World) -> None:
    thread = await world.new_thread()
    runs = [world.run(thread) for _ in range(60)]
    outcomes = await asyncio.gather(
        *(
            world.scoped.commit(Changes(thread_id=thread.id, start_run=run, put_items=[message(thread, run.id)]))
            for run in runs
        ),
        return_exceptions=True,
    )
    winner = runs[outcomes.index(None)]
    assert [type(outcome) for outcome in outcomes].count(ThreadBusy) == 59
    assert {outcome.run_id for outcome in outcomes if isinstance(outcome, ThreadBusy)} == {winner.id}
    assert await world.texts(thread) == [winner.id]


async def test_reads_right_after_a_commit_see_it(world: World) -> None:
    thread = await world.new_thread()
    for n in range(50):
        await world.put(thread, message(thread, str(n)))
        latest = await world.scoped.items.latest(thread.id, 1)
        assert text_of(latest[0]) == str(n)


async def test_a_commit_whose_caller_goes_away_is_whole_or_not_there(world: World) -> None:
    thread = await world.new_thread()
    for n in range(20):
        both = [message(thread, f"{n}-a"), message(thread, f"{n}-b")]
        task = asyncio.create_task(world.put(thread, *both))
        await asyncio.sleep(0 if n % 2 else 0.0005)
        task.cancel()
        await asyncio.wait([task])
    await world.put(thread, message(thread, "end"))
    stored = await world.texts(thread)
    assert stored[-1] == "end"
    for n in range(20):
        assert (f"{n}-a" in stored) == (f"{n}-b" in stored)

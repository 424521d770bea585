"""Every store keeps these promises about runs: `storage.base.Runs`, and what `Changes` says of them."""

from datetime import timedelta

import pytest

from chatdock import clock
from chatdock.errors import NotFound, ThreadBusy, Unprocessable
from chatdock.storage.base import AlreadyStarted, Changes
from chatdock.types.actor import Scope
from chatdock.types.page import PageQuery
from chatdock.types.run import ACTIVE, RUNNING, Run, RunError, RunStatus, Usage
from chatdock.types.thread import Thread
from storage.world import World, hidden, ids_of, later, message

TERMINAL: tuple[RunStatus, ...] = ("completed", "incomplete", "failed", "cancelled", "expired")


async def start(world: World, thread: Thread, **fields: object) -> Run:
    run = world.run(thread, **fields)
    await world.scoped.commit(Changes(thread_id=thread.id, start_run=run))
    return run


async def save(world: World, run: Run, status: RunStatus) -> None:
    run.status = status
    await world.scoped.commit(Changes(thread_id=run.thread_id, save_run=run))


async def test_a_run_comes_back_as_it_was_started(world: World) -> None:
    thread = await world.new_thread()
    run = world.run(
        thread,
        session_id="cksess_1",
        request={"type": "threads.create", "params": {"text": "a\0b é", "deep": [1, {"x": None}]}},
        client_message_id="message-1",
        fingerprint="f" * 64,
        started_at=later(),
        completed_at=later(),
        error=RunError(code="custom", message="No."),
        usage=Usage(input_tokens=1, output_tokens=2, total_tokens=3),
        last_seq=5,
    )
    await world.scoped.commit(Changes(thread_id=thread.id, start_run=run))
    assert await world.scoped.runs.get(run.id) == run


async def test_unknown_and_foreign_runs_are_not_found(world: World) -> None:
    thread = await world.new_thread()
    run = await start(world, thread)
    for stranger in (
        world.beside(user="user-2"),
        world.beside(workflow="wf_b"),
        world.beside(project=world.project + "x"),
    ):
        with pytest.raises(NotFound):
            await stranger.scoped.runs.get(run.id)
        with pytest.raises(NotFound):
            await stranger.scoped.runs.page(thread.id, None, PageQuery())
    with pytest.raises(NotFound):
        await world.scoped.runs.get("run_unknown")
    assert await world.whole_project.runs.get(run.id) == run


@pytest.mark.parametrize("status", RUNNING)
async def test_a_second_run_while_one_is_running_finds_the_thread_busy_and_writes_nothing(
    world: World, status: RunStatus
) -> None:
    thread = await world.new_thread()
    first = await start(world, thread, status=status)
    second = world.run(thread)
    with pytest.raises(ThreadBusy) as caught:
        await world.scoped.commit(
            Changes(thread_id=thread.id, start_run=second, put_items=[message(thread, "lost")], save_thread=thread)
        )
    assert caught.value.run_id == first.id
    assert thread.id in caught.value.message
    assert first.id in caught.value.message
    assert await world.texts(thread) == []
    with pytest.raises(NotFound):
        await world.scoped.runs.get(second.id)


@pytest.mark.parametrize("status", ["requires_action", *TERMINAL])
async def test_a_thread_whose_run_has_ended_or_waits_takes_the_next(world: World, status: RunStatus) -> None:
    thread = await world.new_thread()
    await start(world, thread, status=status)
    run = await start(world, thread)
    assert (await world.scoped.runs.get(run.id)).status == "in_progress"


async def test_runs_of_two_threads_do_not_wait_for_each_other(world: World) -> None:
    for _ in range(2):
        await start(world, await world.new_thread())


async def test_the_same_client_message_id_names_the_run_it_started_and_writes_nothing(world: World) -> None:
    thread = await world.new_thread()
    first = await start(world, thread, client_message_id="m-1")
    other = world.thread()
    with pytest.raises(AlreadyStarted) as caught:
        await world.scoped.commit(
            Changes(thread_id=other.id, create_thread=other, start_run=world.run(other, client_message_id="m-1"))
        )
    assert caught.value.run == first
    with pytest.raises(NotFound):
        await world.scoped.threads.get(other.id)


async def test_a_repeated_message_is_told_of_its_run_even_while_that_run_keeps_the_thread_busy(world: World) -> None:
    thread = await world.new_thread()
    first = await start(world, thread, client_message_id="m-1", status="in_progress")
    with pytest.raises(AlreadyStarted) as caught:
        await start(world, thread, client_message_id="m-1")
    assert caught.value.run == first


async def test_a_finished_run_still_answers_for_its_message(world: World) -> None:
    thread = await world.new_thread()
    first = await start(world, thread, client_message_id="m-1")
    await save(world, first, "completed")
    with pytest.raises(AlreadyStarted) as caught:
        await start(world, thread, client_message_id="m-1")
    assert caught.value.run == first


async def test_a_client_message_id_belongs_to_its_user(world: World) -> None:
    await start(world, await world.new_thread(), client_message_id="m-1")
    for other in (world.beside(user="user-2"), world.beside(project=world.project + "x")):
        run = await start(other, await other.new_thread(), client_message_id="m-1")
        assert await other.scoped.runs.by_client_message("m-1") == run


async def test_a_client_message_id_used_in_another_workflow_is_spent_but_its_run_stays_out_of_reach(
    world: World,
) -> None:
    await start(world, await world.new_thread(), client_message_id="m-1")
    other = world.beside(workflow="wf_b")
    thread = await other.new_thread()
    assert await other.scoped.runs.by_client_message("m-1") is None
    with pytest.raises(Unprocessable):
        await start(other, thread, client_message_id="m-1")


async def test_runs_without_a_client_message_id_are_never_taken_for_the_same(world: World) -> None:
    for _ in range(3):
        await start(world, await world.new_thread(), client_message_id=None)


async def test_by_client_message_finds_the_run_or_nothing(world: World) -> None:
    run = await start(world, await world.new_thread(), client_message_id="m-1")
    assert await world.scoped.runs.by_client_message("m-1") == run
    assert await world.scoped.runs.by_client_message("m-2") is None
    by_user = world.store.scoped(Scope(project=world.project, user=world.user))
    assert await by_user.runs.by_client_message("m-1") == run
    assert await world.whole_project.runs.by_client_message("m-1") is None, "a project is not a user"


async def test_a_deleted_thread_frees_its_client_message_ids(world: World) -> None:
    thread = await world.new_thread()
    await start(world, thread, client_message_id="m-1")
    await world.scoped.threads.delete(thread.id)
    assert await world.scoped.runs.by_client_message("m-1") is None
    await start(world, await world.new_thread(), client_message_id="m-1")


async def test_saving_writes_status_seq_instants_error_and_usage_and_nothing_else(world: World) -> None:
    thread = await world.new_thread()
    run = await start(world, thread, client_message_id="m-1", fingerprint="f", session_id="cksess_1")
    changed = world.run(
        thread,
        id=run.id,
        status="failed",
        last_seq=12,
        started_at=later(),
        completed_at=later(),
        error=RunError(code="model_cut", message="Cut."),
        usage=Usage(input_tokens=1, output_tokens=2, total_tokens=3),
        request={"type": "another"},
        client_message_id="m-2",
        workflow_version="9",
    )
    await world.scoped.commit(Changes(thread_id=thread.id, save_run=changed))
    stored = await world.scoped.runs.get(run.id)
    for name in ("status", "last_seq", "started_at", "completed_at", "error", "usage"):
        assert getattr(stored, name) == getattr(changed, name)
        setattr(stored, name, getattr(run, name))
    assert stored == run


@pytest.mark.parametrize("ended", TERMINAL)
async def test_a_run_never_leaves_a_terminal_status(world: World, ended: RunStatus) -> None:
    thread = await world.new_thread()
    run = await start(world, thread)
    run.last_seq, run.completed_at = 9, later()
    await save(world, run, ended)
    before = await world.scoped.runs.get(run.id)
    late = world.run(thread, id=run.id, last_seq=3)
    for status in (*RUNNING, "requires_action", *(status for status in TERMINAL if status != ended)):
        await save(world, late, status)  # type: ignore[arg-type]
        assert await world.scoped.runs.get(run.id) == before


async def test_an_ended_run_takes_late_news_about_the_end_it_has(world: World) -> None:
    thread = await world.new_thread()
    run = await start(world, thread)
    await save(world, run, "completed")
    run.usage = Usage(input_tokens=1, output_tokens=2, total_tokens=3)
    await save(world, run, "completed")
    assert (await world.scoped.runs.get(run.id)).usage == run.usage


async def test_a_waiting_run_ends_but_never_runs_again(world: World) -> None:
    thread = await world.new_thread()
    run = await start(world, thread, status="requires_action")
    await save(world, run, "in_progress")
    assert (await world.scoped.runs.get(run.id)).status == "requires_action"
    await save(world, run, "completed")
    assert (await world.scoped.runs.get(run.id)).status == "completed"


async def test_saving_a_run_that_is_not_in_the_thread_is_not_found(world: World) -> None:
    thread, other = await world.new_thread(), await world.new_thread()
    run = await start(world, other)
    with pytest.raises(NotFound):
        await world.scoped.commit(Changes(thread_id=thread.id, save_run=run))
    with pytest.raises(NotFound):
        await world.scoped.commit(Changes(thread_id=thread.id, save_run=world.run(thread)))


async def test_settling_ends_the_waiting_runs_of_the_thread_now_and_no_others(world: World) -> None:
    thread, other = await world.new_thread(), await world.new_thread()
    waiting = [await start(world, thread, status="requires_action") for _ in range(2)]
    elsewhere = await start(world, other, status="requires_action")
    done = await start(world, thread, status="completed")
    before = clock.now()
    following = world.run(thread)
    await world.scoped.commit(Changes(thread_id=thread.id, settle_waiting="completed", start_run=following))
    for run in waiting:
        stored = await world.scoped.runs.get(run.id)
        assert stored.status == "completed"
        assert stored.completed_at is not None
        assert before - timedelta(seconds=1) <= stored.completed_at <= clock.now() + timedelta(seconds=1)
    assert (await world.scoped.runs.get(elsewhere.id)).status == "requires_action"
    assert await world.scoped.runs.get(done.id) == done
    assert (await world.scoped.runs.get(following.id)).status == "in_progress"


async def test_settling_is_undone_when_the_next_run_is_refused(world: World) -> None:
    thread = await world.new_thread()
    waiting = await start(world, thread, status="requires_action")
    await start(world, thread)
    with pytest.raises(ThreadBusy):
        await world.scoped.commit(Changes(thread_id=thread.id, settle_waiting="cancelled", start_run=world.run(thread)))
    assert (await world.scoped.runs.get(waiting.id)).status == "requires_action"


async def test_a_page_holds_all_runs_of_a_thread_or_those_in_the_states_asked(world: World) -> None:
    thread, other = await world.new_thread(), await world.new_thread()
    by_status = {
        status: (await start(world, thread, status=status)).id
        for status in ("completed", "requires_action", "failed", "in_progress")
    }
    await start(world, other)

    async def ask(statuses: tuple[RunStatus, ...] | None, **query: object) -> list[str]:
        return ids_of(await world.scoped.runs.page(thread.id, statuses, PageQuery(**query)))  # type: ignore[arg-type]

    everything = list(by_status.values())
    assert await ask(None, order="asc") == everything
    assert await ask(None, order="desc") == everything[::-1]
    assert await ask(ACTIVE, order="asc") == [by_status["requires_action"], by_status["in_progress"]]
    assert await ask(("failed", "in_progress"), order="desc") == [by_status["in_progress"], by_status["failed"]]
    assert await ask(("expired",)) == []
    assert await ask(()) == []
    assert await ask(None, order="asc", after=everything[1], limit=1) == [everything[2]]
    assert await ask(None, order="desc", before=everything[1], limit=1) == [everything[2]]


async def test_a_page_of_runs_of_an_unknown_thread_or_behind_an_unknown_cursor_is_not_found(world: World) -> None:
    thread, other = await world.new_thread(), await world.new_thread()
    elsewhere = await start(world, other)
    with pytest.raises(NotFound):
        await world.scoped.runs.page("cthr_unknown", None, PageQuery())
    for cursor in ("run_unknown", elsewhere.id):
        with pytest.raises(NotFound):
            await world.scoped.runs.page(thread.id, None, PageQuery(after=cursor))


async def test_a_run_starts_only_in_the_scope_of_a_user_and_a_workflow(world: World) -> None:
    thread = await world.new_thread()
    with pytest.raises(ValueError, match="user and a workflow"):
        await world.whole_project.commit(Changes(thread_id=thread.id, start_run=world.run(thread)))
    new = world.thread()
    with pytest.raises(ValueError, match="user and a workflow"):
        await world.whole_project.commit(Changes(thread_id=new.id, create_thread=new, put_items=[hidden(new)]))

"""What a receiver asks for: to wait, to be left alone, to read what was said."""

import asyncio
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from chatdock import clock
from chatdock.errors import BadRequest, NotFound
from chatdock.ids import ITEM, new_id
from chatdock.storage.base import Changes, Feedback
from chatdock.types.content import output_text
from chatdock.types.item import AssistantMessage
from chatdock.types.lease import Hold
from chatdock.types.thread import Thread
from chatdock.webhooks.deliverer import MAX_RETRY_AFTER_SECONDS
from chatdock.webhooks.texts import MAX_CHARS
from storage.world import World, later
from webhooks.receiver import receiving
from webhooks.test_delivery import Desk, add, all_are, store_url, until

__all__ = ["store_url"]
IN_AN_HOUR = timedelta(hours=1)


def answer(thread: Thread, text: str) -> AssistantMessage:
    return AssistantMessage(id=new_id(ITEM), thread_id=thread.id, created_at=later(), content=[output_text(text)])


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("3600", 3_600, 4_320),
        ("date", 3_500, 4_320),
        ("1e9", MAX_RETRY_AFTER_SECONDS, 1.2 * MAX_RETRY_AFTER_SECONDS),
        ("soon", 0, 60),
        ("-5", 0, 60),
        ("Wed, 21 Oct 99999 07:28:00 GMT", 0, 60),
    ],
)
async def test_a_receiver_is_left_alone_for_as_long_as_it_asks_within_bounds(
    world: World, header: str, least: float, most: float
) -> None:
    with receiving(503) as receiver:
        receiver.headers["retry-after"] = format_datetime(clock.now() + IN_AN_HOUR) if header == "date" else header
        desk = Desk(world)
        await add(desk, world, receiver)
        async with desk.working(schedule=(5.0,) * 3):
            began = clock.now()
            await world.new_thread()
            [waiting] = await until(world, lambda found: any(each.response_status == 503 for each in found))
        assert waiting.status == "pending" and waiting.next_at is not None
        pause = (waiting.next_at - began).total_seconds()
        assert least <= pause <= most + 30, "and how long the attempt took"


async def test_a_receiver_that_is_gone_is_told_nothing_until_it_is_enabled(world: World) -> None:
    with receiving(410) as receiver:
        desk, other = Desk(world), Desk(world)
        webhook_id, _ = await add(desk, world, receiver)
        await other.outbox.refresh()
        for name in ("a", "b", "c"):
            await world.new_thread(name)
        async with desk.working():
            found = await until(world, all_are("failed"))
            assert {each.error for each in found} == {"its receiver answered 410 Gone"}
            async with asyncio.timeout(60):  # its process knows before anything else is committed there
                while webhook_id in [each.id for each in desk.outbox.endpoints]:
                    await asyncio.sleep(0.02)
            [listed] = await desk.registry.of(world.project)
            assert listed.disabled_at is not None
            told = await world.store.audit.latest(9, project=world.project)
            assert [(each.actor, each.action) for each in told if each.subject == webhook_id] == [
                ("server", "webhook.disable"),
                ("command", "webhook.create"),
            ]
            world.store.deliver(other.outbox)  # another process, whose copy still has it
            await world.new_thread("d")
            assert len(await world.store.webhooks.deliveries(world.project, 9)) == len(found)
            with pytest.raises(BadRequest):
                await world.store.webhooks.resend(world.project, found[0].id)
            receiver.answers[:] = [204]
            with pytest.raises(NotFound):
                await desk.registry.enable(world.project + "x", webhook_id, actor="command")
            enabled = await desk.registry.enable(world.project, webhook_id, actor="command")
            assert enabled.disabled_at is None
            await desk.listen()
            await world.store.webhooks.resend(world.project, found[0].id)
            await world.new_thread("e")
            done = await until(world, lambda found: sum(each.status == "delivered" for each in found) == 2)
        assert len(done) == len(found) + 1 and found[0].id in [each.id for each in done if each.status == "delivered"]


async def test_what_was_answered_before_a_receiver_was_enabled_again_counts_no_more(world: World) -> None:
    with receiving(410, "held", 204) as receiver:
        desk = Desk(world)
        webhook_id, _ = await add(desk, world, receiver)
        for name in ("a", "b"):
            await world.new_thread(name)
        async with desk.working() as deliverer:
            found = await until(world, lambda found: len(found) == 2 and all_are("failed")(found))
            await asyncio.to_thread(receiver.wait, 2)
            [held] = [each for each in found if each.id == receiver.requests[1].id]
            assert deliverer._attempts, "one is still on its way"
            await desk.registry.enable(world.project, webhook_id, actor="command")
            await desk.listen()
            await world.store.webhooks.resend(world.project, held.id)
            await until(world, lambda found: any(each.status == "delivered" for each in found))
            receiver.let_go.set()
            async with asyncio.timeout(60):
                while deliverer._attempts:
                    await asyncio.sleep(0.02)
            [listed] = await desk.registry.of(world.project)
            assert listed.disabled_at is None, "it had said so before it was enabled"
            [again] = [each for each in await world.store.webhooks.deliveries(world.project, 9) if each.id == held.id]
            assert (again.status, again.response_status) == ("delivered", 204)


async def test_what_was_said_is_sent_to_whoever_asked_for_it_and_kept_nowhere(world: World) -> None:
    with receiving() as curious, receiving() as modest:
        desk = Desk(world)
        await add(desk, world, curious, include_text=True)
        await add(desk, world, modest)
        thread = await world.new_thread("Where is my parcel?")
        run = world.run(thread, status="in_progress")
        await world.scoped.commit(Changes(thread_id=thread.id, start_run=run))
        hold = Hold(run.id, 1)
        said = answer(thread, "It has **arrived**.")
        gone = answer(thread, "Taken back.")
        long = answer(thread, "x" * (MAX_CHARS + 1))
        await world.scoped.commit(Changes(thread_id=thread.id, put_items=[said, gone], hold=hold))
        await world.scoped.commit(Changes(thread_id=thread.id, remove_items=[gone.id], hold=hold))
        run.status, run.completed_at = "completed", later()
        await world.scoped.commit(Changes(thread_id=thread.id, put_items=[long], save_run=run, hold=hold))
        await world.scoped.commit(Changes(thread_id=thread.id, put_feedback=[Feedback(said.id, "positive")]))
        stored = await world.store.webhooks.deliveries(world.project, 9)
        assert not any("parcel" in each.body or "arrived" in each.body for each in stored)
        async with desk.working():
            await until(world, lambda found: len(found) == 6 and all_are("delivered")(found))
        told: dict[str, Any] = {each.message["type"]: each.message["data"]["messages"] for each in curious.requests}
        [question] = told["thread.created"]
        assert (question["role"], question["text"]) == ("user", "Where is my parcel?")
        whole, cut = told["run.completed"]
        assert whole == {"id": said.id, "role": "assistant", "text": "It has **arrived**."}
        assert len(cut["text"]) == MAX_CHARS and cut["truncated"]
        assert [each["id"] for each in told["feedback.created"]] == [said.id]
        assert len(modest.requests) == 3 and not any("messages" in each.message["data"] for each in modest.requests)


async def test_what_was_deleted_before_it_was_sent_is_not_sent(world: World) -> None:
    with receiving() as receiver:
        desk = Desk(world)
        _, secret = await add(desk, world, receiver, include_text=True)
        thread = await world.new_thread("Forget this.")
        await world.scoped.threads.delete(thread.id)
        async with desk.working():
            await until(world, all_are("delivered"))
        [told] = receiver.requests
        assert told.message["data"]["messages"] == [] and b"Forget" not in told.body and told.signed_by(secret)

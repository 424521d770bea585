"""Deliveries over real sockets: tried again under one id, signed, once, and only where they may go."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest

from chatdock.outbox.base import Outcome
from chatdock.sessions.signing import SigningKeys
from chatdock.storage.base import Changes, Feedback
from chatdock.types.run import RUN_REQUEST, RunStatus
from chatdock.types.webhook import WEBHOOK_EVENTS, Delivery
from chatdock.webhooks.addresses import Reach
from chatdock.webhooks.deliverer import SCHEDULE, Deliverer
from chatdock.webhooks.outbox import Outbox
from chatdock.webhooks.registry import WebhookRegistry
from chatdock.webhooks.secrets import Secrets
from chatdock.webhooks.sender import Answer, Sender
from chatdock.webhooks.texts import Texts
from storage.world import World, later
from webhooks.receiver import NETWORK, Receiver, receiving

KEYS = SigningKeys({"k1": bytes(range(7, 39))})
ROLLED_KEYS = SigningKeys({"k2": bytes(range(50, 82)), "k1": bytes(range(7, 39))})
SOON = (0.05, 0.05, 0.05)


class Desk:
    """One process's part: its copy of the endpoints and its deliverer."""

    def __init__(self, world: World, keys: SigningKeys = KEYS, networks: tuple[str, ...] = (NETWORK,)) -> None:
        self.store = world.store
        self.secrets = Secrets(keys.kids[0], keys.derive)
        self.reach = Reach(networks)
        self.registry = WebhookRegistry(world.store.webhooks, self.secrets, self.reach)
        self.outbox = Outbox(world.store.webhooks)

    async def listen(self) -> None:
        await self.outbox.refresh()
        self.store.deliver(self.outbox)
        self.store.listen(self.outbox.told)

    @asynccontextmanager
    async def working(self, **options: Any) -> AsyncIterator[Deliverer]:
        sender = Sender(self.reach, timeout_seconds=options.pop("timeout_seconds", 10.0))
        options = {"schedule": SOON, "look_seconds": 0.1, **options}
        deliverer = Deliverer(self.store.webhooks, self.outbox, self.secrets, sender, Texts(self.store), **options)
        life = asyncio.create_task(deliverer.run())
        try:
            yield deliverer
        finally:
            life.cancel()
            with suppress(asyncio.CancelledError):
                await life
            await deliverer.close()


async def until(world: World, wanted: Callable[[list[Delivery]], bool]) -> list[Delivery]:
    async with asyncio.timeout(60):
        while not wanted(found := await world.store.webhooks.deliveries(world.project, 100)):
            await asyncio.sleep(0.02)
    return found


def all_are(status: str) -> Callable[[list[Delivery]], bool]:
    return lambda found: bool(found) and all(each.status == status for each in found)


async def add(desk: Desk, world: World, receiver: Receiver, *, include_text: bool = False) -> tuple[str, str]:
    """The endpoint's id and its secret."""
    made, secret = await desk.registry.add(
        world.project, receiver.url, WEBHOOK_EVENTS, include_text=include_text, actor="command"
    )
    await desk.listen()
    return made.id, secret


async def test_it_is_tried_again_under_one_id_until_it_is_accepted(world: World) -> None:
    with receiving(500, "redirect", 404, 200) as receiver:
        desk = Desk(world)
        _, secret = await add(desk, world, receiver)
        async with desk.working():
            thread = await world.new_thread("Hello")
            [delivery] = await until(world, all_are("delivered"))
        assert (delivery.attempts, delivery.response_status) == (4, 200)
        assert {request.id for request in receiver.requests} == {delivery.id}
        assert {request.path for request in receiver.requests} == {"/hook"}, "no redirect was followed"
        assert len({request.body for request in receiver.requests}) == 1
        assert all(request.signed_by(secret) for request in receiver.requests)
        assert not receiver.requests[0].signed_by("whsec_" + "A" * 43 + "=")
        told = receiver.requests[0].message
        assert (told["type"], told["data"]["thread_id"]) == ("thread.created", thread.id)
        assert {"project", "user", "workflow"} <= set(told["data"]) and "Hello" not in receiver.requests[
            0
        ].body.decode()


async def test_one_that_stalls_is_cut_off_and_an_answer_without_end_is_not_read(world: World) -> None:
    with receiving("stall", "endless") as receiver:
        desk = Desk(world)
        await add(desk, world, receiver)
        async with desk.working(timeout_seconds=0.5):
            await world.new_thread()
            [delivery] = await until(world, all_are("delivered"))
        assert (delivery.attempts, delivery.response_status) == (2, 200)


async def test_what_is_never_accepted_is_given_up_kept_and_sent_again_when_asked(world: World) -> None:
    with receiving(500) as receiver:
        desk = Desk(world)
        await add(desk, world, receiver)
        async with desk.working():
            await world.new_thread()
            [dead] = await until(world, all_are("failed"))
            assert (dead.attempts, dead.response_status) == (len(SOON) + 1, 500)
            receiver.answers[:] = [204]
            await world.store.webhooks.resend(world.project, dead.id)
            [delivery] = await until(world, all_are("delivered"))
        assert delivery.id == dead.id
        assert {request.id for request in receiver.requests} == {dead.id}


async def test_many_processes_deliver_each_once(world: World) -> None:
    with receiving() as receiver:
        first, second = Desk(world), Desk(world)
        await add(first, world, receiver)
        await second.outbox.refresh()
        async with first.working(), second.working():
            for number in range(30):
                await world.new_thread(f"t{number}")
            found = await until(world, lambda found: len(found) == 30 and all_are("delivered")(found))
        assert sorted(request.id for request in receiver.requests) == sorted(each.id for each in found)
        assert {each.attempts for each in found} == {1}


async def test_what_was_committed_before_a_process_died_is_delivered_by_the_next(world: World) -> None:
    with receiving() as receiver:
        died = Desk(world)
        webhook_id, secret = await add(died, world, receiver)
        for number in range(2):
            await world.new_thread(f"t{number}")
        [taken, _] = await world.store.webhooks.due(webhook_id, 9)
        assert await world.store.webhooks.take(taken, 0.2), "it died over this one"
        assert receiver.requests == []
        heir = Desk(world)
        async with heir.working():
            found = await until(world, lambda found: len(found) == 2 and all_are("delivered")(found))
        assert sorted(each.attempts for each in found) == [1, 2]
        assert all(request.signed_by(secret) for request in receiver.requests)


async def test_both_secrets_sign_while_one_is_rolled_also_under_new_signing_keys(world: World) -> None:
    with receiving() as receiver:
        desk = Desk(world)
        webhook_id, old = await add(desk, world, receiver)
        desk = Desk(world, ROLLED_KEYS)
        rolled, new = await desk.registry.roll(world.project, webhook_id, timedelta(hours=1), actor="command")
        assert rolled.kid == "k2" and new != old
        await desk.listen()
        async with desk.working():
            await world.new_thread()
            await until(world, all_are("delivered"))
            both = receiver.requests[-1]
            assert both.signed_by(old) and both.signed_by(new)
            await desk.registry.roll(world.project, webhook_id, timedelta(0), actor="command")
            await desk.outbox.refresh()
            await world.new_thread()
            await until(world, lambda found: len(found) == 2 and all_are("delivered")(found))
        assert not receiver.requests[-1].signed_by(old) and not receiver.requests[-1].signed_by(new)


async def test_without_its_signing_key_nothing_is_sent_and_the_list_says_why(world: World) -> None:
    with receiving() as receiver:
        await add(Desk(world), world, receiver)
        stranger = Desk(world, SigningKeys({"z": bytes(range(90, 122))}))
        await stranger.listen()
        async with stranger.working():
            await world.new_thread()
            [delivery] = await until(world, all_are("failed"))
        assert receiver.requests == [] and "signing key" in (delivery.error or "")


async def test_an_address_within_is_refused_when_it_is_connected_to(world: World) -> None:
    with receiving() as receiver:
        await add(Desk(world), world, receiver)
        careful = Desk(world, networks=())
        await careful.listen()
        async with careful.working():
            await world.new_thread()
            [delivery] = await until(world, all_are("failed"))
        assert receiver.requests == [] and "reach" in (delivery.error or "")
        by_name = Sender(Reach(["10.0.0.0/8"]))
        answer = await by_name.post(receiver.url.replace("127.0.0.1", "localhost"), {}, b"{}")
        await by_name.close()
        assert receiver.requests == [] and "reach" in (answer.error or ""), "whatever it is called"


async def test_runs_feedback_and_threads_are_told_and_cancelled_runs_are_not(world: World) -> None:
    with receiving() as receiver:
        desk = Desk(world)
        await add(desk, world, receiver)
        thread = await world.new_thread("Hi")
        statuses: list[RunStatus] = ["completed", "failed", "incomplete", "expired", "requires_action", "cancelled"]
        for status in statuses:
            run = world.run(thread, status="in_progress")
            await world.scoped.commit(Changes(thread_id=thread.id, start_run=run))
            run.status, run.completed_at = status, later()
            await world.scoped.commit(Changes(thread_id=thread.id, save_run=run))
        item = (await world.scoped.items.latest(thread.id, 1))[0]
        await world.scoped.commit(Changes(thread_id=thread.id, put_feedback=[Feedback(item.id, "positive")]))
        found = await world.store.webhooks.deliveries(world.project, 100)
    assert [each.type for each in reversed(found)] == [
        "thread.created", "run.completed", "run.failed", "run.failed", "run.failed", "run.requires_action",
        "feedback.created",
    ]  # fmt: skip


async def test_a_run_may_name_an_endpoint_that_is_told_of_nothing_else(world: World) -> None:
    with receiving() as receiver:
        desk = Desk(world)
        only, _ = await desk.registry.add(world.project, receiver.url, [], actor="command")
        await desk.listen()
        thread = await world.new_thread("Hi")
        for request in ({"type": RUN_REQUEST, "webhook": only.id, "metadata": {"order": "7"}}, {"webhook": only.id}):
            run = world.run(thread, status="in_progress", request=request)
            await world.scoped.commit(Changes(thread_id=thread.id, start_run=run))
            run.status, run.completed_at = "completed", later()
            await world.scoped.commit(Changes(thread_id=thread.id, save_run=run))
        async with desk.working():
            await until(world, all_are("delivered"))
        [told] = receiver.requests
        assert told.message["data"]["metadata"] == {"order": "7"}


def test_the_last_attempt_comes_a_day_after_the_first() -> None:
    assert 23 * 3600 < sum(SCHEDULE) < 25 * 3600


def test_pauses_grow_and_are_never_the_same(world: World) -> None:
    desk = Desk(world)
    deliverer = Deliverer(world.store.webhooks, desk.outbox, desk.secrets, Sender(desk.reach), Texts(world.store))
    delivery = Delivery(
        id="whd_1", webhook_id="whk_1", project="p", user="u", workflow="w", type="run.completed", body="{}",
        created_at=later(),
    )  # fmt: skip
    outcomes: list[Outcome] = [deliverer._outcome(delivery, Answer(status=500)) for _ in range(50)]
    pauses = [outcome.retry_seconds for outcome in outcomes]
    assert len(set(pauses)) > 1 and all(0.8 * SCHEDULE[0] <= pause <= 1.2 * SCHEDULE[0] for pause in pauses)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    """Both databases; a database in memory is SQLite once more."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("migrated_postgres_url"))
    return f"sqlite:///{tmp_path}/chatdock.db"

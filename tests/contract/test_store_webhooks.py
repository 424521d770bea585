"""Every store keeps these promises about webhooks: `outbox.base.Webhooks`."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from chatdock import clock
from chatdock.errors import BadRequest, NotFound, ThreadBusy
from chatdock.ids import DELIVERY, WEBHOOK, new_id
from chatdock.outbox.base import Outcome
from chatdock.storage.base import Changes
from chatdock.types.actor import Scope
from chatdock.types.audit import entry
from chatdock.types.webhook import Delivery, Webhook
from storage.world import World, message

Made = Callable[[Scope, Changes], Sequence[Delivery]]


def webhook(world: World, **fields: object) -> Webhook:
    given = {
        "id": new_id(WEBHOOK),
        "project": world.project,
        "url": "https://127.0.0.1:9/hook",
        "events": ["run.completed", "thread.created"],
        "kid": "k1",
        "created_at": clock.now(),
        **fields,
    }
    return Webhook(**given)  # type: ignore[arg-type]


def outbox(endpoint: Webhook) -> Made:
    """One delivery a new thread."""

    def deliver(owner: Scope, changes: Changes) -> Sequence[Delivery]:
        if changes.create_thread is None:
            return ()
        return [
            Delivery(
                id=new_id(DELIVERY),
                webhook_id=endpoint.id,
                project=owner.project,
                user=owner.user or "",
                workflow=owner.workflow or "",
                type="thread.created",
                body=f'{{"thread":"{changes.thread_id}"}}',
                created_at=clock.now(),
            )
        ]

    return deliver


async def told(world: World, **filters: str) -> list[Delivery]:
    return await world.store.webhooks.deliveries(world.project, 100, **filters)  # type: ignore[arg-type]


async def taken(world: World, delivery: Delivery, seconds: float = 60) -> datetime:
    taken_at = await world.store.webhooks.take(delivery, seconds)
    assert taken_at is not None
    return taken_at


async def registered(world: World) -> Webhook:
    endpoint = webhook(world)
    await world.store.webhooks.add(endpoint)
    world.store.deliver(outbox(endpoint))
    return endpoint


async def test_an_endpoint_is_kept_rolled_and_removed_with_what_was_to_be_told_it(world: World) -> None:
    hooks = world.store.webhooks
    endpoint = await registered(world)
    audit = entry(world.project, "command", "webhook.roll", endpoint.id)
    assert [each for each in await hooks.every() if each.project == world.project] == [endpoint]
    until = clock.now() + timedelta(hours=1)
    rolled = await hooks.roll(world.project, endpoint.id, "k2", until, audit)
    assert (rolled.version, rolled.kid, rolled.previous_kid, rolled.previous_until) == (2, "k2", "k1", until)
    assert [each for each in await hooks.every() if each.project == world.project] == [rolled]
    assert (await world.store.audit.latest(1, project=world.project))[0] == audit
    for project in (world.project + "x", world.project):
        with pytest.raises(NotFound):
            await hooks.roll(project, endpoint.id + "x" * (project == world.project), "k3", until)
    await world.new_thread("a")
    assert len(await told(world)) == 1
    with pytest.raises(NotFound):
        await hooks.remove(world.project + "x", endpoint.id)
    await hooks.remove(world.project, endpoint.id)
    assert await told(world) == []
    await world.new_thread("b")
    assert await told(world) == [], "and nothing is told an endpoint that is gone"
    with pytest.raises(NotFound):
        await hooks.remove(world.project, endpoint.id)


async def test_a_delivery_is_there_if_and_only_if_its_change_is(world: World) -> None:
    await registered(world)
    thread = await world.new_thread("a")
    [delivery] = await told(world)
    assert (delivery.user, delivery.workflow, delivery.status) == (world.user, world.workflow, "pending")
    assert thread.id in delivery.body and delivery.attempts == 0
    await world.scoped.commit(Changes(thread_id=thread.id, start_run=world.run(thread)))
    fresh = world.thread()
    with pytest.raises(ThreadBusy):
        await world.scoped.commit(Changes(thread_id=thread.id, create_thread=None, start_run=world.run(thread)))
    with pytest.raises(NotFound):
        await world.scoped.commit(
            Changes(thread_id=fresh.id, create_thread=fresh, put_items=[message(fresh, "x")], attach_files=["catt_no"])
        )
    assert await told(world) == [delivery]


async def test_of_many_that_try_one_takes_it_and_settles_it(world: World) -> None:
    endpoint, hooks = await registered(world), world.store.webhooks
    await world.new_thread("a")
    [delivery] = await hooks.due(endpoint.id, 9)
    taken = await asyncio.gather(*(hooks.take(delivery, 60) for _ in range(8)))
    [taken_at] = [each for each in taken if each is not None]
    assert await hooks.due(endpoint.id, 9) == [], "it is being tried"
    with pytest.raises(BadRequest):
        await hooks.resend(world.project, delivery.id)
    assert await hooks.settle(delivery, taken_at, Outcome(status="delivered", response_status=204))
    [done] = await told(world, status="delivered")
    assert (done.attempts, done.response_status, done.next_at) == (1, 204, None) and done.last_at is not None
    assert await hooks.due(endpoint.id, 9) == []


async def test_what_a_dead_process_took_is_due_again_and_its_late_word_counts_no_more(world: World) -> None:
    endpoint, hooks = await registered(world), world.store.webhooks
    await world.new_thread("a")
    [first] = await hooks.due(endpoint.id, 9)
    first_at = await taken(world, first, 0.05)
    async with asyncio.timeout(30):
        while not (due := await hooks.due(endpoint.id, 9)):
            await asyncio.sleep(0.02)
    [second] = due
    assert (second.id, second.body, second.attempts) == (first.id, first.body, 1)
    second_at = await taken(world, second)
    assert not await hooks.settle(first, first_at, Outcome(status="failed", error="late"))
    assert (await told(world))[0].status == "pending"
    assert await hooks.settle(second, second_at, Outcome(status="delivered", response_status=200))
    assert (await told(world))[0].status == "delivered"


async def test_a_retry_waits_and_what_was_given_up_is_kept_and_can_be_sent_again(world: World) -> None:
    endpoint, hooks = await registered(world), world.store.webhooks
    await world.new_thread("a")
    [delivery] = await hooks.due(endpoint.id, 9)
    taken_at = await taken(world, delivery)
    await hooks.settle(delivery, taken_at, Outcome(status="pending", response_status=500, retry_seconds=3600))
    assert await hooks.due(endpoint.id, 9) == []
    [waiting] = await told(world, webhook_id=endpoint.id)
    assert waiting.response_status == 500 and waiting.next_at is not None
    assert waiting.next_at > clock.now() + timedelta(minutes=50)
    await asyncio.sleep(0.002)  # ids of one millisecond are in no order
    await world.new_thread("b")
    [other] = await hooks.due(endpoint.id, 9)
    taken_at = await taken(world, other)
    await hooks.settle(other, taken_at, Outcome(status="failed", error="no connection"))
    assert [each.id for each in await told(world)] == [other.id, delivery.id], "newest first"
    [dead] = await told(world, status="failed")
    assert (dead.id, dead.error, dead.next_at) == (other.id, "no connection", None)
    again = await hooks.resend(world.project, other.id)
    assert (again.id, again.attempts, again.status) == (other.id, 0, "pending")
    assert [each.id for each in await hooks.due(endpoint.id, 9)] == [other.id]
    for project, which in ((world.project + "x", other.id), (world.project, "whd_unknown")):
        with pytest.raises(NotFound):
            await hooks.resend(project, which)


async def test_deliveries_that_name_a_user_go_with_the_user_and_old_ones_with_time(world: World) -> None:
    await registered(world)
    for each in (world, world.beside(user="user-2"), world.beside(workflow="wf_b")):
        await each.new_thread("a")
    assert len(await told(world)) == 3
    assert await world.store.webhooks.erase(world.project, world.user) == 2
    [left] = await told(world)
    assert left.user == "user-2"
    assert await world.store.webhooks.erase(world.project, world.user) == 0
    ages_ago = clock.now() - timedelta(days=9_000)
    assert await world.store.webhooks.remove_old(ages_ago, 10) == 0
    assert await told(world) == [left]


async def test_one_that_is_disabled_is_told_nothing_and_what_waits_is_given_up(world: World) -> None:
    endpoint, hooks = await registered(world), world.store.webhooks
    audit = entry(world.project, "server", "webhook.disable", endpoint.id)
    await world.new_thread("a")
    await world.new_thread("b")
    [first, second] = await hooks.due(endpoint.id, 9)
    first_at, second_at = await taken(world, first), await taken(world, second)
    await hooks.settle(first, first_at, Outcome(status="delivered", response_status=200))
    assert [await hooks.disable(endpoint.id, "gone", audit) for _ in range(2)] == [True, False]
    assert (await world.store.audit.latest(9, project=world.project)) == [audit], "once"
    [there] = [each for each in await hooks.every() if each.id == endpoint.id]
    assert there.disabled_at is not None
    assert {each.id: (each.status, each.error) for each in await told(world)} == {
        first.id: ("delivered", None),
        second.id: ("failed", "gone"),
    }
    late = Outcome(status="failed", response_status=410)
    assert not await hooks.settle(second, second_at, late), "it was given up"
    await world.new_thread("c")
    assert len(await told(world)) == 2
    with pytest.raises(BadRequest, match="disabled"):
        await hooks.resend(world.project, first.id)
    for project, which in ((world.project + "x", endpoint.id), (world.project, "whk_unknown")):
        with pytest.raises(NotFound):
            await hooks.enable(project, which)
    again = await hooks.enable(world.project, endpoint.id)
    assert again.disabled_at is None and not again.include_text
    await world.new_thread("d")
    assert len(await told(world)) == 3
    assert (await hooks.resend(world.project, second.id)).status == "pending"
    [resent] = [each for each in await hooks.due(endpoint.id, 9) if each.id == second.id]
    resent_at = await taken(world, resent)
    assert not await hooks.settle(second, second_at, late), "another attempt, though it is the first one as well"
    assert await hooks.settle(resent, resent_at, Outcome(status="delivered", response_status=200))


async def test_an_endpoint_that_wants_texts_is_kept_as_such(world: World) -> None:
    endpoint = webhook(world, include_text=True)
    await world.store.webhooks.add(endpoint)
    assert [each for each in await world.store.webhooks.every() if each.project == world.project] == [endpoint]


async def test_what_was_told_of_a_user_is_read_in_pages_oldest_first(world: World) -> None:
    await registered(world)
    for each in (world, world.beside(user="user-2"), world.beside(workflow="wf_b"), world):
        await each.new_thread("a")
        await asyncio.sleep(0.002)  # ids of one millisecond are in no order
    find = world.store.webhooks.of_user
    first = await find(world.project, world.user, "", 2)
    rest = await find(world.project, world.user, first[-1].id, 2)
    assert [each.workflow for each in [*first, *rest]] == ["wf_a", "wf_b", "wf_a"]
    assert await find(world.project, world.user, rest[-1].id, 2) == []
    assert await find(world.project + "x", world.user, "", 9) == []


async def test_deliveries_are_listed_in_pages(world: World) -> None:
    await registered(world)
    for number in range(5):
        await world.new_thread(f"t{number}")
    everything = await told(world)
    first = await world.store.webhooks.deliveries(world.project, 2)
    rest = await world.store.webhooks.deliveries(world.project, 9, before_id=first[-1].id)
    assert [each.id for each in [*first, *rest]] == [each.id for each in everything]
    assert await world.store.webhooks.deliveries(world.project + "x", 9) == []

"""Every store keeps these promises about shared conversations: `storage.base.Shares` and `Shared`."""

import pytest

from chatdock import clock
from chatdock.errors import BadRequest, NotFound
from chatdock.ids import SHARE, new_id
from chatdock.storage.sharing import MAX_SHARES
from chatdock.types.audit import entry
from chatdock.types.share import Share, digest_of, new_token
from chatdock.types.thread import Thread
from storage.world import World, later


def link(thread: Thread, token: str | None = None) -> Share:
    return Share(id=new_id(SHARE), thread_id=thread.id, created_at=later(), digest=digest_of(token or new_token()))


async def test_what_is_shared_is_read_by_its_digest_until_it_is_revoked(world: World) -> None:
    thread = await world.new_thread("Hello")
    token = new_token()
    share = link(thread, token)
    data = '{"title":"Grüße 🧶"}'.encode()
    await world.scoped.shares.add(share, data)
    assert await world.store.shared.read(digest_of(token)) == data
    assert await world.store.shared.source(digest_of(token)) == (world.scope, thread.id)
    assert await world.scoped.shares.list(thread.id) == [share]
    with pytest.raises(NotFound):
        await world.store.shared.read(digest_of(token + "x"))
    with pytest.raises(NotFound):
        await world.store.shared.source(digest_of(token + "x"))
    await world.scoped.shares.revoke(share.id)
    with pytest.raises(NotFound):
        await world.store.shared.read(share.digest)
    with pytest.raises(NotFound):
        await world.store.shared.source(share.digest)
    assert await world.scoped.shares.list(thread.id) == []
    with pytest.raises(NotFound):
        await world.scoped.shares.revoke(share.id)


@pytest.mark.parametrize("other", [{"project": "proj_other"}, {"user": "user-2"}, {"workflow": "wf_b"}])
async def test_nobody_else_makes_lists_or_revokes(world: World, other: dict[str, str]) -> None:
    thread = await world.new_thread("Hello")
    share = link(thread)
    await world.scoped.shares.add(share, b"{}")
    stranger = world.beside(**other).scoped.shares
    with pytest.raises(NotFound):
        await stranger.add(link(thread), b"{}")
    with pytest.raises(NotFound):
        await stranger.list(thread.id)
    with pytest.raises(NotFound):
        await stranger.revoke(share.id)
    assert await world.scoped.shares.list(thread.id) == [share]
    assert await world.store.shared.read(share.digest) == b"{}"


async def test_links_go_with_their_thread(world: World) -> None:
    thread, kept = await world.new_thread("Hello"), await world.new_thread("Hello")
    share, other = link(thread), link(kept)
    for each in (share, other):
        await world.scoped.shares.add(each, b"{}")
    await world.scoped.threads.delete(thread.id)
    with pytest.raises(NotFound):
        await world.store.shared.read(share.digest)
    assert await world.store.shared.read(other.digest) == b"{}"
    removed = await world.store.retention.remove_thread(world.scope, kept.id, None, 100)
    assert removed is not None
    with pytest.raises(NotFound):
        await world.store.shared.read(other.digest)


async def test_a_thread_has_so_many_links_and_no_more_in_the_order_they_were_made(world: World) -> None:
    thread = await world.new_thread("Hello")
    links = [link(thread) for _ in range(MAX_SHARES)]
    for each in links:
        await world.scoped.shares.add(each, b"{}")
    with pytest.raises(BadRequest):
        await world.scoped.shares.add(link(thread), b"{}")
    assert await world.scoped.shares.list(thread.id) == links
    await world.scoped.shares.revoke(links[3].id)
    await world.scoped.shares.add(link(thread), b"{}")


async def test_what_was_done_is_noted_and_what_was_not_is_not(world: World) -> None:
    thread = await world.new_thread("Hello")
    share = link(thread)
    made = entry(world.project, "session s", "share.create", share.id)
    revoked = entry(world.project, "session s", "share.revoke", share.id)
    await world.scoped.shares.add(share, b"{}", made)
    await world.scoped.shares.revoke(share.id, revoked)
    with pytest.raises(NotFound):
        await world.scoped.shares.revoke(share.id, entry(world.project, "session s", "share.revoke", share.id))
    noted = await world.store.audit.latest(10, project=world.project)
    assert sorted(each.action for each in noted) == ["share.create", "share.revoke"]
    assert all(each.created_at <= clock.now() for each in noted)

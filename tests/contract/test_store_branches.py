"""Every store keeps these promises about the tree of a thread's items: `storage.base.Changes`, `storage.base.Fork`."""

import random

import pytest

from chatdock.errors import NotFound, ThreadBusy
from chatdock.storage.base import Changes
from chatdock.types.item import Item, UserMessage
from chatdock.types.page import PageQuery
from chatdock.types.thread import Thread
from storage.world import World, hidden, message, text_of


async def put(world: World, thread: Thread, *texts: str, **changes: str) -> list[UserMessage]:
    """Items with these words at the end of the branch that is read, after what `changes` asks for."""
    items = [message(thread, text) for text in texts]
    await world.scoped.commit(Changes(thread_id=thread.id, put_items=items, **changes))  # type: ignore[arg-type]
    return items


async def read(world: World, thread: Thread) -> str:
    """The words of the branch that is read; `latest` must say the same."""
    texts = await world.texts(thread)
    assert [text_of(item) for item in await world.scoped.items.latest(thread.id, 1000)] == texts
    return "".join(texts)


async def select(world: World, thread: Thread, item: Item | str) -> None:
    item_id = item if isinstance(item, str) else item.id
    await world.scoped.commit(Changes(thread_id=thread.id, read_branch=item_id))


async def forks(world: World, thread: Thread) -> list[tuple[str, str, list[str]]]:
    return [(fork.item_id, fork.version, fork.versions) for fork in await world.scoped.items.forks(thread.id)]


async def test_a_plain_thread_has_no_forks(world: World) -> None:
    thread = await world.new_thread(*"abc")
    assert await forks(world, thread) == []
    assert await forks(world, await world.new_thread()) == []


async def test_a_second_answer_stands_beside_the_first_and_either_can_be_read(world: World) -> None:
    thread = await world.new_thread()
    question, first, then = await put(world, thread, *"qab")
    [second] = await put(world, thread, "B", fork_after=question.id)
    assert await read(world, thread) == "qB"
    assert await forks(world, thread) == [(second.id, second.id, [first.id, second.id])]
    await select(world, thread, first)
    assert await read(world, thread) == "qab"
    assert await forks(world, thread) == [(first.id, first.id, [first.id, second.id])]
    await put(world, thread, "c")
    assert await read(world, thread) == "qabc"
    await select(world, thread, second)
    await put(world, thread, "C")
    assert await read(world, thread) == "qBC"
    await select(world, thread, then)
    assert await read(world, thread) == "qabc", "a walk goes on below the item to where it was"


async def test_an_edited_message_is_another_version_also_where_it_is_the_very_first(world: World) -> None:
    thread = await world.new_thread()
    first, _ = await put(world, thread, *"ab")
    [edited, _] = await put(world, thread, *"AB", fork_before=first.id)
    assert await read(world, thread) == "AB"
    assert await forks(world, thread) == [(edited.id, edited.id, [first.id, edited.id])]
    await select(world, thread, first)
    assert await read(world, thread) == "ab"


async def test_a_choice_further_down_is_remembered_when_one_comes_back(world: World) -> None:
    thread = await world.new_thread()
    one, two, three = await put(world, thread, *"123")
    [x] = await put(world, thread, "x", fork_after=two.id)
    await put(world, thread, "y", fork_after=two.id)
    await select(world, thread, x)
    [other] = await put(world, thread, "z", fork_after=one.id)
    assert await read(world, thread) == "1z"
    await select(world, thread, two)
    assert await read(world, thread) == "12x"
    shown = await forks(world, thread)
    assert [each[1] for each in shown] == [two.id, x.id], "in the branch's order"
    assert shown[0][2] == [two.id, other.id] and len(shown[1][2]) == 3
    await select(world, thread, three)
    assert await read(world, thread) == "123"


async def test_an_item_of_a_branch_that_is_not_read_can_be_forked_at(world: World) -> None:
    thread = await world.new_thread()
    one, two, _ = await put(world, thread, *"123")
    await put(world, thread, "x", fork_after=one.id)
    await put(world, thread, "y", fork_after=two.id)
    assert await read(world, thread) == "12y"


async def test_what_a_stock_retry_removes_is_the_branch_behind_the_message_and_what_hangs_on_it(world: World) -> None:
    thread = await world.new_thread()
    one, two, three = await put(world, thread, *"123")
    [kept] = await put(world, thread, "k", fork_after=one.id)
    await select(world, thread, three)
    [aside] = await put(world, thread, "a", fork_after=two.id)
    await select(world, thread, three)
    await put(world, thread, "n", remove_after=one.id)
    assert await read(world, thread) == "1n"
    for gone in (two, three, aside):
        with pytest.raises(NotFound):
            await world.scoped.items.get(thread.id, gone.id)
    await select(world, thread, kept)
    assert await read(world, thread) == "1k"


@pytest.mark.parametrize("reading", ["first", "second"])
async def test_what_followed_a_removed_item_follows_the_one_in_front(world: World, reading: str) -> None:
    thread = await world.new_thread()
    one, two, three = await put(world, thread, *"123")
    [second] = await put(world, thread, "x", fork_after=one.id)
    await select(world, thread, three if reading == "first" else second)
    await world.scoped.commit(Changes(thread_id=thread.id, remove_items=[two.id]))
    assert await read(world, thread) == ("13" if reading == "first" else "1x")
    [fork] = await forks(world, thread)
    assert set(fork[2]) == {second.id, three.id}
    await select(world, thread, three)
    assert await read(world, thread) == "13"


async def test_a_fork_at_which_nothing_came_goes_back_to_the_newest_version(world: World) -> None:
    thread = await world.new_thread()
    one, _, _ = await put(world, thread, *"123")
    await put(world, thread, "x", "y", fork_after=one.id)
    await world.scoped.commit(Changes(thread_id=thread.id, fork_after=one.id))
    assert await read(world, thread) == "1"
    await world.scoped.commit(Changes(thread_id=thread.id, settle_branch=True))
    assert await read(world, thread) == "1xy"
    await world.scoped.commit(Changes(thread_id=thread.id, settle_branch=True))
    assert await read(world, thread) == "1xy"


async def test_a_fork_that_begins_with_what_is_hidden_is_shown_at_what_can_be_seen(world: World) -> None:
    thread = await world.new_thread()
    question, _ = await put(world, thread, *"qa")
    secret, answer = hidden(thread), message(thread, "B")
    await world.scoped.commit(Changes(thread_id=thread.id, fork_after=question.id, put_items=[secret]))
    assert await forks(world, thread) == [], "nothing of this version is there to be seen yet"
    await world.put(thread, answer)
    [(shown, version, versions)] = await forks(world, thread)
    assert (shown, version, len(versions)) == (answer.id, secret.id, 2)


async def test_a_cursor_counts_along_the_branch_that_is_read(world: World) -> None:
    thread = await world.new_thread()
    items = await put(world, thread, *"abcdef")
    await put(world, thread, *"CDEF", fork_after=items[1].id)
    page = await world.scoped.items.page(thread.id, PageQuery(limit=3))
    assert [each.has_more for each in (page,)] == [True]
    rest = await world.scoped.items.page(thread.id, PageQuery(limit=10, after=page.after))
    assert len(page.data) == 3 and len(rest.data) == 3 and not rest.has_more


async def test_nothing_changes_while_an_answer_is_made_where_rest_is_required(world: World) -> None:
    thread = await world.new_thread()
    one, _ = await put(world, thread, *"12")
    await put(world, thread, "x", fork_after=one.id)
    await world.scoped.commit(Changes(thread_id=thread.id, start_run=world.run(thread, status="in_progress")))
    with pytest.raises(ThreadBusy):
        await world.scoped.commit(Changes(thread_id=thread.id, require_idle=True, read_branch=one.id))
    assert await read(world, thread) == "1x"


@pytest.mark.parametrize("what", ["fork_after", "fork_before", "read_branch", "remove_after"])
async def test_an_unknown_place_is_not_found_and_nothing_is_written(world: World, what: str) -> None:
    thread = await world.new_thread("a")
    elsewhere = await world.new_thread()
    [foreign] = await put(world, elsewhere, "b")
    for item_id in ("cti_unknown", foreign.id, ""):
        with pytest.raises(NotFound):
            await put(world, thread, "x", **{what: item_id})
    assert await read(world, thread) == "a"


async def test_forks_of_others_look_like_unknown_threads(world: World) -> None:
    thread = await world.new_thread()
    one, _ = await put(world, thread, *"12")
    await put(world, thread, "x", fork_after=one.id)
    for stranger in (world.beside(user="user-2"), world.beside(workflow="wf_b"), world.beside(project="p")):
        with pytest.raises(NotFound):
            await stranger.scoped.items.forks(thread.id)
        with pytest.raises(NotFound):
            await select(stranger, thread, one)
    assert len(await world.whole_project.items.forks(thread.id)) == 1


class Model:
    """What a tree is, written as plainly as can be: children by parent, and the child each parent goes on with."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}
        self.order: list[str] = []
        self.chosen: dict[str, str] = {}

    def path(self) -> list[str]:
        at, path = "", []
        while at in self.chosen:
            at = self.chosen[at]
            path.append(at)
        return path

    def put(self, item: str) -> None:
        leaf = (self.path() or [""])[-1]
        self.parent[item] = leaf
        self.chosen[leaf] = item
        self.order.append(item)

    def select(self, item: str) -> None:
        while item:
            self.chosen[self.parent[item]] = item
            item = self.parent[item]

    def fork(self, at: str) -> None:
        if at:
            self.select(at)
        self.chosen.pop(at, None)

    def remove(self, item: str) -> None:
        parent = self.parent.pop(item)
        self.order.remove(item)
        after = self.chosen.pop(item, None)
        if self.chosen.get(parent) == item:
            del self.chosen[parent]
            if after:
                self.chosen[parent] = after
        for child, above in self.parent.items():
            if above == item:
                self.parent[child] = parent

    def settle(self) -> None:
        leaf = (self.path() or [""])[-1]
        children = [each for each in self.order if self.parent[each] == leaf]
        if children:
            self.chosen[leaf] = children[-1]


async def test_any_row_of_changes_leaves_what_a_plain_tree_says(world: World) -> None:
    chance = random.Random(5)
    for _ in range(4):
        thread, model = await world.new_thread(), Model()
        for step in range(60):
            some = chance.choice(model.order) if model.order else None
            kind = chance.choice(("put", "put", "after", "before", "select", "remove", "settle"))
            changes = Changes(thread_id=thread.id)
            if kind == "settle":
                changes.settle_branch = True
                model.settle()
            elif kind == "select" and some:
                changes.read_branch = some
                model.select(some)
            elif kind == "remove" and some:
                changes.remove_items = [some]
                model.remove(some)
            else:
                if kind == "after" and some:
                    changes.fork_after = some
                    model.fork(some)
                elif kind == "before" and some:
                    changes.fork_before = some
                    model.select(some)
                    model.fork(model.parent[some])
                item = message(thread, str(step))
                changes.put_items = [item]
                model.put(item.id)
            await world.scoped.commit(changes)
            latest = await world.scoped.items.latest(thread.id, 1000)
            assert [item.id for item in latest] == model.path(), (step, kind)
            expected = [
                (each, sorted((c for c in model.order if model.parent[c] == model.parent[each]), key=model.order.index))
                for each in model.path()
            ]
            assert await forks(world, thread) == [(each, each, all_) for each, all_ in expected if len(all_) > 1]

"""fold(items, event) -> items: what a thread's visible items are after an event.

The widget has the same function, and both are held to the golden streams in `tests/fixtures/streams`.
Pure: the items given are never changed. Source: chatkit.md 2.4 and 2.5.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from chatdock.types.content import OutputText
from chatdock.types.event import (
    AnnotationAdded,
    ComponentUpdated,
    Event,
    ImageUpdated,
    ItemAdded,
    ItemDone,
    ItemRemoved,
    ItemReplaced,
    ItemUpdated,
    PartAdded,
    PartDone,
    RootUpdated,
    TaskAdded,
    TaskUpdated,
    TextDelta,
    Update,
    ValueDelta,
)
from chatdock.types.item import AssistantMessage, GeneratedImage, Item, WidgetItem, WorkflowItem, is_hidden
from chatdock.types.task import Task


def fold(items: Sequence[Item], event: Event) -> list[Item]:
    """The items after `event`; events that touch no item leave them as they are."""
    match event:
        case ItemAdded(item=item) | ItemDone(item=item) | ItemReplaced(item=item):
            return list(items) if is_hidden(item) else _upsert(items, item)
        case ItemRemoved(item_id=item_id):
            return [item for item in items if item.id != item_id]
        case ItemUpdated(item_id=item_id, update=update):
            return [apply(item, update) if item.id == item_id else item for item in items]
        case _:
            return list(items)


def apply(item: Item, update: Update) -> Item:
    """One item after one update; an update that does not fit the item's kind changes nothing."""
    match item, update:
        case AssistantMessage(), PartAdded() | TextDelta() | AnnotationAdded() | PartDone():
            return msgspec.structs.replace(item, content=_parts(item.content, update))
        case WidgetItem(), RootUpdated(widget=widget):
            return msgspec.structs.replace(item, widget=widget)
        case WidgetItem(), ComponentUpdated(component_id=component_id, component=component):
            return msgspec.structs.replace(item, widget=_swap(item.widget, component_id, component))
        case WidgetItem(), ValueDelta():
            return msgspec.structs.replace(item, widget=_grow(item.widget, update))
        case WorkflowItem(), TaskAdded(task_index=index, task=task) | TaskUpdated(task_index=index, task=task):
            workflow = msgspec.structs.replace(item.workflow, tasks=_set(item.workflow.tasks, index, task))
            return msgspec.structs.replace(item, workflow=workflow)
        case GeneratedImage(), ImageUpdated(image=image):
            return msgspec.structs.replace(item, image=image)
        case _:
            return item


def _upsert(items: Sequence[Item], item: Item) -> list[Item]:
    kept = list(items)
    for position, old in enumerate(kept):
        if old.id == item.id:
            kept[position] = item
            return kept
    kept.append(item)
    return kept


def _parts(parts: Sequence[OutputText], update: PartAdded | TextDelta | AnnotationAdded | PartDone) -> list[OutputText]:
    kept = list(parts)
    while len(kept) <= update.content_index:
        kept.append(OutputText(text="", annotations=[]))
    part = kept[update.content_index]
    match update:
        case PartAdded(content=content):
            part = content
        case TextDelta(delta=delta):
            part = OutputText(text=part.text + delta, annotations=part.annotations)
        case AnnotationAdded(annotation_index=index, annotation=annotation):
            annotations = list(part.annotations)
            annotations.insert(index, annotation)
            part = OutputText(text=part.text, annotations=annotations)
        case PartDone(content=content):
            part = OutputText(text=content.text, annotations=content.annotations or part.annotations)
    kept[update.content_index] = part
    return kept


def _set(tasks: Sequence[Task], index: int, task: Task) -> list[Task]:
    kept = list(tasks)
    kept[index : index + 1] = [task]
    return kept


def _swap(tree: dict[str, Any], component_id: str, component: dict[str, Any]) -> dict[str, Any]:
    edited: dict[str, Any] = _edit(tree, component_id, lambda _: component)[0]
    return edited


def _grow(tree: dict[str, Any], update: ValueDelta) -> dict[str, Any]:
    def grow(node: dict[str, Any]) -> dict[str, Any]:
        grown = {**node, "value": str(node.get("value") or "") + update.delta}
        if update.done and grown.get("streaming") is True:
            grown["streaming"] = False
        return grown

    edited: dict[str, Any] = _edit(tree, update.component_id, grow)[0]
    return edited


def _edit(tree: Any, component_id: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> tuple[Any, bool]:
    """The tree with its first node of that id changed, depth first, and whether there was one."""
    if isinstance(tree, list):
        for position, child in enumerate(tree):
            edited, found = _edit(child, component_id, change)
            if found:
                return [*tree[:position], edited, *tree[position + 1 :]], True
        return tree, False
    if not isinstance(tree, dict):
        return tree, False
    if tree.get("id") == component_id and "type" in tree:
        return change(tree), True
    for key, child in tree.items():
        edited, found = _edit(child, component_id, change)
        if found:
            return {**tree, key: edited}, True
    return tree, False

// fold(items, event) -> items: what an event makes of the visible items. Pure; the golden streams in tests/fixtures/streams hold it.
import type { AssistantMessage, Item, ItemUpdate, OutputText, ThreadEvent, WidgetNode } from "./types.ts";

const HIDDEN = new Set<string>(["hidden_context_item", "sdk_hidden_context"]);

export function fold(items: readonly Item[], event: ThreadEvent): readonly Item[] {
  switch (event.type) {
    case "thread.item.added":
    case "thread.item.done":
    case "thread.item.replaced":
      return HIDDEN.has(event.item.type) ? items : put(items, event.item);
    case "thread.item.removed":
      return items.some((each) => each.id === event.item_id) ? items.filter((each) => each.id !== event.item_id) : items;
    case "thread.item.updated": {
      const index = lastIndexOf(items, event.item_id);
      const before = items[index];
      if (!before) return items;
      const after = update(before, event.update);
      return after === before ? items : items.with(index, after);
    }
    default:
      return items;
  }
}

function put(items: readonly Item[], item: Item): readonly Item[] {
  const index = lastIndexOf(items, item.id);
  return index < 0 ? [...items, item] : items.with(index, item);
}

// From the end: the item that streams is nearly always the last one.
function lastIndexOf(items: readonly Item[], id: string): number {
  let index = items.length - 1;
  while (index >= 0 && items[index]?.id !== id) index--;
  return index;
}

function update(item: Item, change: ItemUpdate): Item {
  switch (change.type) {
    case "assistant_message.content_part.added":
      return withPart(item, change.content_index, () => change.content);
    case "assistant_message.content_part.text_delta":
      return withPart(item, change.content_index, (part) => ({ ...part, text: part.text + change.delta }));
    case "assistant_message.content_part.annotation_added":
      return withPart(item, change.content_index, (part) => ({
        ...part,
        annotations: (part.annotations ?? []).toSpliced(change.annotation_index, 0, change.annotation),
      }));
    case "assistant_message.content_part.done":
      // The reference's helper closes a part with an empty list even after streaming annotations.
      return withPart(item, change.content_index, (part) =>
        change.content.annotations?.length ? change.content : { ...change.content, annotations: part.annotations ?? [] },
      );
    case "widget.root.updated":
      return item.type === "widget" ? { ...item, widget: change.widget } : item;
    case "widget.component.updated":
      return withComponent(item, change.component_id, () => change.component);
    case "widget.streaming_text.value_delta":
      return withComponent(item, change.component_id, (node) => {
        const grown = { ...node, value: `${node.value ?? ""}${change.delta}` };
        return change.done && node.streaming ? { ...grown, streaming: false } : grown;
      });
    case "workflow.task.added":
    case "workflow.task.updated":
      // Assign, never push: an item may arrive with tasks that are then announced again.
      if (item.type !== "workflow") return item;
      return {
        ...item,
        workflow: { ...item.workflow, tasks: item.workflow.tasks.toSpliced(change.task_index, 1, change.task) },
      };
    case "generated_image.updated":
      return item.type === "generated_image" ? { ...item, image: change.image } : item;
    default:
      return item;
  }
}

const EMPTY_PART: OutputText = { type: "output_text", text: "", annotations: [] };

function withPart(item: Item, index: number, change: (part: OutputText) => OutputText): Item {
  if (item.type !== "assistant_message") return item;
  const content = item.content.slice();
  while (content.length <= index) content.push({ ...EMPTY_PART, annotations: [] });
  content[index] = change(content[index] as OutputText);
  return { ...item, content } satisfies AssistantMessage;
}

function withComponent(item: Item, id: string, change: (node: WidgetNode) => WidgetNode): Item {
  if (item.type !== "widget") return item;
  const widget = changeFirst(item.widget, id, change);
  return widget ? { ...item, widget } : item;
}

/** The tree with its first node of that id changed, depth first, or undefined when there is none. */
function changeFirst(node: WidgetNode, id: string, change: (node: WidgetNode) => WidgetNode): WidgetNode | undefined {
  if (node.id === id) return change(node);
  const { children } = node;
  if (Array.isArray(children)) {
    for (const [index, child] of children.entries()) {
      const changed = child && changeFirst(child, id, change);
      if (changed) return { ...node, children: children.with(index, changed) };
    }
  } else if (children) {
    const changed = changeFirst(children, id, change);
    if (changed) return { ...node, children: changed };
  }
  return undefined;
}

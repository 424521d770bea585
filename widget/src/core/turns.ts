// Items grouped into turns: what the user said, and everything the assistant showed until the user spoke again.
import type { Item, UserMessage } from "./types.ts";

export type Turn = { key: string; role: "user"; items: [UserMessage] } | { key: string; role: "assistant"; items: Item[] };

const SHOWN = new Set<string>(["assistant_message", "widget", "generated_image", "workflow", "task", "structured_input"]);

/** `before` are the turns as they were: one that is the same still is the same object, which nobody has to draw again. */
export function toTurns(items: readonly Item[], keyOf: (item: Item) => string, before: readonly Turn[] = []): Turn[] {
  const turns: Turn[] = [];
  let open: (Turn & { role: "assistant" }) | undefined;
  for (const item of items) {
    if (item.type === "user_message") {
      turns.push({ key: keyOf(item), role: "user", items: [item] });
      open = undefined;
    } else if (item.type === "end_of_turn") open = undefined;
    else if (SHOWN.has(item.type) && !(item.type === "structured_input" && item.status === "pending")) {
      if (!open) {
        open = { key: keyOf(item), role: "assistant", items: [] };
        turns.push(open);
      }
      open.items.push(item);
    }
  }
  return turns.map((turn, index) => {
    const known = before[index];
    const same =
      known?.key === turn.key && known.items.length === turn.items.length && known.items.every((item, n) => item === turn.items[n]);
    return same ? known : turn;
  });
}

/** What the copy button yields: the turn's text, and what its widgets offer for copying. */
export function copyText(turn: Turn): string {
  return turn.items
    .map((item) => {
      if (item.type === "assistant_message") return item.content.map((part) => part.text).join("\n\n");
      if (item.type === "user_message") return item.content.map((part) => part.text).join("");
      return item.type === "widget" ? (item.copy_text ?? "") : "";
    })
    .filter(Boolean)
    .join("\n\n");
}

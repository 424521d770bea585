import assert from "node:assert/strict";
import test from "node:test";
import { signal } from "@preact/signals-core";
import type { Chat } from "../src/core/store.ts";
import type { Item } from "../src/core/types.ts";
import type { Announcer } from "../src/elements/announcer.ts";
import { narrate } from "../src/elements/narrator.ts";
import type { Language } from "../src/i18n/locale.ts";

/** What is said of an answer that comes in these pieces, piece by piece, and then at its end. */
function said(...pieces: string[]): string[] {
  const items = signal<Item[]>([]);
  const live = signal<ReadonlySet<string>>(new Set());
  const responding = signal(false);
  const heard: string[] = [];
  const announcer = { say: (text: string) => heard.push(text.trim()) } as unknown as Announcer;
  const language = { value: { terms: { answering: "Answering" } } as unknown as Language };
  const answer = (text: string) =>
    [{ id: "a", type: "assistant_message", content: [{ type: "output_text", text, annotations: [] }] }] as unknown as Item[];
  items.value = [...answer("An older one."), ...answer("And another.")].map((each, n) => ({ ...each, id: `old${n}` }) as Item);
  const stop = narrate({ items, live, responding } as unknown as Chat, announcer, language);
  const before = items.value;
  responding.value = true;
  live.value = new Set(["a"]);
  let text = "";
  for (const piece of pieces) {
    text += piece;
    items.value = [...before, ...answer(text)];
    heard.push("|");
  }
  live.value = new Set();
  responding.value = false;
  stop();
  return heard.filter(Boolean);
}

test("sentences are told once they are complete, and what is left at the end", () => {
  assert.deepEqual(said("It is 3.", "14 or so. Then", " more.\n\nAnd", " the end"), [
    "Answering",
    "|",
    "It is 3.14 or so.",
    "|",
    "Then more.",
    "|",
    "|",
    "And the end",
  ]);
});

test("an answer shorter than a sentence is told at its end, an empty one never", () => {
  assert.deepEqual(said("Yes"), ["Answering", "|", "Yes"]);
  assert.deepEqual(said(""), ["Answering", "|"]);
});

test("full stops that need no blank behind them end a sentence at once", () => {
  assert.deepEqual(said("こんにちは。", "元気？はい"), ["Answering", "こんにちは。", "|", "元気？", "|", "はい"]);
});

test("marks of markdown are not told", () => {
  assert.deepEqual(said("# A `b` **c**\n\n- [d](https://e.example) f\n\n| g | h |\n"), ["Answering", "A b c d f", "|", "g h"]);
});

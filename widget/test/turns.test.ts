// Items as turns, of which those that are the same stay the same objects: a long thread is not drawn again for each word of its last answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { toTurns } from "../src/core/turns.ts";
import type { Item } from "../src/core/types.ts";

const said = (n: number, text = `Text ${n}`): Item =>
  ({
    id: `i${n}`,
    type: n % 2 ? "assistant_message" : "user_message",
    thread_id: "thr",
    created_at: "2026-11-21T09:00:00Z",
    content: [{ type: n % 2 ? "output_text" : "input_text", text }],
  }) as Item;
const keyOf = (item: Item) => item.id;

test("a turn whose items are the same is the same object, and only the others are new", () => {
  const items = Array.from({ length: 400 }, (_, n) => said(n));
  const before = toTurns(items, keyOf);
  const grown = items.with(399, said(399, "Text 399 and more"));
  const after = toTurns(grown, keyOf, before);
  assert.equal(after.length, 400);
  assert.equal(after.filter((turn, n) => turn !== before[n]).length, 1);
  assert.deepEqual(after, toTurns(grown, keyOf));

  const more = toTurns([...grown, said(400)], keyOf, after);
  assert.equal(more.filter((turn, n) => turn !== after[n]).length, 1);
  assert.deepEqual(toTurns(grown.slice(0, 10), keyOf, after), toTurns(grown.slice(0, 10), keyOf));
});

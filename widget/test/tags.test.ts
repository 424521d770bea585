import assert from "node:assert/strict";
import { test } from "node:test";
import { edited, fromContent, toContent, withTag } from "../src/core/tags.ts";
import type { TagPart } from "../src/core/types.ts";

const part: TagPart = { type: "input_tag", id: "u1", text: "Ada", data: {}, interactive: true };
const asked = withTag("ask @ad about it", [], 4, 7, part);

test("a tag takes the place of what was typed for it", () => {
  assert.equal(asked.text, "ask Ada about it");
  assert.deepEqual(asked.tags, [{ start: 4, end: 7, part }]);
  assert.deepEqual(withTag("@a", [], 0, 2, part), { text: "Ada ", tags: [{ start: 0, end: 3, part }], caret: 4 });
});

test("text typed before a tag moves it, text typed after leaves it", () => {
  const before = edited(asked.text, asked.tags, "please ask Ada about it", 7);
  assert.deepEqual(before.tags[0], { start: 11, end: 14, part });
  const after = edited(asked.text, asked.tags, "ask Ada! about it", 8);
  assert.deepEqual(after.tags, asked.tags);
});

test("Backspace at a tag's end takes all of it", () => {
  assert.deepEqual(edited(asked.text, asked.tags, "ask Ad about it", 6), { text: "ask  about it", tags: [], caret: 4 });
});

test("a selection that cuts into a tag takes all of it when deleted", () => {
  // "k A" was selected.
  assert.deepEqual(edited(asked.text, asked.tags, "asda about it", 2), { text: "as about it", tags: [], caret: 2 });
});

test("typing inside a tag makes it plain text", () => {
  assert.deepEqual(edited(asked.text, asked.tags, "ask Axda about it", 6), { text: "ask Axda about it", tags: [], caret: 6 });
});

test("deleting one of two equal letters beside a tag leaves the tag", () => {
  const { text, tags } = withTag("aa", [], 1, 1, { ...part, text: "aa" });
  assert.equal(text, "aaa a");
  assert.deepEqual(edited(text, tags, "aa a", 0).tags, [{ start: 0, end: 2, part: { ...part, text: "aa" } }]);
});

test("content holds text and tags in their order, without the spaces around it, and can be taken back", () => {
  const content = toContent(`  ${asked.text}\n`, [{ start: 6, end: 9, part }]);
  assert.deepEqual(content, [{ type: "input_text", text: "ask " }, part, { type: "input_text", text: " about it" }]);
  assert.deepEqual(fromContent(content), { text: asked.text, tags: asked.tags });
});

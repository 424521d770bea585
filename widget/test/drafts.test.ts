import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts } from "../src/core/drafts.ts";

function shelf() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

test("each thread has its own draft, also for the next page", () => {
  const storage = shelf();
  const drafts = new Drafts(storage, "k");
  drafts.set(null, "new");
  drafts.set("cthr_1", "one");
  drafts.flush();
  const next = new Drafts(storage, "k");
  assert.deepEqual([next.get(null), next.get("cthr_1"), next.get("cthr_2")], ["new", "one", ""]);
  next.set(null, "");
  next.set("cthr_1", " ");
  next.flush();
  assert.equal(storage.kept.size, 0);
});

test("there are never more than thirty, and the oldest go", () => {
  const storage = shelf();
  const drafts = new Drafts(storage, "k");
  for (let n = 0; n < 40; n++) drafts.set(`cthr_${n}`, `text ${n}`);
  drafts.flush();
  assert.equal(JSON.parse(storage.kept.get("k") ?? "[]").length, 30);
  assert.equal(drafts.get("cthr_9"), "");
  assert.equal(drafts.get("cthr_39"), "text 39");
});

test("a spoiled or missing storage costs nothing but the memory of it", () => {
  const storage = shelf();
  storage.kept.set("k", "{not json");
  assert.equal(new Drafts(storage, "k").get(null), "");
  const full = {
    ...storage,
    setItem: () => {
      throw new Error("full");
    },
  };
  for (const each of [full, undefined]) {
    const drafts = new Drafts(each, "k");
    drafts.set(null, "text");
    drafts.flush();
    assert.equal(drafts.get(null), "text");
  }
});

// When a thread is said to end with an answer that was cut short.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../src/core/client.ts";
import { tellCut } from "../src/core/cut.ts";
import { Chat } from "../src/core/store.ts";
import type { Item, Run, Thread } from "../src/core/types.ts";

const BEGAN = Date.parse("2026-11-22T10:00:00Z");
const thread = {
  id: "cthr_1",
  created_at: "2026-11-22T09:00:00Z",
  status: { type: "active" },
  items: { data: [], has_more: false },
} as Thread;
const after = (seconds: number) => new Date(BEGAN + seconds * 1000).toISOString();
const asked: Item = {
  type: "user_message",
  id: "cti_u",
  thread_id: "cthr_1",
  created_at: after(0.2),
  content: [],
  attachments: [],
  inference_options: {},
};
const answer = (seconds: number): Item => ({
  type: "assistant_message",
  id: "cti_a",
  thread_id: "cthr_1",
  created_at: after(seconds),
  content: [{ type: "output_text", text: "One, two", annotations: [] }],
});

function ending(run: Partial<Run>, ...items: Item[]): Chat {
  const chat = new Chat(new Client({ mode: "custom", url: "https://chat.example", fetch }, () => "en"), {
    emit: () => undefined,
    rememberThread: () => undefined,
    schedule: (flush) => setTimeout(flush),
    uuid: () => "u1",
  });
  chat.thread.value = thread;
  chat.items.value = items;
  tellCut(chat, {
    id: "run_1",
    thread_id: "cthr_1",
    status: "failed",
    last_seq: 9,
    created_at: BEGAN / 1000,
    completed_at: BEGAN / 1000 + 8,
    error: { code: "model_cut", message: "The answer was cut off.", allow_retry: true },
    ...run,
  });
  return chat;
}

test("an answer that was cut, and one that never came, is told with the way to try again", () => {
  for (const items of [[asked], [asked, answer(0.7)], [asked, answer(8.9)]]) {
    const { failure } = ending({}, ...items);
    assert.deepEqual([failure.value?.code, failure.value?.message], ["model_cut", "The answer was cut off."]);
    assert.ok(failure.value?.retry);
  }
});

test("what may not be asked again offers no such thing", () => {
  const { failure } = ending({ error: { code: "custom", message: "Your plan has ended." } }, asked);
  assert.deepEqual(failure.value, { kind: "server", code: "custom", message: "Your plan has ended." });
});

test("what a backend said since, and an older answer in its place, ends the thread as well as any", () => {
  assert.equal(ending({}, asked, answer(9.1)).failure.value, null);
  assert.equal(ending({}, asked, answer(-60)).failure.value, null);
});

test("another thread, and one that is answered by now, is told nothing", () => {
  assert.equal(ending({ thread_id: "cthr_2" }, asked).failure.value, null);
});

// Messages in line: who waits is what the service says, however late this page learns of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../src/core/client.ts";
import { Session } from "../src/core/session.ts";
import { Chat } from "../src/core/store.ts";
import type { Run, UserMessage } from "../src/core/types.ts";
import { Line } from "../src/core/waiting.ts";

const said = (id: string): UserMessage => ({
  id,
  type: "user_message",
  thread_id: "thr",
  created_at: "2026-01-01T00:00:00Z",
  content: [{ type: "input_text", text: id }],
  attachments: [],
  inference_options: {},
});
const settled = async () => {
  for (let n = 0; n < 20; n++) await new Promise((resolve) => setTimeout(resolve));
};

/** A thread whose messages and runs the test changes as it goes. */
async function scene(ids: string[], runs: Partial<Run>[]) {
  const server = { ids, runs };
  const fetch = async (url: string, init: RequestInit) => {
    if (init.method === "POST") {
      const items = { data: server.ids.map(said), has_more: false };
      return Response.json(JSON.parse(String(init.body)).type === "items.list" ? items : { id: "thr", status: { type: "active" }, items });
    }
    const one = /\/runs\/(\w+)$/.exec(url)?.[1];
    if (one) return Response.json(server.runs.find((each) => each.id === one) ?? { id: one, status: "completed", started_at: 1 });
    return Response.json({ data: server.runs.filter((each) => each.status === "queued" || each.status === "in_progress") });
  };
  const door = { mode: "hosted" as const, base: "https://chat.example", session: new Session(async () => "ek_test"), fetch };
  const chat = new Chat(new Client(door, () => "en"), {
    emit: () => undefined,
    rememberThread: () => undefined,
    schedule: (flush) => setTimeout(flush),
    uuid: () => "u",
  });
  await chat.openThread("thr");
  const stop = new AbortController();
  const begin = () => new Line(chat, stop.signal);
  const shown = () => ({ items: chat.items.value.map((each) => each.id), waiting: chat.waiting.value.map((each) => each.message.id) });
  return { server, chat, begin, shown, end: () => stop.abort() };
}

const queued = (id: string, item_id: string) => ({ id, status: "queued" as const, item_id, started_at: null });

test("what waits is told apart from what was said, also when an answer is drawn already", async () => {
  const { chat, begin, shown, end } = await scene(["a", "b"], [queued("r2", "b")]);
  chat.responding.value = true;
  begin();
  await settled();
  assert.deepEqual(shown(), { items: ["a"], waiting: ["b"] });
  end();
});

test("a message that was answered unseen is read with the thread, once the answer before it is drawn", async () => {
  const { server, chat, begin, shown, end } = await scene(["a", "b"], [queued("r2", "b")]);
  const line = begin();
  await settled();
  chat.responding.value = true;
  server.runs = [{ id: "r2", status: "completed", started_at: 1 }];
  server.ids = ["a", "b", "c"];
  await line.look();
  assert.deepEqual(shown(), { items: ["a"], waiting: ["b"] });
  chat.responding.value = false;
  await settled();
  assert.deepEqual(shown(), { items: ["a", "b", "c"], waiting: [] });
  end();
});

test("a message that was taken back elsewhere goes at once", async () => {
  const { server, chat, begin, shown, end } = await scene(["a", "b"], [queued("r2", "b")]);
  const line = begin();
  await settled();
  chat.responding.value = true;
  server.runs = [{ id: "r2", status: "cancelled", started_at: null }];
  server.ids = ["a"];
  await line.look();
  assert.deepEqual(shown(), { items: ["a"], waiting: [] });
  end();
});

// What the list of threads makes of news that comes while it is still reading.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ReadonlySignal, signal } from "@preact/signals-core";
import { Client } from "../src/core/client.ts";
import { follow } from "../src/core/follow.ts";
import { historyOf } from "../src/core/history.ts";
import { Session } from "../src/core/session.ts";
import { Chat } from "../src/core/store.ts";
import type { Thread } from "../src/core/types.ts";

const thread = (id: string, title?: string) => ({
  id,
  created_at: "2026-11-21T09:00:00Z",
  status: { type: "active" },
  ...(title && { title }),
});
const marks = (unread: boolean) => ({ ...thread("cthr_1"), created_at: 1_795_000_000, title: null, unread });
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A conversation whose server answers when the test says so. */
function scene(atEnd?: ReadonlySignal<boolean>) {
  Object.assign(globalThis, { BroadcastChannel: undefined, addEventListener: () => undefined, removeEventListener: () => undefined });
  const abort = new AbortController();
  const asked: { type: string; answer(body: object): Promise<unknown>; refuse(status: number): Promise<unknown> }[] = [];
  let news!: ReadableStreamDefaultController<Uint8Array>;
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    if (url.endsWith("/v1/chatkit/events"))
      return Promise.resolve(
        new Response(
          new ReadableStream({
            start(controller) {
              news = controller;
              init.signal?.addEventListener("abort", () => controller.error(init.signal?.reason));
            },
          }),
        ),
      );
    return new Promise((resolve) => {
      const settle = (response: Response) => {
        resolve(response);
        return turn();
      };
      asked.push({
        type: init.method === "GET" ? new URL(url).pathname : (JSON.parse(String(init.body)).type ?? `${init.method} ${init.body}`),
        answer: (body) => settle(Response.json(body)),
        refuse: (status) => settle(Response.json({ error: { message: "no", type: "error", code: "error" } }, { status })),
      });
    });
  };
  const client = new Client(
    { mode: "hosted", base: "https://chat.example", session: new Session(async () => "ek_test"), fetch },
    () => "en",
  );
  const chat = new Chat(client, { emit: () => undefined, rememberThread: () => undefined, schedule: setTimeout, uuid: () => "u1" });
  follow(chat, "test", signal(new Set()), abort.signal, () => void chat.openThread(null), atEnd);
  const tell = (happening: object) => {
    news.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(happening)}\n\n`));
    return turn();
  };
  const rows = () => chat.history?.threads.value?.map(({ id, title }) => [id, title]);
  return { chat, asked, tell, rows, end: () => abort.abort() };
}

test("a title that is told while the new thread is being read is read after it", async () => {
  const { chat, asked, tell, rows, end } = scene();
  void historyOf(chat).load();
  await turn();
  await asked[0]?.answer({ data: [], has_more: false });
  await tell({ type: "thread.created", thread_id: "cthr_1" });
  await tell({ type: "thread.updated", thread_id: "cthr_1" });
  assert.equal(asked.length, 2, "one request at a time");
  await asked[1]?.answer(thread("cthr_1"));
  await asked[2]?.answer(thread("cthr_1", "A title"));
  assert.deepEqual(rows(), [["cthr_1", "A title"]]);
  end();
});

test("a thread that is told while the list is on its way is in the list, and one that is gone is not", async () => {
  const { chat, asked, tell, rows, end } = scene();
  await turn();
  void historyOf(chat).load();
  await turn();
  await tell({ type: "thread.created", thread_id: "cthr_2" });
  await tell({ type: "thread.deleted", thread_id: "cthr_1" });
  await asked[1]?.answer(thread("cthr_2", "New"));
  await asked[0]?.answer({ data: [thread("cthr_1", "Old")], has_more: false });
  assert.deepEqual(rows(), [["cthr_2", "New"]]);
  end();
});

test("a thread that could not be read in passing is read again", async () => {
  const { chat, asked, tell, rows, end } = scene();
  void historyOf(chat).load();
  await turn();
  await asked[0]?.answer({ data: [], has_more: false });
  await tell({ type: "thread.created", thread_id: "cthr_1" });
  await asked[1]?.refuse(503);
  for (let n = 0; n < 1_000 && asked.length < 3; n++) await turn();
  await asked[2]?.answer(thread("cthr_1", "There"));
  assert.deepEqual(rows(), [["cthr_1", "There"]]);
  end();
});

test("what could not be deleted comes back alone, and what was deleted elsewhere does not", async () => {
  const { chat, asked, rows, end } = scene();
  const history = historyOf(chat);
  void history.load();
  await turn();
  await asked[0]?.answer({ data: [thread("cthr_1", "One"), thread("cthr_2", "Two"), thread("cthr_3", "Three")], has_more: false });
  const refused = assert.rejects(history.remove("cthr_1"));
  void history.remove("cthr_2");
  const elsewhere = history.remove("cthr_3");
  const renamed = assert.rejects(history.rename("cthr_1", "Uno"));
  await turn();
  await asked[2]?.answer({});
  await asked[3]?.refuse(404);
  await asked[1]?.refuse(403);
  await asked[4]?.refuse(403);
  await Promise.all([refused, elsewhere, renamed]);
  assert.deepEqual(rows(), [["cthr_1", "One"]]);
  end();
});

for (const retold of [true, false])
  test(`an answer that ended before its new thread was drawn counts as read once it is${retold ? ", told of again" : ""}`, async () => {
    const { chat, asked, tell, end } = scene(signal(true));
    await turn();
    await asked[0]?.answer({ data: [], has_more: false });
    await tell({ type: "thread.created", thread_id: "cthr_1" });
    await tell({ type: "run.ended", thread_id: "cthr_1", run_id: "run_1", status: "completed" });
    if (retold) await tell({ type: "thread.updated", thread_id: "cthr_1" });
    assert.equal(asked[1]?.type, "/v1/chatkit/threads/cthr_1/marks");
    await asked[1]?.answer(marks(false));
    chat.thread.value = thread("cthr_1") as Thread;
    chat.items.value = [{ id: "msg_1", type: "assistant_message", thread_id: "cthr_1", created_at: "", content: [] }];
    await turn();
    assert.equal(asked[2]?.type, "/v1/chatkit/threads/cthr_1/marks", "what was read may be from before the end");
    await asked[2]?.answer(marks(true));
    assert.match(asked[3]?.type ?? "", /"read_through":"msg_1"/);
    await asked[3]?.answer(marks(false));
    end();
  });

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../src/core/client.ts";
import { toInput } from "../src/core/composer.ts";
import { act } from "../src/core/deeds.ts";
import { Chat, type ChatHost } from "../src/core/store.ts";
import type { Item } from "../src/core/types.ts";

const thread = { id: "cthr_1", created_at: "2026-11-21T09:00:00Z", status: { type: "active" }, items: { data: [], has_more: false } };
const base = (id: string, type: string) => ({ id, type, thread_id: "cthr_1", created_at: "2026-11-21T09:00:00Z" });
const user = { ...base("cti_u1", "user_message"), content: [{ type: "input_text", text: "Hi" }], attachments: [], inference_options: {} };
const answer = { ...base("cti_a1", "assistant_message"), content: [{ type: "output_text", text: "Hello", annotations: [] }] };

type Body = { type: string; params: Record<string, unknown>; metadata?: Record<string, unknown> };

function chatWith(
  answers: (body: Body) => unknown[] | object,
  host: Partial<ChatHost> = {},
): { chat: Chat; sent: Body[]; emitted: string[] } {
  const sent: Body[] = [];
  const emitted: string[] = [];
  const fetch = async (_url: string, init: RequestInit) => {
    const body = JSON.parse(String(init.body)) as Body;
    sent.push(body);
    const reply = await answers(body);
    if (reply instanceof Error) throw reply;
    if (Array.isArray(reply)) return new Response(reply.map((each) => `data: ${JSON.stringify(each)}\n\n`).join(""));
    return Response.json(reply);
  };
  const chat = new Chat(new Client({ mode: "custom", url: "https://chat.example/chatkit", fetch }, () => "en"), {
    emit: (name) => emitted.push(name),
    rememberThread: () => undefined,
    schedule: (flush) => setTimeout(flush),
    uuid: () => "u1",
    ...host,
  });
  return { chat, sent, emitted };
}
const hello = toInput({ content: [{ type: "input_text", text: "Hi" }] });

test("a first message creates a thread and ends with the answer in place of its local bubble", async () => {
  const { chat, sent, emitted } = chatWith(() => [
    { type: "thread.created", thread },
    { type: "thread.item.done", item: user },
    { type: "thread.item.done", item: answer },
  ]);
  const done = chat.send(hello);
  assert.equal(chat.items.value[0]?.id, "local_u1");
  await done;
  assert.deepEqual(chat.items.value as unknown[], [user, answer]);
  assert.equal(chat.keyOf(chat.items.value[0] as Item), "local_u1", "the bubble keeps its key");
  assert.equal(sent[0]?.type, "threads.create");
  assert.deepEqual(sent[0]?.metadata, { client_message_id: "u1" });
  assert.deepEqual(emitted, ["response.start", "thread.change", "response.end"]);
});

test("a client tool's result continues the answer, and the response ends once", async () => {
  const call = { ...base("cti_c1", "client_tool_call"), status: "pending", call_id: "c1", name: "where", arguments: { x: 1 } };
  const { chat, sent, emitted } = chatWith(
    ({ type }) =>
      type === "threads.create"
        ? [
            { type: "thread.created", thread },
            { type: "thread.item.done", item: user },
            { type: "thread.item.done", item: call },
          ]
        : [{ type: "thread.item.done", item: answer }],
    {
      clientTool:
        () =>
        async ({ name, params }) => ({ name, params }),
    },
  );
  await chat.send(hello);
  assert.deepEqual(sent[1], {
    type: "threads.add_client_tool_output",
    params: { thread_id: "cthr_1", result: { name: "where", params: { x: 1 } } },
  });
  assert.equal(emitted.filter((each) => each === "response.end").length, 1);
  assert.equal(chat.items.value.at(-1)?.id, "cti_a1");
});

test("a tool that gives nothing sends null, one that throws sends why", async () => {
  const call = { ...base("cti_c1", "client_tool_call"), status: "pending", call_id: "c1", name: "where", arguments: {} };
  for (const [tool, result] of [
    [() => undefined, null],
    [
      () => {
        throw new Error("no map");
      },
      { error: "no map" },
    ],
  ] as const) {
    const { chat, sent } = chatWith(
      ({ type }) =>
        type === "threads.create"
          ? [
              { type: "thread.created", thread },
              { type: "thread.item.done", item: call },
            ]
          : [],
      { clientTool: () => tool },
    );
    await chat.send(hello);
    assert.deepEqual(sent[1]?.params.result, result);
  }
});

test("a failed send keeps the message and sends it again under the same id", async () => {
  let fail = true;
  const { chat, sent } = chatWith(() =>
    fail
      ? new TypeError("offline")
      : [
          { type: "thread.created", thread },
          { type: "thread.item.done", item: user },
        ],
  );
  await chat.send(hello);
  assert.equal(chat.failure.value?.kind, "connection");
  assert.equal(chat.items.value.length, 1);
  fail = false;
  chat.failure.value?.retry?.();
  while (chat.responding.value) await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(chat.items.value as unknown[], [user]);
  assert.equal(sent[0]?.metadata?.client_message_id, sent[1]?.metadata?.client_message_id);
});

test("an error in the stream offers to answer again, dropping what came after the message", async () => {
  const { chat, sent } = chatWith(({ type }) =>
    type === "threads.create"
      ? [
          { type: "thread.created", thread },
          { type: "thread.item.done", item: user },
          { type: "thread.item.done", item: answer },
          { type: "error", code: "stream.error", allow_retry: true },
        ]
      : [],
  );
  await chat.send(hello);
  chat.failure.value?.retry?.();
  assert.deepEqual(chat.items.value as unknown[], [user]);
  assert.deepEqual(sent[1]?.params, { thread_id: "cthr_1", item_id: "cti_u1" });
});

test("a long thread opens at its newest items and pages back", async () => {
  const items = Array.from({ length: 100 }, (_, n) => ({ ...answer, id: `cti_${n}` }));
  const { chat } = chatWith(({ type, params }) => {
    if (type === "threads.get_by_id") return { ...thread, items: { data: items.slice(0, 20), has_more: true, after: "cti_19" } };
    const newest = items.toReversed();
    const from = params.after ? newest.findIndex((each) => each.id === params.after) + 1 : 0;
    const data = newest.slice(from, from + Number(params.limit));
    const more = from + data.length < newest.length;
    return { data, has_more: more, ...(more && { after: data.at(-1)?.id }) };
  });
  await chat.openThread("cthr_1");
  assert.equal(chat.items.value.at(-1)?.id, "cti_99");
  while (chat.hasOlder.value) await chat.loadOlder();
  assert.deepEqual(
    chat.items.value.map((each) => each.id),
    items.map((each) => each.id),
  );
});

test("a synchronous action changes only its widget, also while an answer streams", async () => {
  const widget = { ...base("cti_w1", "widget"), widget: { type: "Card", children: [] } };
  const touched = { ...widget, widget: { type: "Card", children: [{ type: "Text", value: "touched" }] } };
  const { chat } = chatWith(({ type }) =>
    type === "threads.create"
      ? [
          { type: "thread.created", thread },
          { type: "thread.item.done", item: user },
          { type: "thread.item.done", item: widget },
          { type: "thread.item.done", item: answer },
        ]
      : { updated_item: touched },
  );
  await chat.send(hello);
  await act(chat, { type: "gallery.touch", streaming: false }, "cti_w1");
  assert.deepEqual(chat.items.value as unknown[], [user, touched, answer]);
});

test("what comes of an action or of a tool after its thread was left is not drawn in the next one", async () => {
  const widget = { ...base("cti_w1", "widget"), widget: { type: "Card", children: [] } };
  const call = { ...base("cti_c1", "client_tool_call"), status: "pending", call_id: "c1", name: "where", arguments: {} };
  const next = { ...thread, id: "cthr_2" };
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const { chat, sent } = chatWith(
    async ({ type, params }) => {
      if (type === "threads.create")
        return [
          { type: "thread.created", thread },
          { type: "thread.item.done", item: widget },
          { type: "thread.item.done", item: call },
        ];
      if (params.thread_id === "cthr_2") return next;
      await finished;
      return { updated_item: widget };
    },
    { clientTool: () => () => finished },
  );
  void chat.send(hello);
  while (chat.items.value.at(-1)?.id !== "cti_c1") await new Promise((resolve) => setTimeout(resolve));
  const acted = act(chat, { type: "gallery.touch", streaming: false }, "cti_w1");
  await chat.openThread("cthr_2");
  finish();
  await acted;
  await new Promise((resolve) => setTimeout(resolve, 2));
  assert.ok(sent.some(({ type }) => type === "threads.sync_custom_action"));
  assert.deepEqual(chat.items.value, []);
});

test("what an answer still says after its thread was left is not drawn in the next one", async () => {
  for (let after = 0; after < 60; after++) {
    const { chat } = chatWith(() => [
      { type: "thread.created", thread },
      { type: "thread.item.done", item: user },
    ]);
    const done = chat.send(hello);
    for (let n = 0; n < after; n++) await Promise.resolve();
    await chat.openThread(null);
    await done;
    await new Promise((resolve) => setTimeout(resolve, 2));
    assert.equal(chat.thread.value, null, `left after ${after} turns`);
    assert.deepEqual(chat.items.value, [], `left after ${after} turns`);
  }
});

/** A conversation whose requests for the thread wait; `let_go` answers them as they were asked. */
async function held(): Promise<{ chat: Chat; let_go(): Promise<void> }> {
  const waiting: (() => void)[] = [];
  const stored: Record<string, unknown[]> = { cthr_1: [user, answer], cthr_2: [{ ...answer, id: "cti_2", thread_id: "cthr_2" }] };
  let slow = false;
  const fetch = async (_url: string, init: RequestInit) => {
    const { type, params } = JSON.parse(String(init.body)) as Body;
    const id = String(params.thread_id);
    const found = Response.json({ ...thread, id, items: { data: stored[id], has_more: false } });
    if (type === "threads.get_by_id" && slow) await new Promise<void>((resolve) => waiting.push(resolve));
    if (type === "threads.get_by_id") return found;
    const said = { ...user, id: "cti_u2" };
    stored[id]?.push(said);
    return new Response(`data: ${JSON.stringify({ type: "thread.item.done", item: said })}\n\n`);
  };
  const chat = new Chat(new Client({ mode: "custom", url: "https://chat.example/chatkit", fetch }, () => "en"), {
    emit: () => undefined,
    rememberThread: () => undefined,
    schedule: (flush) => setTimeout(flush),
    uuid: () => "u2",
  });
  await chat.openThread("cthr_1");
  slow = true;
  return {
    chat,
    async let_go() {
      slow = false;
      for (const each of waiting.splice(0)) each();
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

const ids = (chat: Chat) => chat.items.value.map((each) => each.id);

test("a thread that is read again while a message is sent takes nothing of it away", async () => {
  for (const ended of [true, false]) {
    const { chat, let_go } = await held();
    void chat.refresh();
    const sent = chat.send(hello);
    if (ended) await sent;
    await let_go();
    await sent;
    assert.deepEqual(ids(chat), ["cti_u1", "cti_a1", "cti_u2"], ended ? "after its end" : "while it is on its way");
    assert.equal(chat.behind, false, "and what it was read again for is there");
  }
});

test("a thread that is read again does not come back once another was opened", async () => {
  for (const next of ["cthr_2", null]) {
    const { chat, let_go } = await held();
    void chat.refresh();
    const opened = chat.openThread(next);
    await let_go();
    await opened;
    assert.equal(chat.thread.value?.id ?? null, next);
    assert.deepEqual(ids(chat), next ? ["cti_2"] : []);
  }
});

/** A thread of a hundred items, the newest eighty of them shown, and a page of older ones on its way until it is let go. */
async function paging(): Promise<{ chat: Chat; say(count: number): void; let_go(): Promise<void> }> {
  const all = Array.from({ length: 100 }, (_, n) => ({ ...answer, id: `cti_${n}` }));
  const waiting: (() => void)[] = [];
  let slow = false;
  const { chat } = chatWith(async ({ type, params }) => {
    if (type === "threads.get_by_id") return { ...thread, items: { data: all.slice(0, 20), has_more: true, after: "cti_19" } };
    const newest = all.toReversed();
    const from = params.after ? newest.findIndex((each) => each.id === params.after) + 1 : 0;
    if (slow && from) await new Promise<void>((resolve) => waiting.push(resolve));
    const data = newest.slice(from, from + Number(params.limit));
    const more = from + data.length < newest.length;
    return { data, has_more: more, ...(more && { after: data.at(-1)?.id }) };
  });
  await chat.openThread("cthr_1");
  await chat.loadOlder();
  assert.deepEqual([chat.items.value[0]?.id, chat.items.value.length], ["cti_20", 80]);
  slow = true;
  const older = chat.loadOlder();
  return {
    chat,
    say(count) {
      for (let n = 0; n < count; n++) all.push({ ...answer, id: `cti_${all.length}` });
    },
    async let_go() {
      slow = false;
      for (const each of waiting.splice(0)) each();
      await older;
    },
  };
}

const inOrder = (chat: Chat, first: number, last: number) =>
  assert.deepEqual(
    ids(chat),
    Array.from({ length: last - first + 1 }, (_, n) => `cti_${first + n}`),
  );

test("a thread that is read again while older messages are on their way keeps what was read, without a gap", async () => {
  const { chat, say, let_go } = await paging();
  say(3);
  await chat.refresh();
  inOrder(chat, 20, 102);
  await let_go();
  inOrder(chat, 0, 102);
  assert.equal(chat.hasOlder.value, false);
});

test("older messages that come when the thread was read again from far behind leave no gap", async () => {
  const { chat, say, let_go } = await paging();
  say(90);
  await chat.refresh();
  inOrder(chat, 150, 189);
  await let_go();
  inOrder(chat, 150, 189);
  while (chat.hasOlder.value) await chat.loadOlder();
  inOrder(chat, 0, 189);
});

test("older messages that come when their thread was opened again are not taken for its newest", async () => {
  const { chat, let_go } = await paging();
  await chat.openThread("cthr_1");
  await let_go();
  inOrder(chat, 60, 99);
  await chat.loadOlder();
  inOrder(chat, 20, 99);
});

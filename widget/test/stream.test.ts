import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, type Fetch } from "../src/core/client.ts";
import { ApiError, ConnectionLost, TapeExpired } from "../src/core/errors.ts";
import { Session } from "../src/core/session.ts";
import { type Start, streamRun } from "../src/core/stream.ts";
import type { ThreadEvent } from "../src/core/types.ts";

const COUNT = 20;
const item = (type: string) => ({
  type,
  item: { id: "cti_a1", type: "assistant_message", thread_id: "cthr_1", created_at: "2026-11-21T09:00:00Z", content: [] },
});
const EVENTS = [
  item("thread.item.added"),
  ...Array.from({ length: COUNT }, (_, n) => ({ type: "progress_update", text: String(n) })),
  item("thread.item.done"),
];
const FRAMES = EVENTS.map((event, index) => `id: run_1:${index + 1}\ndata: ${JSON.stringify(event)}\n\n`);

type Cut = { frames: number; chars?: number; clean?: boolean };

/** A server whose every answer is cut where the plan says; what is asked of it is written down. */
function cutting(plan: (Cut | number | "network")[]): { fetch: Fetch; asked: string[] } {
  const asked: string[] = [];
  const fetch: Fetch = async (url, init) => {
    const { pathname, search } = new URL(url);
    asked.push(`${init.method} ${pathname}${search}`);
    if (pathname.endsWith("/runs/run_1"))
      return Response.json({ id: "run_1", status: "completed", last_seq: FRAMES.length, thread_id: "cthr_1" });
    const after = Number(new URLSearchParams(search).get("after") ?? 0);
    const cut = plan.shift();
    if (cut === "network") throw new TypeError("fetch failed");
    if (typeof cut === "number") return Response.json({ error: { message: `status ${cut}` } }, { status: cut });
    const rest = FRAMES.slice(after);
    const whole = !cut || cut.frames >= rest.length;
    const text = whole ? rest.join("") : rest.slice(0, cut.frames).join("") + (rest[cut.frames] ?? "").slice(0, cut.chars ?? 0);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        if (text) controller.enqueue(new TextEncoder().encode(text));
        if (whole || cut.clean) controller.close();
      },
      pull(controller) {
        controller.error(new TypeError("network error"));
      },
    });
    return new Response(body, { headers: { "x-chatdock-run-id": "run_1" } });
  };
  return { fetch, asked };
}

async function collect(
  fetch: Fetch,
  start: Start,
  mode: "hosted" | "custom" = "hosted",
): Promise<{ events: ThreadEvent[]; states: boolean[] }> {
  const client = new Client(
    mode === "hosted"
      ? { mode, base: "https://chat.example", session: new Session(() => "ek_1"), fetch }
      : { mode, url: "https://chat.example/chatkit", fetch },
    () => "en",
  );
  const events: ThreadEvent[] = [];
  const states: boolean[] = [];
  const signal = new AbortController().signal;
  for await (const batch of streamRun(client, start, { signal, wait: async () => undefined, onConnection: (up) => states.push(up) }))
    events.push(...batch);
  return { events, states };
}

const POST: Start = { operation: { type: "threads.create", params: {}, metadata: { client_message_id: "m1" } }, idempotent: true };

test("an uncut stream needs one request", async () => {
  const { fetch, asked } = cutting([]);
  const { events } = await collect(fetch, POST);
  assert.deepEqual(events, EVENTS);
  assert.deepEqual(asked, ["POST /v1/chatkit/conversation"]);
});

test("a stream cut at any frame, in the middle of one too, comes whole and once", async () => {
  for (let frames = 0; frames < FRAMES.length; frames++)
    for (const chars of [0, 5, 25]) {
      const { fetch } = cutting([{ frames, chars }, { frames: 3, chars: 7 }, "network", 503]);
      const { events, states } = await collect(fetch, POST);
      assert.deepEqual(events, EVENTS, `cut after ${frames} frames and ${chars} characters`);
      assert.ok(states.includes(false) && states.at(-1));
    }
});

test("it is reopened after the last number seen", async () => {
  const { fetch, asked } = cutting([{ frames: 4, chars: 3 }]);
  await collect(fetch, POST);
  assert.equal(asked[1], "GET /v1/chatkit/runs/run_1/events?after=4");
});

test("a message whose request never got through is sent again under the same id", async () => {
  const { fetch, asked } = cutting(["network", "network"]);
  assert.deepEqual((await collect(fetch, POST)).events, EVENTS);
  assert.equal(asked.length, 3);
});

test("an action whose request never got through is not sent twice", async () => {
  const { fetch, asked } = cutting(["network"]);
  await assert.rejects(collect(fetch, { operation: { type: "threads.custom_action", params: {} }, idempotent: false }), ConnectionLost);
  assert.equal(asked.length, 1);
});

test("a body that ends cleanly in the middle of an item is asked about and resumed", async () => {
  const { fetch, asked } = cutting([{ frames: 6, clean: true }]);
  assert.deepEqual((await collect(fetch, POST)).events, EVENTS);
  assert.deepEqual(asked.slice(1), ["GET /v1/chatkit/runs/run_1", "GET /v1/chatkit/runs/run_1/events?after=6"]);
});

test("a run is rejoined from its first event", async () => {
  const { fetch, asked } = cutting([{ frames: 2 }]);
  assert.deepEqual((await collect(fetch, { runId: "run_1" })).events, EVENTS);
  assert.deepEqual(asked, ["GET /v1/chatkit/runs/run_1/events?after=0", "GET /v1/chatkit/runs/run_1/events?after=2"]);
});

test("an expired tape is told apart from a broken line", async () => {
  await assert.rejects(collect(cutting([{ frames: 2 }, 410]).fetch, POST), TapeExpired);
});

test("a refusal is not tried again", async () => {
  const { fetch, asked } = cutting([429]);
  await assert.rejects(collect(fetch, POST), (error) => error instanceof ApiError && error.message === "status 429");
  assert.equal(asked.length, 1);
});

test("a plain chat server's broken stream is an error, not a second answer", async () => {
  const { fetch, asked } = cutting([{ frames: 3 }]);
  await assert.rejects(collect(fetch, { ...POST, idempotent: false } as Start, "custom"), ConnectionLost);
  assert.equal(asked.length, 1);
});

function saying(bodies: string[], run: Record<string, unknown>): { fetch: Fetch; asked: string[] } {
  const asked: string[] = [];
  const fetch: Fetch = async (url, init) => {
    const { pathname, search } = new URL(url);
    asked.push(`${init.method} ${pathname}${search}`);
    if (pathname.endsWith("/runs/run_1")) return Response.json({ id: "run_1", thread_id: "cthr_1", ...run });
    return new Response(bodies.shift() ?? "", { headers: { "x-chatdock-run-id": "run_1" } });
  };
  return { fetch, asked };
}

test("a server that asks to come back after its last event is gone elsewhere, also when nothing is half said", async () => {
  const opening = 'id: run_1:1\ndata: {"type":"progress_update","text":"0"}\n\n';
  const rest = 'id: run_1:2\ndata: {"type":"progress_update","text":"1"}\n\n';
  const { fetch, asked } = saying([`retry: 1000\n\n${opening}retry: 250\n\n`, `retry: 1000\n\n${rest}`], {
    status: "in_progress",
    last_seq: 2,
  });
  const waits: number[] = [];
  const client = new Client({ mode: "hosted", base: "https://chat.example", session: new Session(() => "ek_1"), fetch }, () => "en");
  const events: ThreadEvent[] = [];
  const wait = async (ms: number) => void waits.push(ms);
  for await (const batch of streamRun(client, POST, { signal: new AbortController().signal, wait })) events.push(...batch);
  assert.deepEqual(
    events.map((event) => (event as { text: string }).text),
    ["0", "1"],
  );
  assert.equal(asked.at(-1), "GET /v1/chatkit/runs/run_1/events?after=1");
  assert.ok(waits.length === 1 && (waits[0] as number) <= 375, `waited ${waits} where 250 was asked for`);
});

test("a tape that is lost in the middle is the end of the stream: the thread is to be loaded again", async () => {
  const { fetch } = saying(['id: run_1:1\ndata: {"type":"progress_update","text":"0"}\n\ndata: {"type":"stream.reset"}\n\n'], {});
  await assert.rejects(collect(fetch, POST), TapeExpired);
});

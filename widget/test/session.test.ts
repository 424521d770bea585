import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../src/core/client.ts";
import { Session } from "../src/core/session.ts";

test("the first secret is asked for with null, once for all who wait", async () => {
  const asked: (string | null)[] = [];
  const session = new Session(async (current) => {
    asked.push(current);
    return `ek_${asked.length}`;
  });
  assert.deepEqual(await Promise.all([session.secret(), session.secret(), session.secret()]), ["ek_1", "ek_1", "ek_1"]);
  assert.equal(await session.secret(), "ek_1");
  assert.deepEqual(asked, [null]);
});

test("a refused secret is renewed with the current one in hand", async () => {
  const asked: (string | null)[] = [];
  const session = new Session((current) => {
    asked.push(current);
    return `ek_${asked.length}`;
  });
  const first = await session.secret();
  assert.equal(await session.secret(first), "ek_2");
  assert.equal(await session.secret(first), "ek_2", "someone else was refused with the old one");
  assert.deepEqual(asked, [null, "ek_1"]);
});

test("a known expiry renews sixty seconds early", async () => {
  let now = 1_000_000;
  let count = 0;
  const session = new Session(
    () => ({ client_secret: `ek_${++count}`, expires_at: 1_000 + 600 }),
    () => now,
  );
  assert.equal(await session.secret(), "ek_1");
  now = (1_600 - 61) * 1000;
  assert.equal(await session.secret(), "ek_1");
  now = (1_600 - 59) * 1000;
  assert.equal(await session.secret(), "ek_2");
});

test("a failing grant can be tried again", async () => {
  let count = 0;
  const session = new Session(async () => {
    if (++count === 1) throw new Error("offline");
    return "ek_2";
  });
  await assert.rejects(session.secret());
  assert.equal(await session.secret(), "ek_2");
});

test("a 401 is answered with one new secret, a second is an error", async () => {
  const sent: string[] = [];
  let status = [401, 200];
  const fetch = async (_url: string, init: RequestInit) => {
    sent.push((init.headers as Record<string, string>).authorization ?? "");
    return new Response(JSON.stringify({ error: { message: "Session expired", code: "session_expired" } }), {
      status: status.shift() ?? 200,
    });
  };
  let count = 0;
  const client = new Client(
    { mode: "hosted", base: "https://chat.example", session: new Session(() => `ek_${++count}`), fetch },
    () => "en",
  );
  await client.call("threads.list");
  assert.deepEqual(sent, ["Bearer ek_1", "Bearer ek_2"]);
  status = [401, 401];
  await assert.rejects(client.call("threads.list"), /Session expired/);
  assert.equal(sent.length, 4);
});

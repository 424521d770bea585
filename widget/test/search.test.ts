// The search of past conversations: only the answer to what is asked now is shown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../src/core/client.ts";
import { Search } from "../src/core/search.ts";
import { Session } from "../src/core/session.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A search whose server answers when the test says so, and cannot be stopped. */
function scene() {
  const asked: {
    body: { query: string; after?: string };
    answer(names: string[], after?: string): Promise<unknown>;
    fail(): Promise<unknown>;
  }[] = [];
  const fetch = (_url: string, init: RequestInit) =>
    new Promise<Response>((resolve, reject) =>
      asked.push({
        body: JSON.parse(String(init.body)),
        answer: (names, after) => {
          resolve(Response.json({ data: names.map((name) => ({ thread_id: name })), has_more: !!after, after: after ?? null }));
          return turn();
        },
        fail: () => {
          reject(new TypeError("no line"));
          return turn();
        },
      }),
    );
  const door = { mode: "hosted" as const, base: "https://chat.example", session: new Session(async () => "ek_test"), fetch };
  const search = new Search(new Client(door, () => "en"), 0);
  const type = (text: string) => {
    search.type(text);
    return turn();
  };
  return { search, asked, type, found: () => search.hits.value?.map((hit) => hit.thread_id) };
}

test("an older answer that comes later never takes the place of a newer one", async () => {
  const { asked, type, found } = scene();
  await type("pa");
  await type("parcel");
  await asked[1]?.answer(["new"]);
  await asked[0]?.answer(["old"]);
  assert.deepEqual(found(), ["new"]);
});

test("what is typed in one go is one question, and a letter alone is none", async () => {
  const { search, asked, type } = scene();
  search.type("pa");
  search.type("par");
  await type("parc");
  assert.deepEqual(
    asked.map(({ body }) => body.query),
    ["parc"],
  );
  await type("p");
  assert.equal(asked.length, 1);
  await type("犬");
  assert.equal(asked[1]?.body.query, "犬");
});

test("an answer to what was cleared meanwhile is not shown", async () => {
  const { search, asked, type, found } = scene();
  await type("parcel");
  await type("");
  await asked[0]?.answer(["late"]);
  assert.equal(found(), undefined);
  assert.equal(search.busy.value, false);
});

test("the next page goes on behind the first, and a new question begins anew", async () => {
  const { search, asked, type, found } = scene();
  await type("parcel");
  await asked[0]?.answer(["one"], "17");
  void search.more();
  await turn();
  assert.equal(asked[1]?.body.after, "17");
  await type("parcels");
  await asked[1]?.answer(["two"]);
  await asked[2]?.answer(["three"]);
  assert.deepEqual(found(), ["three"]);
});

test("a question that could not be asked can be asked again", async () => {
  const { search, asked, type, found } = scene();
  await type("parcel");
  await asked[0]?.fail();
  assert.equal(search.failed.value, true);
  void search.again();
  await turn();
  await asked[1]?.answer(["one"]);
  assert.deepEqual([search.failed.value, found()], [false, ["one"]]);
});

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fold } from "../src/core/fold.ts";
import type { Item, ThreadEvent } from "../src/core/types.ts";

const FOLDER = `${__ROOT__}../tests/fixtures/streams`;
type Golden = { name: string; about: string; before: Item[]; events: ThreadEvent[]; after: Item[] };
const streams = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .map((name) => JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8")) as Golden);

test("there are golden streams to fold", () => assert.ok(streams.length >= 25));

for (const { name, before, events, after } of streams)
  test(`golden stream ${name}`, () => {
    const untouched = structuredClone(before);
    assert.deepEqual(events.reduce<readonly Item[]>(fold, before), after);
    assert.deepEqual(before, untouched, "folding must not change what it was given");
  });

for (const { name, before, events, after } of streams.filter((each) => !each.before.length))
  test(`golden stream ${name} seen from its end again`, () => {
    const replayable = events.every((event) => event.type !== "thread.item.updated") || events[0]?.type.includes("added");
    if (!replayable) return;
    const twice = [...events, ...events].reduce<readonly Item[]>(fold, before);
    const added = events.filter((event) => event.type === "thread.item.added" || event.type === "thread.item.done");
    if (added.length) assert.equal(twice.length, after.length);
  });

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSseParser, type SseEvent } from "../src/core/sse.ts";

const STREAM =
  ': hb\n\nid: run_1:1\ndata: {"a":1}\n\ndata: plain\r\n\r\ndata: one\ndata: two\n\nid: run_1:2\rdata: cr\r\r: hb\nevent: x\ndata:no space\n\n';
const EVENTS: SseEvent[] = [
  { id: "run_1:1", data: '{"a":1}' },
  { id: undefined, data: "plain" },
  { id: undefined, data: "one\ntwo" },
  { id: "run_1:2", data: "cr" },
  { id: undefined, data: "no space" },
];

test("a stream in one piece", () => assert.deepEqual(createSseParser().feed(STREAM), EVENTS));

test("a stream cut anywhere, once", () => {
  for (let cut = 0; cut <= STREAM.length; cut++) {
    const parser = createSseParser();
    assert.deepEqual([...parser.feed(STREAM.slice(0, cut)), ...parser.feed(STREAM.slice(cut))], EVENTS, `cut at ${cut}`);
  }
});

test("a stream by single characters", () => {
  const parser = createSseParser();
  assert.deepEqual(
    [...STREAM].flatMap((each) => parser.feed(each)),
    EVENTS,
  );
});

test("a byte order mark is not part of the first line", () =>
  assert.deepEqual(createSseParser().feed("\uFEFFdata: x\n\n"), [{ id: undefined, data: "x" }]));

test("half an event is not an event", () => assert.deepEqual(createSseParser().feed('data: {"a"\n'), []));

test("bytes of one character in two chunks come out whole", () => {
  const bytes = new TextEncoder().encode("data: 👩‍👧 مرحبا\n\n");
  for (let cut = 1; cut < bytes.length; cut++) {
    const parser = createSseParser();
    const decoder = new TextDecoder();
    const events = [bytes.slice(0, cut), bytes.slice(cut)].flatMap((each) => parser.feed(decoder.decode(each, { stream: true })));
    assert.equal(events[0]?.data, "👩‍👧 مرحبا");
  }
});

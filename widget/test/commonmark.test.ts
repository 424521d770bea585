// The official examples of CommonMark 0.31.2: what has no raw HTML is equal, and raw HTML is text.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import spec from "commonmark-spec";
import { loadNames } from "../src/markdown/entities.ts";
import { pieces, random } from "./random.ts";
import { shape } from "./small-dom.ts";
import { asSpec, expected, streamed, whole } from "./spec-shape.ts";

const EXAMPLES = spec.tests.map(({ markdown, html, number }) => ({
  number,
  markdown: markdown.replaceAll("→", "\t"),
  html: html.replaceAll("→", "\t"),
}));
/** An example shows raw HTML if a tag of its output is written in its source. */
const RAW = EXAMPLES.filter(({ markdown, html }) => (html.match(/<[^>]+>?/g) ?? []).some((tag) => markdown.includes(tag)));
const PLAIN = EXAMPLES.filter((each) => !RAW.includes(each));
// Addresses that CommonMark leaves alone and GFM's extension links.
const BARE_ADDRESSES = new Set([602, 606, 608, 611, 612]);

before(loadNames);

test("every example without raw HTML is equal", () => {
  assert.equal(EXAMPLES.length, 652);
  assert.ok(PLAIN.length >= 559, `${PLAIN.length} examples`);
  for (const { number, markdown, html } of PLAIN) {
    if (BARE_ADDRESSES.has(number)) assert.equal(asSpec(markdown).textContent, expected(html).textContent, `example ${number}`);
    else assert.equal(shape(asSpec(markdown)), shape(expected(html)), `example ${number}: ${JSON.stringify(markdown)}`);
  }
});

test("raw HTML makes no element and loses no character", () => {
  for (const { number, markdown } of RAW) {
    const tags =
      shape(asSpec(markdown))
        .replace(/"(?:[^"\\]|\\.)*"/g, "")
        .match(/[\w-]+(?=\()/g) ?? [];
    for (const tag of tags) assert.match(tag, /^(?:div|p|h[1-6]|[uo]l|li|blockquote|hr|br|pre|code|em|strong|a|img)$/, `example ${number}`);
  }
  assert.equal(asSpec("<div>\n*foo*\n</div>").textContent, "<div>\nfoo\n</div>");
});

test("an example that arrives in pieces ends as the example parsed at once", () => {
  const below = random(7);
  for (const { number, markdown } of EXAMPLES) {
    const atOnce = whole(markdown);
    assert.equal(streamed(markdown), atOnce, `example ${number} by characters: ${JSON.stringify(markdown)}`);
    for (let round = 0; round < 5; round++)
      assert.equal(streamed(pieces(markdown, 12, below)), atOnce, `example ${number} in pieces: ${JSON.stringify(markdown)}`);
  }
});

test("two examples in a row end as both parsed at once", () => {
  const below = random(11);
  for (let round = 0; round < 1_500; round++) {
    const pick = () => EXAMPLES[below(EXAMPLES.length)]?.markdown ?? "";
    const text = pick() + pick() + pick();
    assert.equal(streamed(pieces(text, 9, below)), whole(text), JSON.stringify(text));
  }
});

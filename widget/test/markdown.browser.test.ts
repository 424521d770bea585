// Markdown in a real browser, under Trusted Types: streamed equals one-shot, and nothing hostile comes through.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import spec from "commonmark-spec";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { plugins } from "../scripts/bundle.mjs";
import { launch, PATIENCE_MS, test } from "./browser.ts";
import { HOSTILE, PLAIN } from "./corpus.ts";
import { DIAGRAMS } from "./drawings.ts";
import { hostile } from "./hostile.ts";
import { FORMULAS, HOSTILE_TEX } from "./tex.ts";

let browser: Browser;
let tab: Page;

before(async () => {
  browser = await launch();
  tab = await browser.newPage();
  tab.setDefaultTimeout(PATIENCE_MS);
  const { outputFiles } = await build({
    absWorkingDir: __ROOT__,
    entryPoints: ["test/markdown-page.ts"],
    bundle: true,
    write: false,
    format: "iife",
    plugins,
  });
  await tab.route("**/*", (route) =>
    route.request().url() === "https://page.example/"
      ? route.fulfill({
          contentType: "text/html",
          headers: { "content-security-policy": "require-trusted-types-for 'script'; trusted-types 'none'" },
          body: `<!doctype html><script>${outputFiles[0]?.text.replaceAll("</script", "<\\/script")}</script>`,
        })
      : route.abort(),
  );
  await tab.goto("https://page.example/");
});
after(() => browser.close());

test("a rare name of a character is shown once its list is here", async () => {
  const [first, later] = await tab.evaluate(async () => {
    const root = document.createElement("div");
    document.body.replaceChildren(root);
    window.markdown.render(root, "&amp; &hearts; &nothing;");
    const shown = root.textContent;
    while (root.textContent === shown) await new Promise((resolve) => setTimeout(resolve, 5));
    return [shown, root.textContent];
  });
  assert.equal(first, "& &hearts; &nothing;");
  assert.equal(later, "& ♥ &nothing;");
});

test("a text streamed by single characters ends as the text parsed at once", async () => {
  const sources = [...PLAIN, ...HOSTILE, ...spec.tests.map(({ markdown }) => markdown.replaceAll("→", "\t"))];
  const differing = await tab.evaluate(
    (texts) => texts.filter((text) => window.markdown.streamed(text, 1) !== window.markdown.whole(text)),
    sources,
  );
  assert.deepEqual(differing, []);
});

test("finishing changes nothing that streaming had settled", async () => {
  for (const source of PLAIN) {
    const replaced = await tab.evaluate((text) => window.markdown.replacedAtFinish(text), source);
    assert.ok(replaced <= 2, `${replaced} blocks replaced at the end of ${JSON.stringify(source)}`);
  }
});

test("a selection in a streaming answer survives", async () => {
  assert.equal(await tab.evaluate(() => window.markdown.selectionSurvives()), "keep this");
});

test("hostile text makes no element, attribute, address or request outside the lists, whole and by single characters", async () => {
  const requests: string[] = [];
  tab.on("request", (request) => requests.push(request.url()));
  const sources = [...HOSTILE, ...hostile()];
  for (let at = 0; at < sources.length; at += 250) {
    const found = await tab.evaluate(
      (texts) =>
        texts.flatMap((text) =>
          [1, text.length + 1].flatMap((size) => window.markdown.forbidden(text, size).map((each) => `${each} from ${text}`)),
        ),
      sources.slice(at, at + 250),
    );
    assert.deepEqual(found, []);
  }
  await tab.waitForTimeout(100);
  assert.deepEqual(requests, []);
  assert.ok(sources.length > 6_000, `${sources.length} sources`);
});

test("half-written markers do not show while streaming", async () => {
  for (const [source, text] of [
    ["This is **bo", "This is bo"],
    ["This is **bold*", "This is bold"],
    ["Use `npm ru", "Use npm ru"],
    ["See [the docs](https://exam", "See the docs"],
    ["Look ![a cat](https://exa", "Look"],
    ["A list\n\n-", "A list"],
    ["Heading\n--", "Heading"],
    ["*almost", "almost"],
    ["~~gone~", "gone"],
  ] as const)
    assert.equal((await tab.evaluate((each) => window.markdown.partial(each), source)).trim(), text, source);
});

test("formulas are drawn as MathML", async () => {
  for (const source of FORMULAS) {
    const { drawn, bad, text } = await tab.evaluate((each) => window.markdown.formula(each), source);
    assert.ok(drawn, source);
    assert.deepEqual(bad, [], source);
    assert.ok(text.length > 1, source);
  }
});

test("hostile formulas and diagrams make no element, attribute or request outside the lists", async () => {
  const requests: string[] = [];
  tab.on("request", (request) => requests.push(request.url()));
  const wrapped = [...hostile()].filter((_, index) => index % 41 === 0);
  for (const source of [...HOSTILE_TEX, ...wrapped, ...wrapped.map((each) => `\\text{${each}}`)])
    assert.deepEqual((await tab.evaluate((each) => window.markdown.formula(each), source)).bad, [], source);
  let drawn = 0;
  for (const source of [
    ...Object.values(DIAGRAMS),
    ...wrapped.flatMap((each) => [`flowchart TD\nA["${each}"] -->|"${each}"| B`, `sequenceDiagram\nA->>B: ${each}`, `pie\n"${each}": 1`]),
  ]) {
    const bad = await tab.evaluate((each) => window.markdown.diagram(each), source);
    if (bad) drawn++;
    assert.deepEqual(bad ?? [], [], source);
  }
  assert.ok(drawn > wrapped.length, `${drawn} of ${3 * wrapped.length} drawn`);
  await tab.waitForTimeout(100);
  assert.deepEqual(requests, []);
});

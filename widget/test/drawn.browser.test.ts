// Formulas, diagrams and coloured code in a conversation, on a page with the strictest policy: loaded when they occur, and only then.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import AxeBuilder from "axe-core";
import type { Browser, Page } from "playwright-core";
import { eventually, page, test, until } from "./browser.ts";
import { DIAGRAMS } from "./drawings.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";
import { picture, seat, studio } from "./pictures.ts";
import { FORMULAS } from "./tex.ts";

let browser: Browser;
let server: FakeServer;

before(async () => {
  browser = await studio();
  server = await fakeServer({ "/": page('<chat-dock data-session-endpoint="/session"></chat-dock>') });
});
after(async () => {
  await browser.close();
  await server.close();
});

async function open(scheme: "light" | "dark" = "light"): Promise<{ tab: Page; violations: string[]; chunks: string[] }> {
  const tab = await seat(browser, { viewport: { width: 680, height: 1500 } });
  const violations: string[] = [];
  const chunks: string[] = [];
  tab.on("console", (line) => /Content Security|Trusted/.test(line.text()) && violations.push(line.text()));
  tab.on("request", (request) => chunks.push(new URL(request.url()).pathname));
  await tab.goto(server.url);
  await tab.evaluate((each) => document.querySelector("chat-dock")?.setAttribute("data-color-scheme", each), scheme);
  await tab.getByRole("textbox", { name: "Message" }).waitFor();
  return { tab, violations, chunks };
}

async function answer(tab: Page, markdown: string): Promise<void> {
  await tab.getByRole("textbox", { name: "Message" }).fill(`write ${markdown}`);
  await tab.getByRole("textbox", { name: "Message" }).press("Enter");
  await tab.locator('[role=log][aria-busy="false"] .turn.assistant').last().waitFor();
}

const loaded = (chunks: string[], name: string) => chunks.filter((each) => each.includes(`/${name}-`)).length;

test("a plain answer loads none of them, and each comes once, with the first of its kind", async () => {
  const { tab, violations, chunks } = await open();
  await answer(tab, "Plain **text** for $5 or $10, and\n\n```\ncode without a language\n```\n\n```text\nplain\n```\n");
  for (const name of ["math", "highlight", "diagram"]) assert.equal(loaded(chunks, name), 0, name);
  await answer(tab, "Inline $x^2$ and\n\n$$\n\\frac{1}{2}\n$$\n");
  await eventually(() => tab.locator("math").count(), 2);
  await answer(tab, "Again \\(y\\).");
  await eventually(() => tab.locator("math").count(), 3);
  assert.deepEqual([loaded(chunks, "math"), loaded(chunks, "highlight"), loaded(chunks, "diagram")], [1, 0, 0]);
  await answer(tab, "```ts\nconst a = 1; // one\n```\n\n```py\nx = 'y'\n```\n");
  await eventually(() => tab.locator("code [data-kind=keyword]").count(), 1);
  assert.equal(loaded(chunks, "highlight"), 1);
  await answer(tab, "```mermaid\nflowchart LR\nA[Ask] --> B[Answer]\n```\n");
  const drawing = tab.getByRole("img", { name: "Ask → Answer" });
  await drawing.waitFor();
  assert.equal(loaded(chunks, "diagram"), 1);
  assert.deepEqual(violations, []);
});

test("a short block's colours are elements, and its text stays the same", async () => {
  const { tab } = await open();
  const source = "let first = 1;\nlet second = 'two'; // words\n";
  await answer(tab, `\`\`\`js\n${source}\`\`\`\n`);
  const code = tab.locator(".code code");
  await eventually(() => code.locator("[data-kind=keyword]").allTextContents(), ["let", "let"]);
  assert.deepEqual(await code.locator("[data-kind=comment]").allTextContents(), ["// words"]);
  assert.equal(await code.textContent(), source);
});

test("a selection in code survives its colours, long code makes no elements, and a conversation that is left keeps none", async () => {
  const { tab } = await open();
  const ranges = () => tab.evaluate(() => [...CSS.highlights.values()].reduce((sum, each) => sum + each.size, 0));
  const elements = () => tab.locator(".code code [data-kind]").count();
  // In one's own words, which stand above: what is selected may reach into a block that is yet to come.
  await answer(tab, "Something to select.");
  await tab.evaluate(() => {
    const root = document.querySelector("chat-dock")?.shadowRoot;
    const text = root?.querySelector(".turn.assistant .prose p")?.firstChild;
    if (text) getSelection()?.setBaseAndExtent(text, 0, text, 9);
  });
  const selected = () =>
    tab.evaluate(() => {
      const root = document.querySelector("chat-dock")?.shadowRoot as (ShadowRoot & { getSelection(): Selection }) | null;
      return String(root?.getSelection());
    });
  assert.equal(await selected(), "Something");
  // Said by the page: whoever types selects nothing else.
  await tab.evaluate(
    (text) =>
      (document.querySelector("chat-dock") as HTMLElement & { sendUserMessage(o: object): Promise<void> }).sendUserMessage({ text }),
    "write ```js\nlet first = 1;\nlet second = 'two'; // words\n```\n",
  );
  await until(async () => assert.ok((await ranges()) > 4));
  assert.equal(await selected(), "Something");
  assert.equal(await elements(), 0, "colours make no elements while something is selected");
  await tab.evaluate(() => getSelection()?.removeAllRanges());
  const before = await ranges();
  await answer(tab, `\`\`\`js\n${"let n = 1;\n".repeat(500)}\`\`\`\n`);
  await tab.locator(".code").last().scrollIntoViewIfNeeded();
  await until(async () => assert.ok((await ranges()) > before));
  assert.equal(await elements(), 0, "nor where there would be too many");
  await tab.getByRole("button", { name: "New chat" }).click();
  await eventually(ranges, 0);
});

test("a diagram has its source behind it, and one that is not known stays code", async () => {
  const { tab } = await open();
  await answer(tab, '```mermaid\npie title Shares\n"a" : 1\n"b" : 3\n```\n\n```mermaid\ngantt\n title Unknown\n```\n');
  await tab.getByRole("img", { name: "Shares: a: 25%; b: 75%" }).waitFor();
  assert.equal(await tab.locator(".diagram").count(), 1);
  const source = tab.locator(".code").first();
  assert.equal(await source.locator("pre").isVisible(), false);
  await source.locator("summary").press("Enter");
  await source.locator("pre").waitFor();
  assert.match((await source.locator("code").textContent()) ?? "", /pie title Shares/);
  assert.match((await tab.locator(".code").nth(1).locator("pre").textContent()) ?? "", /gantt/);
});

const SHOWN = `## Formulas

Inline $E = mc^2$, prices like $5 and $10, and \\(\\alpha \\le \\beta\\).

${FORMULAS.slice(1, 7)
  .map((each) => `$$\n${each}\n$$`)
  .join("\n\n")}

\`\`\`ts
// Colours of code
export async function total(rows: Row[], { vat = 0.19 } = {}): Promise<number> {
  const sum = rows.reduce((a, row) => a + row.amount, 0);
  return Math.round(sum * (1 + vat) * 100) / 100; /* cents */
}
const label = \`\${await total([])} €\`;
\`\`\`

\`\`\`diff
- removed line
+ added line
\`\`\`

\`\`\`json
{"name": "chatdock", "size": 45, "ok": true}
\`\`\`
`;

for (const scheme of ["light", "dark"] as const)
  test(`what they look like in ${scheme}, without an accessibility violation`, async () => {
    const { tab, violations } = await open(scheme);
    await tab.evaluate(
      (each) => (document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void }).setOptions({ theme: each }),
      scheme,
    );
    for (const [name, text] of [
      ["drawn", SHOWN],
      ...Object.entries(DIAGRAMS).map(([each, source]) => [each, `\`\`\`mermaid\n${source}\n\`\`\`\n`]),
    ] as const) {
      await tab.getByRole("button", { name: "New chat" }).click();
      await answer(tab, text);
      await tab
        .locator(name === "drawn" ? "math" : ".diagram svg")
        .first()
        .waitFor();
      await tab.locator(".turn.assistant").evaluate((turn) => turn.scrollIntoView({ block: "start" }));
      // Formulas are drawn in what font for them the machine has.
      if (name !== "drawn") await picture(tab, `${scheme}-${name.toLowerCase()}`, { of: tab.locator(".diagram") });
      await tab.evaluate(AxeBuilder.source);
      const found = await tab.evaluate(async () => {
        const { axe } = window as unknown as {
          axe: { run(el: Element): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        };
        return (await axe.run(document.querySelector("chat-dock") as Element)).violations.map(
          ({ id, nodes }) => `${id}: ${nodes[0]?.html}`,
        );
      });
      assert.deepEqual(found, [], `${scheme} ${name}`);
    }
    assert.deepEqual(violations, []);
  });

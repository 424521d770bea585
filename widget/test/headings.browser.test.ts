// The conversation in the outline of its page: its headings begin at the level the page says, and none is left out.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { violations } from "./axe.ts";
import { eventually, launch, newTab, page, test } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

let browser: Browser;
let server: FakeServer;

before(async () => {
  browser = await launch();
  server = await fakeServer({ "/": page("<h1>Acme</h1><chat-dock></chat-dock>") });
});
after(async () => {
  await browser.close();
  await server.close();
});

async function open(headingLevel: unknown): Promise<Page> {
  const tab = await newTab(browser, { bypassCSP: true });
  await tab.goto(server.url);
  await tab.evaluate(async (headingLevel) => {
    await customElements.whenDefined("chat-dock");
    (document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void }).setOptions({
      ...(headingLevel !== undefined && { headingLevel }),
      api: { getClientSecret: async () => (await (await fetch("/session", { method: "POST" })).json()).client_secret },
    });
  }, headingLevel);
  await tab.getByRole("textbox", { name: "Message" }).waitFor();
  return tab;
}

async function say(tab: Page, text: string): Promise<void> {
  const box = tab.getByRole("textbox", { name: "Message" });
  await box.fill(text);
  await box.press("Enter");
  await tab.locator('[role=log][aria-busy="false"]').waitFor();
}

const outline = (tab: Page) =>
  tab.evaluate(() => {
    const root = document.querySelector("chat-dock")?.shadowRoot as ShadowRoot;
    return [...root.querySelectorAll("h1,h2,h3,h4,h5,h6")].map((each) => Number(each.localName[1]));
  });

for (const [asked, top] of [
  [undefined, 2],
  [1, 1],
  [3, 3],
  [4, 4],
  ["4", 2],
  [9, 2],
  ["a b", 2],
] as const)
  test(`headings begin at ${top} where the page says ${JSON.stringify(asked)}`, async () => {
    const tab = await open(asked);
    await eventually(() => outline(tab).then((all) => all.join()), `${top},${top}`);
    await say(tab, "write # One\n\n## Two\n\n# Three");
    await eventually(() => outline(tab).then((all) => all.join()), [0, 1, 1, 2, 3, 2].map((below) => Math.min(6, top + below)).join());
    await say(tab, "card");
    await tab.locator(".w-title").waitFor();
    assert.equal(await tab.locator(".w-title").evaluate((el) => el.localName), `h${top + 2}`);
    await tab.getByRole("button", { name: "History", exact: true }).click();
    await tab.getByRole("region", { name: "History" }).getByRole("listitem").first().waitFor();
    await eventually(() => outline(tab).then((all) => all.join()), `${top},${top + 1}`);
    if (top < 3) assert.deepEqual(await violations(tab), []);
  });

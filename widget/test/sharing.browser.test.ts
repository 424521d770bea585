// A conversation taken out of the chat, against the real service: as a file, and by a link that others read.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { eventually, launch, newTab, test } from "./browser.ts";
import { type RealServer, realServer } from "./real-server.ts";

let browser: Browser;
let real: RealServer;

before(async () => {
  [browser, real] = await Promise.all([launch(), realServer()]);
});
after(async () => {
  await browser.close();
  await real.close();
});

/** A thread about tea, its title given by the gallery. */
async function talk(): Promise<Page> {
  const tab = await newTab(browser, { viewport: { width: 760, height: 800 }, permissions: ["clipboard-read", "clipboard-write"] });
  await tab.goto(`${real.url}/demo/full?workflow=wf_gallery`);
  for (const text of ["/title Tea <wool>", "ahoy *there*", "/think"]) {
    const before = await tab.getByRole("article", { name: "Assistant" }).count();
    await tab.getByRole("textbox", { name: "Message" }).fill(text);
    await tab.getByRole("button", { name: "Send message" }).click();
    await eventually(() => tab.getByRole("article", { name: "Assistant" }).count(), before + 1);
    await eventually(() => tab.getByRole("button", { name: "Stop" }).count(), 0);
  }
  await tab.getByRole("button", { name: "History", exact: true }).click();
  return tab;
}

async function act(tab: Page, entry: string): Promise<void> {
  await tab.getByRole("button", { name: "Actions for Tea <wool>" }).click();
  await tab.getByRole("menuitem", { name: entry }).click();
}

async function exported(tab: Page, entry: string): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([tab.waitForEvent("download"), act(tab, entry)]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

test("a conversation is exported whole, as Markdown to read and as JSON", async () => {
  const tab = await talk();
  const markdown = await exported(tab, "Export as Markdown");
  assert.match(markdown.name, /^\d{4}-\d\d-\d\d Tea wool\.md$/);
  assert.match(markdown.text, /^# Tea \\<wool\\>\n\n\d{4}-/);
  assert.match(markdown.text, /## You\n\nahoy \\\*there\\\*\n\n## Assistant\n\nYou said: ahoy/);
  assert.match(markdown.text, /> \*\*Thought/);
  const json = await exported(tab, "Export as JSON");
  assert.match(json.name, /\.json$/);
  const { thread, items } = JSON.parse(json.text);
  assert.equal(thread.title, "Tea <wool>");
  assert.deepEqual(
    items
      .filter((each: { type: string }) => each.type === "user_message")
      .map((each: { content: { text: string }[] }) => each.content[0]?.text),
    ["/title Tea <wool>", "ahoy *there*", "/think"],
  );
});

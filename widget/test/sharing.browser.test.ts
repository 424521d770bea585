// A conversation taken out of the chat, against the real service: as a file, and by a link that others read.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { violations } from "./axe.ts";
import { eventually, launch, newTab, still, test } from "./browser.ts";
import { type RealServer, realServer } from "./real-server.ts";

const CLIPBOARD = ["clipboard-read", "clipboard-write"];
const OUT = `${__ROOT__}.cache/shots`;
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAACgAAAAeCAIAAADRv8uKAAAAg0lEQVR42sXCIRJBAQBF0becuyZBEARBEARBEAThB0EQBEEQBEEQBMG8EazJMu6ZE0ZVhnGVYVJlmFYZZlWGeZVhUWVYVhlWVYZ1lWFTZdhWGXZVhqHKsK8yHKoMxyrDqcpwrjJcqgzXKsOtynCvMjyqDM8qw6vK8K4yfKoM3yrDr8o/pNgbKn0gWLYAAAAASUVORK5CYII=",
  "base64",
);
let browser: Browser;
let real: RealServer;

before(async () => {
  await mkdir(OUT, { recursive: true });
  [browser, real] = await Promise.all([launch(), realServer()]);
});
after(async () => {
  await browser.close();
  await real.close();
});

/** A thread about tea, its title given by the gallery. */
async function talk(): Promise<Page> {
  const tab = await newTab(browser, { viewport: { width: 760, height: 800 }, bypassCSP: true, permissions: CLIPBOARD });
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

test("a conversation is shared by a link that anybody reads and nobody writes in, until it is revoked", async () => {
  const tab = await talk();
  await act(tab, "Share");
  const panel = tab.getByRole("group", { name: "Share conversation" });
  await panel.getByRole("button", { name: "Create link" }).click();
  await panel.getByRole("button", { name: "Copy link" }).click();
  await panel.getByRole("button", { name: "Link copied" }).waitFor();
  const url = await tab.evaluate(() => navigator.clipboard.readText());
  assert.match(url, /\/share\/[\w-]{32}$/);
  assert.equal(await panel.getByRole("textbox", { name: "Share" }).inputValue(), url);
  assert.deepEqual(await violations(tab, { of: "html" }), []);
  await still(tab);
  await tab.screenshot({ path: `${OUT}/share-panel.png` });
  // What is said from now on is not in it.
  await tab.getByRole("button", { name: "Close history" }).click();
  await tab.getByRole("textbox", { name: "Message" }).fill("and a secret");
  await tab.getByRole("button", { name: "Send message" }).click();
  await tab.getByRole("log").getByText("You said: and a secret").waitFor();

  const stranger = await newTab(browser, { viewport: { width: 900, height: 800 }, bypassCSP: true, colorScheme: "dark" });
  const foreign: string[] = [];
  stranger.on("request", (request) => !request.url().startsWith(real.url) && foreign.push(request.url()));
  await stranger.goto(url);
  await stranger.getByRole("log").getByText("You said: ahoy").waitFor();
  await stranger.getByRole("button", { name: /^Thought/ }).waitFor();
  await stranger.getByRole("heading", { name: "Tea <wool>" }).waitFor();
  await stranger.getByRole("status").filter({ hasText: "Shared conversation (read only)" }).waitFor();
  await stranger.getByRole("heading", { name: "Shared conversation (read only)", level: 1 }).waitFor({ state: "attached" });
  assert.equal(await stranger.getByText("and a secret").count(), 0);
  assert.equal(await stranger.getByRole("textbox").count(), 0);
  for (const name of ["New chat", "History", "Edit message", "Try again", "Good answer"])
    assert.equal(await stranger.getByRole("button", { name }).count(), 0, name);
  assert.deepEqual(await stranger.context().cookies(), []);
  assert.deepEqual(foreign, []);
  assert.deepEqual(await violations(stranger, { of: "html" }), []);
  await still(stranger);
  await stranger.screenshot({ path: `${OUT}/shared.png` });

  await tab.getByRole("button", { name: "History", exact: true }).click();
  await act(tab, "Share");
  await panel.getByRole("button", { name: "Revoke link" }).click();
  await eventually(() => panel.getByRole("button", { name: "Revoke link" }).count(), 0);
  await stranger.reload();
  await stranger.getByRole("heading", { name: "Nothing is shared here" }).waitFor();
  await tab.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
});

test("the page behind a link speaks its reader's language, and runs under its own strict policy", async () => {
  const tab = await talk();
  await act(tab, "Share");
  await tab.getByRole("button", { name: "Create link" }).click();
  const url = await tab.getByRole("textbox", { name: "Share" }).inputValue();
  const reader = await newTab(browser, { locale: "ar", bypassCSP: true });
  await reader.goto(url);
  await reader.getByText("You said: ahoy").waitFor();
  assert.equal(await reader.evaluate(() => document.documentElement.dir), "rtl");
  assert.equal(await reader.getByText("Shared conversation (read only)").count(), 0);
  await reader.goto(`${url.slice(0, -8)}mistyped`);
  await reader.getByRole("heading", { name: "لا يوجد شيء مشارَك هنا" }).waitFor();
  assert.deepEqual(await reader.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), ["ar", "rtl"]);
  assert.deepEqual(await violations(reader, { of: "html" }), []);
});

test("an image that was sent is seen behind the link, and goes with it", async () => {
  const tab = await newTab(browser, { bypassCSP: true });
  await tab.goto(`${real.url}/demo/full?workflow=wf_gallery`);
  await tab.locator("input[type=file]").setInputFiles([{ name: "blue.png", mimeType: "image/png", buffer: PNG }]);
  await tab.getByRole("textbox", { name: "Message" }).fill("/title Blue");
  await eventually(() => tab.getByRole("button", { name: "Send message" }).getAttribute("aria-disabled"), "false");
  await tab.getByRole("button", { name: "Send message" }).click();
  await tab.getByRole("button", { name: "Actions for Blue" }).click();
  await tab.getByRole("menuitem", { name: "Share" }).click();
  await tab.getByRole("button", { name: "Create link" }).click();
  const url = await tab.getByRole("textbox", { name: "Share" }).inputValue();
  const stranger = await newTab(browser);
  await stranger.goto(url);
  const picture = stranger.getByRole("button", { name: "Enlarge blue.png" }).locator("img");
  await eventually(() => picture.evaluate((el: HTMLImageElement) => el.complete && el.naturalWidth > 0), true);
  assert.ok((await picture.getAttribute("src"))?.startsWith(`${url}/pictures/`));
  await still(stranger);
  await stranger.screenshot({ path: `${OUT}/shared-image.png` });
  await tab.getByRole("button", { name: "Revoke link" }).click();
  await eventually(() => tab.getByRole("button", { name: "Revoke link" }).count(), 0);
  assert.equal((await fetch(`${url}/pictures/0`)).status, 404);
});

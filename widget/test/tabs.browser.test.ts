// One user in several tabs and on several devices, against the real service: what is said in one is seen in all.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { eventually, launch, newTab, PATIENCE_MS, test, until } from "./browser.ts";
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

type ChatElement = HTMLElement & {
  setOptions(o: unknown): void;
  setThreadId(id: string | null): Promise<void>;
  setComposerValue(value: unknown): Promise<void>;
};

/** Shows the gallery in a tab; `streams` grows with every connection that listens to what happens. */
async function show(tab: Page): Promise<{ tab: Page; streams: string[]; runs: string[] }> {
  const streams: string[] = [];
  const runs: string[] = [];
  tab.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname === "/v1/chatkit/events") streams.push(pathname);
    if (/\/runs\/.*\/events$/.test(pathname)) runs.push(pathname);
  });
  await tab.goto(`${real.url}/demo/full?workflow=wf_gallery`);
  await tab.evaluate(() => {
    const el = document.querySelector("chat-dock") as ChatElement;
    const secret = async () => (await (await fetch("/demo/session?workflow=wf_gallery", { method: "POST" })).json()).client_secret;
    el.addEventListener("chatkit.thread.change", (event) => {
      (globalThis as { thread?: string | null }).thread = (event as CustomEvent).detail.threadId;
    });
    el.setOptions({ api: { getClientSecret: secret }, initialThread: null });
  });
  await message(tab).waitFor();
  return { tab, streams, runs };
}

async function another(context: BrowserContext): Promise<Page> {
  const tab = await context.newPage();
  tab.setDefaultTimeout(PATIENCE_MS);
  return tab;
}

/** The same visitor on another device. */
async function device(of: BrowserContext): Promise<Page> {
  // Who the visitor is comes with his first session, which a chat that can be written in may still wait for.
  const cookies = await until(async () => {
    const found = await of.cookies();
    assert.ok(found.length);
    return found;
  });
  return newTab(browser, { storageState: { cookies, origins: [] } });
}

const message = (tab: Page) => tab.getByRole("textbox", { name: "Message" });
const log = (tab: Page) => tab.getByRole("log", { name: "Conversation" });
const asked = (tab: Page) => tab.getByRole("article", { name: "You" });
const thread = (tab: Page) => tab.evaluate(() => (globalThis as { thread?: string | null }).thread ?? null);
const openThread = (tab: Page, id: string | null) =>
  tab.evaluate((wanted) => (document.querySelector("chat-dock") as ChatElement).setThreadId(wanted), id);

async function say(tab: Page, text: string): Promise<void> {
  await message(tab).fill(text);
  await message(tab).press("Enter");
}

/** Somebody's thread goes, without a word to this tab's widget. */
async function remove(tab: Page, id: string | null): Promise<void> {
  await tab.evaluate(async (thread_id) => {
    const { client_secret } = await (await fetch("/demo/session?workflow=wf_gallery", { method: "POST" })).json();
    await fetch("/chatkit", {
      method: "POST",
      headers: { authorization: `Bearer ${client_secret}`, "content-type": "application/json" },
      body: JSON.stringify({ type: "threads.delete", params: { thread_id } }),
    });
  }, id);
}

/** A thread that both look at, once both are told what happens. */
async function shared(left: Page, right: Page): Promise<string> {
  await say(left, "Hello");
  await log(left).getByText("You said: Hello").waitFor();
  const id = await until(async () => {
    const found = await thread(left);
    assert.ok(found);
    return found;
  });
  await openThread(right, id);
  await log(right).getByText("You said: Hello").waitFor();
  return id;
}

async function seenInBoth(left: Page, right: Page): Promise<void> {
  await say(left, "/text 2000 20");
  await asked(right).getByText("/text 2000 20").waitFor();
  await right.getByRole("button", { name: "Stop" }).waitFor();
  const words = () => right.getByRole("article", { name: "Assistant" }).last().innerText();
  const first = await until(async () => {
    const text = await words();
    assert.ok(text.length > 20, text);
    return text;
  });
  await until(async () => assert.ok((await words()).length > first.length, "it streams there too"));
  await right.getByRole("button", { name: "Stop" }).click();
  await left.getByRole("button", { name: "Send message" }).waitFor();
  await right.getByRole("button", { name: "Send message" }).waitFor();
  const text = (tab: Page) => tab.getByRole("article", { name: "Assistant" }).last().locator(".prose").innerText();
  await eventually(() => text(right), await text(left), "what was said before Stop is the same in both");
  await say(right, "And back?");
  await log(left).getByText("You said: And back?").waitFor();
  await eventually(() => asked(left).count(), 3);
  await eventually(() => asked(right).count(), 3);
}

test("two tabs of one browser show one conversation over one connection, and Stop in one stops both", async () => {
  const left = await show(await newTab(browser));
  await until(() => assert.equal(left.streams.length, 1));
  const right = await show(await another(left.tab.context()));
  await shared(left.tab, right.tab);
  await seenInBoth(left.tab, right.tab);
  assert.deepEqual([left.streams.length, right.streams.length], [1, 0]);
  assert.deepEqual(right.runs, [], "the first tab read the run for the second");
});

test("two devices show one conversation", async () => {
  const left = await show(await newTab(browser));
  const right = await show(await device(left.tab.context()));
  await until(() => assert.deepEqual([left.streams.length, right.streams.length], [1, 1]));
  await shared(left.tab, right.tab);
  await seenInBoth(left.tab, right.tab);
});

test("when the tab that listens is closed, another listens and nothing is missed", async () => {
  const left = await show(await newTab(browser));
  await until(() => assert.equal(left.streams.length, 1));
  const right = await show(await another(left.tab.context()));
  const far = await show(await device(left.tab.context()));
  await shared(far.tab, right.tab);
  await left.tab.close();
  await say(far.tab, "Still there?");
  await log(right.tab).getByText("You said: Still there?").waitFor();
  await until(() => assert.equal(right.streams.length, 1));
});

test("the list of threads is live: new ones, titles, deletions, and what was answered elsewhere", async () => {
  const left = await show(await newTab(browser));
  const right = await show(await device(left.tab.context()));
  await until(() => assert.equal(right.streams.length, 1));
  await say(left.tab, "A first thread");
  await right.tab.getByRole("button", { name: /^History/ }).click();
  const row = right.tab.getByRole("region").getByRole("button", { name: /^A first thread/ });
  await row.waitFor();
  await openThread(left.tab, null);
  await say(left.tab, "A second thread");
  await right.tab
    .getByRole("region")
    .getByRole("button", { name: /^A second thread/ })
    .waitFor();
  await row.click();
  await log(right.tab).getByText("You said: A first thread").waitFor();
  const id = await thread(right.tab);
  await openThread(left.tab, id);
  await log(left.tab).getByText("You said: A first thread").waitFor();
  await remove(left.tab, id);
  for (const { tab } of [left, right]) await eventually(() => asked(tab).count(), 0, "its thread is gone");
});

test("what was being written in a thread that another tab deletes goes on in the new one", async () => {
  const left = await show(await newTab(browser));
  const right = await show(await device(left.tab.context()));
  await until(() => assert.equal(right.streams.length, 1));
  const { tab } = right;
  await message(tab).fill("begun anew");
  const id = await shared(left.tab, tab);
  await tab.evaluate(() => {
    const files = [new File(["tea"], "list.txt", { type: "text/plain" })];
    return (document.querySelector("chat-dock") as ChatElement).setComposerValue({
      text: "half a thought",
      reply: "You said: Hello",
      files,
    });
  });
  await tab.locator(".drafts .file.ready").waitFor();
  await message(tab).focus();
  await remove(left.tab, id);
  await eventually(() => asked(tab).count(), 0, "its thread is gone");
  await eventually(() => message(tab).inputValue(), "half a thought\n\nbegun anew");
  await tab.locator(".quote.in-composer").getByText("You said: Hello").waitFor();
  assert.equal(await message(tab).evaluate((el) => el.matches(":focus")), true, "who writes keeps the field");
  await message(tab).press("Enter");
  await log(tab).getByText("You said: half a thought").waitFor();
  await asked(tab).getByText("list.txt").waitFor();
  await openThread(tab, null);
  await eventually(() => message(tab).inputValue(), "");
});

test("what happened while the network was away is there when it is back, and the draft still is", async () => {
  const left = await show(await newTab(browser));
  const right = await show(await device(left.tab.context()));
  await until(() => assert.equal(right.streams.length, 1));
  await shared(left.tab, right.tab);
  await message(right.tab).fill("half a thought");
  await right.tab.context().setOffline(true);
  await right.tab.getByText("You are offline").waitFor();
  await say(left.tab, "While you were away");
  await log(left.tab).getByText("You said: While you were away").waitFor();
  assert.equal(await asked(right.tab).count(), 1);
  await right.tab.context().setOffline(false);
  await log(right.tab).getByText("You said: While you were away").waitFor();
  assert.equal(await message(right.tab).inputValue(), "half a thought");
});

test("two users of one browser hear nothing of each other", async () => {
  const ada = await show(await newTab(browser));
  await until(() => assert.equal(ada.streams.length, 1));
  const phone = await show(await device(ada.tab.context()));
  await ada.tab.context().clearCookies();
  const eve = await show(await another(ada.tab.context()));
  await until(() => assert.equal(eve.streams.length, 1));
  await say(eve.tab, "Eve's own");
  await log(eve.tab).getByText("You said: Eve's own").waitFor();
  const id = await thread(eve.tab);
  // What comes after it is heard, and is all that was: an answer that nobody was there to read.
  await phone.tab.evaluate(async () => {
    const { client_secret } = await (await fetch("/demo/session?workflow=wf_gallery", { method: "POST" })).json();
    const content = [{ type: "input_text", text: "Ada's own" }];
    await fetch("/chatkit", {
      method: "POST",
      headers: { authorization: `Bearer ${client_secret}`, "content-type": "application/json" },
      body: JSON.stringify({ type: "threads.create", params: { input: { content, attachments: [], inference_options: {} } } }),
    });
  });
  await ada.tab.getByRole("button", { name: /\(\d+\)$/ }).waitFor();
  assert.equal(await ada.tab.getByRole("button", { name: "History (1)" }).count(), 1);
  assert.notEqual(id, await thread(ada.tab));
  assert.equal(await asked(ada.tab).count(), 0);
});

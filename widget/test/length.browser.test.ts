// A message that is longer than the service takes: said before it is sent, in the reader's language, with nothing of it lost.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { eventually, launch, newTab, test } from "./browser.ts";
import { type RealServer, realServer } from "./real-server.ts";

const MOST = 32_768;

let browser: Browser;
let real: RealServer;

before(async () => {
  [browser, real] = await Promise.all([launch(), realServer()]);
});
after(async () => {
  await browser.close();
  await real.close();
});

type ChatElement = HTMLElement & { setOptions(o: unknown): void; sendUserMessage(params: { text: string }): Promise<void> };

/** The gallery in that language, and what is posted to its conversation. */
async function show(locale: string): Promise<{ tab: Page; posted: string[] }> {
  const tab = await newTab(browser);
  const posted: string[] = [];
  tab.on("request", (request) => {
    const body = request.method() === "POST" ? (request.postData() ?? "") : "";
    if (body.startsWith("{") && "input" in (JSON.parse(body).params ?? {})) posted.push(JSON.parse(body).type);
  });
  await tab.goto(`${real.url}/demo/full?workflow=wf_gallery`);
  await tab.evaluate((wanted) => {
    const el = document.querySelector("chat-dock") as ChatElement;
    const secret = async () => (await (await fetch("/demo/session?workflow=wf_gallery", { method: "POST" })).json()).client_secret;
    el.setOptions({ api: { getClientSecret: secret }, locale: wanted, initialThread: null });
  }, locale);
  await tab.locator("chat-dock .suggestions, chat-dock .greeting").first().waitFor();
  await box(tab).waitFor();
  return { tab, posted };
}

const box = (tab: Page) => tab.locator("chat-dock textarea").last();

test("a message that is too long is not sent, stays where it was written, and goes once it is shorter", async () => {
  for (const [locale, sentence] of [
    ["en", "This message is too long. Maximum number of characters: 32,768."],
    ["de", "Diese Nachricht ist zu lang. Maximale Zeichenzahl: 32.768."],
    ["fa", "این پیام بیش از حد طولانی است. حداکثر تعداد نویسه‌ها: ۳۲٬۷۶۸."],
  ] as const) {
    const { tab, posted } = await show(locale);
    await box(tab).fill("x".repeat(MOST + 1));
    await box(tab).press("Enter");
    await tab.getByRole("alert").getByText(sentence).waitFor();
    assert.equal((await box(tab).inputValue()).length, MOST + 1);
    assert.deepEqual(posted, []);
    await box(tab).fill("/text 5 1");
    await box(tab).press("Enter");
    await tab.locator(".turn.assistant").getByText("word4").waitFor();
    assert.equal(await tab.getByRole("alert").count(), 0);
  }
});

test("characters are counted as the service counts them, not as a string does", async () => {
  const { tab, posted } = await show("en");
  await box(tab).fill("🚋".repeat(MOST));
  await box(tab).press("Enter");
  await eventually(() => posted, ["threads.create"]);
  await tab.getByText("You said: 🚋").waitFor();
  assert.equal(await tab.getByRole("alert").count(), 0);
});

test("an edit that is too long stays open and says so", async () => {
  const { tab, posted } = await show("en");
  await box(tab).fill("Hello");
  await box(tab).press("Enter");
  await tab.getByText("You said: Hello").waitFor();
  await tab.getByRole("button", { name: "Edit message" }).click();
  const field = tab.getByRole("textbox", { name: "Edit message" });
  await field.fill("x".repeat(MOST + 1));
  await field.press("Enter");
  await tab.locator(".editor").getByRole("alert").getByText("Maximum number of characters: 32,768.").waitFor();
  assert.equal((await field.inputValue()).length, MOST + 1);
  await field.fill("Good evening");
  await field.press("Enter");
  await tab.getByText("You said: Good evening").waitFor();
  assert.deepEqual(posted, ["threads.create", "chatdock.edit_user_message"]);
});

test("what a page sends in its user's place and the service refuses is explained in the reader's language", async () => {
  const { tab } = await show("de");
  await tab.evaluate((text) => (document.querySelector("chat-dock") as ChatElement).sendUserMessage({ text }), "x".repeat(MOST + 1));
  await tab.getByRole("alert").getByText("Diese Nachricht ist zu lang.").waitFor();
});

// What a backend says and begins by itself, seen live where the thread is open, and answers that a restarting server cannot show yet.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page, Route } from "playwright-core";
import { eventually, launch, newTab, test, until } from "./browser.ts";
import { type RealServer, realServer } from "./real-server.ts";

const KEY = "sk_test_0123456789abcdef";
const WORDS = 150;

let browser: Browser;
let real: RealServer;

before(async () => {
  [browser, real] = await Promise.all([launch(), realServer({ CHATDOCK_API_KEY: KEY })]);
});
after(async () => {
  await browser.close();
  await real.close();
});

type ChatElement = HTMLElement & { setOptions(o: unknown): void; setThreadId(id: string | null): Promise<void> };

/** The gallery in a tab, once it asked for what happens elsewhere; that it hears it is certain after a message was answered. */
async function show(tab: Page): Promise<Page> {
  const asks = tab.waitForRequest((request) => new URL(request.url()).pathname === "/v1/chatkit/events");
  await tab.goto(`${real.url}/demo/full?workflow=wf_gallery`);
  await tab.evaluate(() => {
    const el = document.querySelector("chat-dock") as ChatElement;
    const secret = async () => (await (await fetch("/demo/session?workflow=wf_gallery", { method: "POST" })).json()).client_secret;
    el.addEventListener("chatkit.thread.change", (event) => {
      (globalThis as { thread?: string | null }).thread = (event as CustomEvent).detail.threadId;
    });
    el.setOptions({ api: { getClientSecret: secret }, initialThread: null });
  });
  await tab.getByRole("textbox", { name: "Message" }).waitFor();
  await asks;
  return tab;
}

/** The same visitor on another device. */
async function device(of: Page): Promise<Page> {
  return newTab(browser, { storageState: { cookies: await of.context().cookies(), origins: [] } });
}

/** What a customer's backend asks of the service: a `POST` of the body, or a `GET` where there is none. */
async function backend(path: string, body?: unknown): Promise<{ user: string }> {
  const response = await fetch(`${real.url}/v1/chatkit/${path}`, {
    method: body ? "POST" : "GET",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", "openai-beta": "chatkit_beta=v1" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  assert.ok(response.ok, await response.clone().text());
  return response.json() as Promise<{ user: string }>;
}

const log = (tab: Page) => tab.getByRole("log", { name: "Conversation" });
const answers = (tab: Page) => tab.getByRole("article", { name: "Assistant" });
const openThread = (tab: Page, id: string) =>
  tab.evaluate((wanted) => (document.querySelector("chat-dock") as ChatElement).setThreadId(wanted), id);

async function say(tab: Page, text: string): Promise<void> {
  await tab.getByRole("textbox", { name: "Message" }).fill(text);
  await tab.getByRole("textbox", { name: "Message" }).press("Enter");
}

/** A thread that was begun here, once its first answer is complete. */
async function begun(tab: Page): Promise<string> {
  await say(tab, "Hello");
  await log(tab).getByText("You said: Hello").waitFor();
  await tab.getByRole("button", { name: "Send message" }).waitFor();
  return until(() =>
    tab.evaluate(() => {
      const { thread } = globalThis as { thread?: string | null };
      if (!thread) throw new Error("no thread yet");
      return thread;
    }),
  );
}

test("a message, a widget and a notice that a backend pushes are seen at once in an open tab, in order", async () => {
  const tab = await show(await newTab(browser));
  const id = await begun(tab);
  await backend(`threads/${id}/items`, { type: "assistant_message", text: "Your parcel **has arrived**." });
  await log(tab).getByText("Your parcel has arrived.").waitFor();
  const widget = { type: "Card", children: [{ type: "Text", value: "Locker 7, code 4711" }] };
  await backend(`threads/${id}/items`, { type: "widget", widget });
  await log(tab).getByText("Locker 7, code 4711").waitFor();
  await backend(`threads/${id}/items`, { type: "notice", level: "warning", title: "Soon closed", message: "Until 8 in the evening." });
  await log(tab).getByText("Until 8 in the evening.").waitFor();
  const read = await log(tab).innerText();
  const places = ["You said: Hello", "has arrived", "Locker 7", "Soon closed", "Until 8"].map((words) => read.indexOf(words));
  assert.ok(!places.includes(-1) && places.every((place, n) => n === 0 || place > (places[n - 1] as number)), read);
  await say(tab, "Thank you");
  await log(tab).getByText("You said: Thank you").waitFor();
});

test("what a backend pushes while an answer is made is seen once that is there", async () => {
  const tab = await show(await newTab(browser));
  const id = await begun(tab);
  await say(tab, "/text 100 20");
  await log(tab).getByText("word5").waitFor();
  await backend(`threads/${id}/items`, { type: "assistant_message", text: "Your parcel has arrived." });
  assert.ok(!(await log(tab).innerText()).includes("word99"), "the answer was still being made");
  await log(tab).getByText("Your parcel has arrived.").waitFor();
  await log(tab).getByText("word99").waitFor();
});

test("an answer that a backend begins streams into the open tab without a message of the user's, and can be stopped there", async () => {
  const tab = await show(await newTab(browser));
  const id = await begun(tab);
  await backend("runs", { thread_id: id, input: "Your parcel is on its way" });
  await log(tab).getByText("You said: Your parcel is on its way").waitFor();
  await eventually(() => tab.getByRole("article", { name: "You" }).count(), 1, "what was asked for is the backend's alone");
  await tab.getByRole("button", { name: "Send message" }).waitFor();
  await backend("runs", { thread_id: id, input: "/text 3000 20" });
  await tab.getByRole("button", { name: "Stop" }).waitFor();
  const words = () => answers(tab).last().innerText();
  const first = await until(async () => {
    const text = await words();
    assert.ok(text.includes("word5"), text);
    return text;
  });
  await until(async () => assert.ok((await words()).length > first.length, "it streams"));
  await tab.getByRole("button", { name: "Stop" }).click();
  await tab.getByRole("button", { name: "Send message" }).waitFor();
});

test("a conversation that a backend begins is in the list of an open tab", async () => {
  const tab = await show(await newTab(browser));
  const { user } = await backend(`threads/${await begun(tab)}`);
  await tab.getByRole("button", { name: "History" }).click();
  await log(tab).waitFor({ state: "hidden" });
  await backend("runs", { user, workflow: { id: "wf_gallery" }, input: "Hi", title: "About your parcel" });
  await tab.getByText("About your parcel").waitFor();
});

test("an answer that a restarting server cannot look up is waited for, honestly, and comes whole", async () => {
  const first = await show(await newTab(browser));
  const id = await begun(first);
  await say(first, `/text ${WORDS} 60`);
  await answers(first).last().getByText("word3").waitFor();
  const refused = { lookup: 0, events: 0 };
  const busy = (route: Route) =>
    route.fulfill({ status: 503, headers: { "retry-after": "1" }, body: '{"error":{"message":"Restarting."}}' });
  const second = await device(first);
  await second.route("**/v1/chatkit/threads/*/runs?limit=*", (route) => (refused.lookup++ < 3 ? busy(route) : route.continue()));
  await second.route("**/v1/chatkit/runs/*/events?*", (route) => (refused.events++ < 2 ? busy(route) : route.continue()));
  await show(second);
  await openThread(second, id);
  await second.getByText("Reconnecting…").waitFor();
  assert.equal(await second.getByRole("alert").count(), 0, "nothing failed");
  await second.getByRole("textbox", { name: "Message" }).fill("not sent yet");
  await answers(second)
    .last()
    .getByText(`word${WORDS - 1}`)
    .waitFor();
  await second.getByText("Reconnecting…").waitFor({ state: "hidden" });
  const whole = Array.from({ length: WORDS }, (_, n) => `word${n}`).join(" ");
  await eventually(() => answers(second).last().locator(".prose").innerText(), whole);
  await eventually(() => answers(first).last().locator(".prose").innerText(), whole);
  assert.ok(refused.lookup > 3 && refused.events > 2, JSON.stringify(refused));
  await eventually(() => second.getByRole("textbox", { name: "Message" }).inputValue(), "not sent yet");
});

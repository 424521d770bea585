// Custom mode against a server that is not ours: the reference's own Python package behind one route.
import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { eventually, launch, newTab, page, test } from "./browser.ts";
import { bodyOf, type FakeServer, fakeServer } from "./fake-server.ts";
import { freePort, type RealServer, startPython } from "./real-server.ts";

let browser: Browser;
let theirs: RealServer;
let site: FakeServer;

// The page's own server passes the chat on, as a site with a login would.
async function passOn(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
  if (path !== "/their/chatkit") return false;
  assert.equal(request.headers["x-login"], "me", "the page's fetch carries what the page adds");
  const reply = await fetch(`${theirs.url}/chatkit`, { method: "POST", body: new Uint8Array(await bodyOf(request)) });
  response.writeHead(reply.status, { "content-type": reply.headers.get("content-type") ?? "" });
  for await (const chunk of reply.body ?? []) response.write(chunk);
  response.end();
  return true;
}

before(async () => {
  browser = await launch();
  theirs = await startPython([`${__ROOT__}test/custom_server.py`], await freePort(), "/ready");
  site = await fakeServer({ "/element": page("<chat-dock></chat-dock>") }, passOn);
});
after(async () => {
  await browser.close();
  await Promise.all([theirs.close(), site.close()]);
});

async function open(): Promise<Page> {
  const tab = await newTab(browser);
  await tab.goto(`${site.url}/element`);
  await furnish(tab);
  return tab;
}

const furnish = (tab: Page) =>
  tab.evaluate(() => {
    const el = document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void };
    const errors: string[] = [];
    Object.assign(window, { errors });
    el.addEventListener("chatkit.error", (event) => errors.push(String((event as CustomEvent).detail.error)));
    el.setOptions({
      api: {
        url: "/their/chatkit",
        domainKey: "any",
        fetch: (url: string, init: RequestInit) => fetch(url, { ...init, headers: { ...init.headers, "x-login": "me" } }),
      },
      threadItemActions: { retry: true, feedback: true },
      onClientTool: ({ name, params }: { name: string; params: { at: string } }) => ({ name, place: params.at }),
    });
  });
const say = async (tab: Page, text: string) => {
  await tab.getByRole("textbox", { name: "Message" }).fill(text);
  await tab.keyboard.press("Enter");
};
const log = (tab: Page) => tab.getByRole("log");
const idle = (tab: Page) => tab.locator('[role=log][aria-busy="false"]').waitFor();

test("a conversation with an openai-chatkit server: text, title, action, client tool, retry and feedback", async () => {
  const tab = await open();
  await say(tab, "tea");
  await log(tab).getByText("You said tea").waitFor();
  await tab.getByRole("heading", { name: "About tea" }).waitFor();
  await idle(tab);
  await say(tab, "card");
  await tab.getByRole("button", { name: "Go", exact: true }).click();
  await log(tab).getByText("Action go {'n': 1}").waitFor();
  await idle(tab);
  await say(tab, "tool");
  await log(tab).getByText("The tool said {'name': 'where', 'place': 'home'}").waitFor();
  await idle(tab);
  await tab.getByRole("button", { name: "Good answer" }).last().click();
  await say(tab, "wool");
  await log(tab).getByText("You said wool").waitFor();
  await idle(tab);
  await tab.getByRole("button", { name: "Try again" }).last().click();
  await idle(tab);
  await log(tab).getByText("You said wool").waitFor();
  await eventually(() => log(tab).getByText("You said wool").count(), 1);
  assert.deepEqual(await tab.evaluate(() => (window as unknown as { errors: string[] }).errors), []);
  await tab.context().close();
});

test("its threads are listed, opened after a reload, renamed and deleted", async () => {
  const tab = await open();
  await say(tab, "cups");
  await log(tab).getByText("You said cups").waitFor();
  await idle(tab);
  await tab.reload();
  await furnish(tab);
  await log(tab).getByText("You said cups").waitFor();
  await tab.getByRole("button", { name: "History", exact: true }).click();
  await tab.getByRole("button", { name: "Actions for About cups" }).click();
  await tab.getByRole("menuitem", { name: "Rename" }).click();
  await tab.keyboard.type("Cups");
  await tab.keyboard.press("Enter");
  await tab.getByRole("button", { name: "Actions for Cups" }).click();
  await tab.getByRole("menuitem", { name: "Delete" }).click();
  await tab.getByRole("button", { name: "Delete", exact: true }).click();
  await tab.getByRole("button", { name: "Cups", exact: true }).waitFor({ state: "detached" });
  assert.deepEqual(await tab.evaluate(() => (window as unknown as { errors: string[] }).errors), []);
  await tab.context().close();
});

test("a thread that does not exist there is an error with a way on, not an endless wait", async () => {
  const tab = await open();
  await tab.evaluate(() =>
    (document.querySelector("chat-dock") as HTMLElement & { setThreadId(id: string): Promise<void> }).setThreadId("thr_none"),
  );
  await tab.getByRole("alert").getByText("The conversation could not be loaded.").waitFor();
  await tab.getByRole("button", { name: "New chat" }).click();
  await say(tab, "again");
  await log(tab).getByText("You said again").waitFor();
  await tab.context().close();
});

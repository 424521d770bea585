// Messages sent while another is answered, against the real service: seen as waiting in every tab, answered in their turn, taken back.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { violations } from "./axe.ts";
import { eventually, launch, newTab, page, still, test } from "./browser.ts";
import { type RealServer, realServer } from "./real-server.ts";

const KEY = "sk_test_0123456789abcdef";
const OUT = `${__ROOT__}.cache/shots`;
// An answer to "hold N" goes on once the file N is there.
const WORKFLOWS = `
import asyncio
from pathlib import Path
from chatdock import RunContext, workflow
from chatdock.context import NewMessage

GATES = Path(__file__).parent

async def answer(ctx: RunContext) -> None:
    assert isinstance(ctx.trigger, NewMessage)
    text = "".join(part.text for part in ctx.trigger.message.content)
    await ctx.text("I am on it.")
    while text.startswith("hold ") and not (GATES / text[5:]).exists():
        await asyncio.sleep(0.02)
    await ctx.text(f"You said: {text}")

@workflow("wf_enqueue", concurrent_input="enqueue")
async def enqueue(ctx: RunContext) -> None:
    await answer(ctx)

@workflow("wf_interrupt", concurrent_input="interrupt")
async def interrupt(ctx: RunContext) -> None:
    await answer(ctx)

@workflow("wf_reject")
async def reject(ctx: RunContext) -> None:
    await answer(ctx)
`;
let browser: Browser;
let shop: Server;
let shopUrl: string;
let real: RealServer;
let folder: string;

before(async () => {
  await mkdir(OUT, { recursive: true });
  folder = await mkdtemp(`${tmpdir()}/chatdock-waiting-`);
  await writeFile(`${folder}/modes.py`, WORKFLOWS);
  shop = createServer(async (request, response) => {
    const asked = new URL(request.url ?? "/", shopUrl);
    if (request.method === "POST") {
      const minted = await fetch(`${real.url}/v1/chatkit/sessions`, {
        method: "POST",
        headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
        body: JSON.stringify({ user: asked.searchParams.get("user"), workflow: { id: asked.searchParams.get("workflow") } }),
      });
      return response.writeHead(200, { "content-type": "application/json" }).end(await minted.text());
    }
    const body = page(`<chat-dock data-session-endpoint="/session${asked.search.replaceAll("&", "&amp;")}"></chat-dock>`);
    response.writeHead(asked.pathname === "/" ? 200 : 404, { "content-type": "text/html" });
    response.end(body.replace("/widget/", `${real.url}/widget/`));
  });
  await new Promise<void>((resolve) => shop.listen(0, "127.0.0.1", resolve));
  shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  const environment = { CHATDOCK_API_KEY: KEY, CHATDOCK_ALLOWED_ORIGINS: shopUrl, CHATDOCK_WORKFLOWS: folder };
  [browser, real] = await Promise.all([launch(), realServer(environment)]);
});
after(async () => {
  await browser.close();
  await real.close();
  shop.closeAllConnections();
  await new Promise((resolve) => shop.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const open = (gate: string) => writeFile(`${folder}/${gate}`, "");
const message = (tab: Page) => tab.getByRole("textbox", { name: "Message" });
const log = (tab: Page) => tab.getByRole("log");
const waiting = (tab: Page) => log(tab).locator(".waiting .bubble").allTextContents();
const stop = (tab: Page) => tab.getByRole("button", { name: "Stop" });
/** All that was said, in the order it stands. */
const said = (tab: Page) => log(tab).locator(".bubble, .prose").allTextContents();

async function visit(user: string, workflow: string, options = {}): Promise<Page> {
  const tab = await newTab(browser, options);
  await tab.goto(`${shopUrl}/?user=${user}&workflow=${workflow}`);
  await message(tab).waitFor();
  return tab;
}

async function say(tab: Page, text: string): Promise<void> {
  await message(tab).fill(text);
  await message(tab).press("Enter");
}

/** The first message, whose answer is held back; the thread is known by then. */
async function hold(tab: Page, gate: string): Promise<void> {
  await say(tab, `hold ${gate}`);
  await log(tab).getByText("I am on it.").waitFor();
  await stop(tab).waitFor();
}

test("a message sent while another is answered waits, is seen as waiting in every tab and after a reload, and is answered in its turn", async () => {
  const tab = await visit("ada", "wf_enqueue", { bypassCSP: true });
  await hold(tab, "one");
  await say(tab, "and then this");
  await eventually(() => waiting(tab), ["and then this"]);
  await eventually(() => message(tab).inputValue(), "");
  await say(tab, "and at last that");
  await eventually(() => waiting(tab), ["and then this", "and at last that"]);
  await eventually(() => log(tab).getByText("Waiting to be sent").count(), 2);
  await eventually(async () => (await tab.locator(".sr[role=status]").textContent())?.includes("Waiting to be sent"), true);
  assert.deepEqual(await violations(tab), []);
  await still(tab);
  await tab.screenshot({ path: `${OUT}/waiting.png` });

  const other = await newTab(browser);
  await other.goto(`${shopUrl}/?user=ada&workflow=wf_enqueue`);
  await other.getByRole("button", { name: /^History/ }).click();
  await other.getByRole("region", { name: "History" }).getByRole("listitem").first().getByRole("button").first().click();
  await eventually(() => waiting(other), ["and then this", "and at last that"]);
  await eventually(() => said(other), ["hold one", "I am on it.", "and then this", "and at last that"]);
  await tab.reload();
  await eventually(() => waiting(tab), ["and then this", "and at last that"]);
  await say(other, "said elsewhere");
  await eventually(() => waiting(tab), ["and then this", "and at last that", "said elsewhere"]);

  await open("one");
  const turns = ["and then this", "and at last that", "said elsewhere"].flatMap((text) => [text, "I am on it.", `You said: ${text}`]);
  const whole = ["hold one", "I am on it.", "You said: hold one", ...turns];
  await eventually(() => said(tab), whole);
  await eventually(() => said(other), whole);
  await eventually(() => log(tab).locator(".waiting").count(), 0);
  await eventually(() => log(tab).getAttribute("aria-busy"), "false");
});

test("a message that waits is taken back, in every tab, and its text is there to be changed", async () => {
  const tab = await visit("grace", "wf_enqueue");
  await hold(tab, "two");
  await say(tab, "a mistake");
  const own = log(tab).getByRole("article", { name: "You" }).filter({ hasText: "a mistake" });
  await own.getByRole("button", { name: "Cancel" }).click();
  await eventually(() => waiting(tab), []);
  await eventually(() => message(tab).inputValue(), "a mistake");
  await open("two");
  await eventually(() => said(tab), ["hold two", "I am on it.", "You said: hold two"]);
  await stop(tab).waitFor({ state: "detached" });
});

test("stopping an answer begins the next", async () => {
  const tab = await visit("lin", "wf_enqueue");
  await hold(tab, "never");
  await say(tab, "next");
  await eventually(() => waiting(tab), ["next"]);
  await eventually(() => log(tab).locator(".wait-line").getByRole("button", { name: "Cancel" }).count(), 1);
  await stop(tab).click();
  await eventually(() => said(tab), ["hold never", "I am on it.", "next", "I am on it.", "You said: next"]);
  await stop(tab).waitFor({ state: "detached" });
});

test("where messages interrupt, the answer ends with what it said and the new message is answered", async () => {
  const tab = await visit("mary", "wf_interrupt");
  await hold(tab, "never");
  await say(tab, "something else");
  await eventually(() => said(tab), ["hold never", "I am on it.", "something else", "I am on it.", "You said: something else"]);
  await stop(tab).waitFor({ state: "detached" });
  await eventually(() => waiting(tab), []);
});

test("a message that could not be sent says so, and is sent once more", async () => {
  const tab = await visit("emmy", "wf_enqueue");
  await hold(tab, "three");
  let refuse = true;
  await tab.route("**/v1/chatkit/conversation", (route) =>
    refuse ? route.fulfill({ status: 400, contentType: "application/json", body: '{"error":{"message":"no"}}' }) : route.fallback(),
  );
  await say(tab, "try me");
  await log(tab).getByText("The message could not be sent.").waitFor();
  refuse = false;
  await log(tab).getByRole("button", { name: "Try sending again" }).click();
  await log(tab).getByText("Waiting to be sent").waitFor();
  await open("three");
  await eventually(() => said(tab), ["hold three", "I am on it.", "You said: hold three", "try me", "I am on it.", "You said: try me"]);
});

test("where messages are refused meanwhile, what is written stays in the composer", async () => {
  const tab = await visit("joan", "wf_reject");
  await hold(tab, "four");
  await say(tab, "patience");
  await eventually(() => tab.getByRole("button", { name: "Send message" }).count(), 0);
  assert.equal(await message(tab).inputValue(), "patience");
  await open("four");
  await log(tab).getByText("You said: hold four").waitFor();
  await stop(tab).waitFor({ state: "detached" });
  await message(tab).press("Enter");
  await log(tab).getByText("You said: patience").waitFor();
});

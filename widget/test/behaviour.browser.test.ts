// What a person does with the chat, in a real Chromium against a small real server.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { violations } from "./axe.ts";
import { eventually, launch, newTab, page, rested, still, test, until } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

let browser: Browser;
let server: FakeServer;
const WORDS = Array.from({ length: 120 }, (_, index) => `word${index}`).join(" ");

before(async () => {
  browser = await launch();
  server = await fakeServer({
    "/": page('<chat-dock data-session-endpoint="/session"></chat-dock>'),
    "/element": page("<chat-dock></chat-dock>"),
    "/launcher": page("<h1>Acme</h1>", {
      attributes: 'data-session-endpoint="/session" data-title="Help" data-accent="#0a7f5a"',
      inline: "window.ChatDock={q:[['on','open',()=>{document.title='opened'}],['open']]}",
    }),
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

async function open(path: string): Promise<Page> {
  const tab = await newTab(browser);
  await tab.goto(server.url + path);
  return tab;
}

const message = (tab: Page) => tab.getByRole("textbox", { name: "Message" });
const log = (tab: Page) => tab.getByRole("log", { name: "Conversation" });
const idle = (tab: Page) => tab.locator('[role=log][aria-busy="false"]').waitFor();

async function say(tab: Page, text: string): Promise<void> {
  await message(tab).fill(text);
  await message(tab).press("Enter");
}

test("an answer cut off again and again comes whole and once", async () => {
  const tab = await open("/");
  await say(tab, "slow");
  for (const word of ["word4", "word8", "word16", "word32"]) {
    await tab.getByRole("log").getByText(word).first().waitFor();
    server.cut();
  }
  await tab.getByRole("log").getByText("word119").waitFor();
  await idle(tab);
  await eventually(() => tab.getByRole("article", { name: "Assistant" }).locator(".prose").innerText(), WORDS);
  await tab.context().close();
});

test("a reload in the middle of an answer goes on with it, and with the thread", async () => {
  const tab = await open("/");
  await say(tab, "slow");
  await tab.getByRole("log").getByText("word9").first().waitFor();
  await tab.reload();
  await tab.getByRole("log").getByText("word119").waitFor();
  await idle(tab);
  await eventually(() => tab.getByRole("article", { name: "Assistant" }).locator(".prose").innerText(), WORDS);
  assert.equal(await tab.getByRole("article", { name: "You" }).count(), 1);
  const stored = await tab.evaluate(
    () => JSON.stringify({ ...sessionStorage, ...localStorage }) + document.documentElement.outerHTML + document.cookie,
  );
  assert.ok(!server.secrets.some((secret) => stored.includes(secret)), "the secret stays in memory");
  await tab.context().close();
});

test("what is sent while its thread is still on its way goes when that is there, unless it is written on", async () => {
  const tab = await open("/");
  const written = (text: string) => eventually(() => message(tab).inputValue(), text);
  await say(tab, "first of all");
  await log(tab).getByText("You said: first of all").waitFor();
  await idle(tab);
  let release = (): void => undefined;
  const held = () =>
    new Promise<void>((resolve) => {
      release = resolve;
    });
  let gate = held();
  await tab.route("**/conversation", async (route) => {
    if (route.request().postDataJSON().type === "threads.get_by_id") await gate;
    await route.continue();
  });
  await tab.reload();
  await say(tab, "sent early");
  await written("sent early");
  release();
  await log(tab).getByText("You said: sent early").waitFor();
  await idle(tab);
  await written("");
  assert.equal(await tab.getByRole("article", { name: "You" }).count(), 2);
  gate = held();
  await tab.reload();
  await say(tab, "not yet");
  await message(tab).pressSequentially(", wait");
  release();
  await log(tab).getByText("You said: sent early").waitFor();
  await eventually(() => tab.locator(".send").getAttribute("aria-disabled"), "false");
  await written("not yet, wait");
  assert.equal(await tab.getByRole("article", { name: "You" }).count(), 2);
});

test("Stop takes Send's place, and keeps what was said", async () => {
  const tab = await open("/");
  await say(tab, "endless");
  await tab.getByRole("log").getByText("word9").first().waitFor();
  await tab.getByRole("button", { name: "Stop" }).click();
  await tab.getByRole("button", { name: "Send message" }).waitFor();
  const text = await tab.getByRole("article", { name: "Assistant" }).locator(".prose").innerText();
  assert.match(text, /^word0 .*word9/);
  assert.doesNotMatch(text, /word19999/);
  await tab.context().close();
});

test("Shift+Enter breaks the line and an input method's Enter sends nothing", async () => {
  const tab = await open("/");
  await message(tab).fill("one");
  await message(tab).press("Shift+Enter");
  await message(tab).pressSequentially("two");
  const box = await message(tab).elementHandle();
  await box?.evaluate((el) => {
    el.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true }));
    el.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true }));
  });
  await eventually(() => message(tab).inputValue(), "one\ntwo");
  await message(tab).press("Enter");
  await tab.getByRole("log").getByText("You said: one").waitFor();
  await tab.context().close();
});

test("a client tool runs in the page, effects and events reach it, the composer waits", async () => {
  const tab = await open("/element");
  await tab.evaluate(() => {
    const el = document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void };
    const seen: string[] = [];
    Object.assign(window, { seen });
    for (const name of ["ready", "effect", "response.start", "response.end", "thread.change", "error"])
      el.addEventListener(`chatkit.${name}`, (e) => seen.push(`${name} ${JSON.stringify((e as CustomEvent).detail)}`));
    el.setOptions({
      api: { getClientSecret: async () => (await (await fetch("/session", { method: "POST" })).json()).client_secret },
      onClientTool: async ({ name, params }: { name: string; params: unknown }) => {
        await new Promise((resolve) => Object.assign(window, { finishTool: resolve }));
        return { name, params, items: 3 };
      },
    });
  });
  await say(tab, "tool");
  await tab.waitForFunction(() => "finishTool" in window);
  await still(tab);
  assert.equal(await log(tab).getAttribute("aria-busy"), "true", "an answer is under way while the tool runs");
  await tab.evaluate(() => (window as unknown as { finishTool(): void }).finishTool());
  await tab.getByRole("log").getByText('"items":3').waitFor();
  await idle(tab);
  await say(tab, "effect");
  await tab.getByRole("log").getByText("Done.").waitFor();
  await idle(tab);
  const seen = () => tab.evaluate(() => (window as unknown as { seen: string[] }).seen.map((each) => each.replace(/cthr_\d+/, "id")));
  await eventually(seen, [
    "ready null",
    "response.start null",
    'thread.change {"threadId":"id"}',
    "response.end null",
    "response.start null",
    'effect {"name":"confetti","data":{"count":3}}',
    "response.end null",
  ]);
  await tab.context().close();
});

test("threads are listed, opened, renamed and deleted by keyboard alone", async () => {
  const tab = await open("/");
  await say(tab, "first topic");
  await tab.getByRole("log").getByText("You said: first topic").waitFor();
  await idle(tab);
  await tab.getByRole("button", { name: "New chat" }).press("Enter");
  await tab.getByRole("button", { name: "History", exact: true }).press("Enter");
  await tab.getByRole("button", { name: "Actions for New thread" }).first().press("Enter");
  await tab.getByRole("menuitem", { name: "Rename" }).press("Enter");
  await tab.keyboard.type("Shoes");
  await tab.keyboard.press("Enter");
  await tab.getByRole("button", { name: "Shoes", exact: true }).press("Enter");
  await tab.getByRole("log").getByText("You said: first topic").waitFor();
  await tab.getByRole("heading", { name: "Shoes" }).waitFor();
  await tab.getByRole("button", { name: "History", exact: true }).press("Enter");
  await tab.getByRole("button", { name: "Actions for Shoes" }).press("Enter");
  await tab.getByRole("menuitem", { name: "Delete" }).press("Enter");
  await tab.getByRole("button", { name: "Delete", exact: true }).waitFor();
  await tab.keyboard.press("Enter");
  await tab.getByRole("button", { name: "Shoes", exact: true }).waitFor({ state: "detached" });
  await tab.keyboard.press("Escape");
  await tab.getByRole("heading", { name: "Hello! How can we help?" }).waitFor();
  await tab.context().close();
});

test("a form is answered question by question", async () => {
  const tab = await open("/");
  await say(tab, "ask");
  await tab.getByLabel("A bit of everything").check();
  await tab.getByRole("button", { name: "Next" }).click();
  await tab.getByRole("textbox", { name: "Your answer" }).fill("No nuts");
  await tab.getByRole("button", { name: "Submit" }).click();
  await tab
    .getByRole("log")
    .getByText('Got: {"pace":{"values":["A bit of everything"],"skipped":false},"note":{"values":["No nuts"],"skipped":false}}')
    .waitFor();
  await tab.context().close();
});

test("a widget's form sends its values beneath the action's own payload", async () => {
  const tab = await open("/");
  await say(tab, "form");
  await tab.getByRole("button", { name: "Book table" }).click();
  assert.equal(await tab.getByRole("log").getByText("Got:").count(), 0, "a required field is empty");
  await tab.getByLabel("Name").fill("Ada");
  await tab.getByLabel("Terrace").check();
  await tab.getByRole("button", { name: "Book table" }).click();
  await tab.getByRole("log").getByText("Got:").waitFor();
  await idle(tab);
  const text = await tab.getByRole("log").getByText("Got:").innerText();
  assert.deepEqual(JSON.parse(text.slice(5)), {
    type: "gallery.echo",
    payload: { guest: { name: "Ada" }, guests: "2", day: "2026-11-28", seat: "out", quiet: true, note: "", kind: "booking" },
  });
  await tab.context().close();
});

test("the transcript lets go of its end at one notch of the wheel, and takes it up again", async () => {
  const tab = await open("/");
  await say(tab, "markdown");
  await idle(tab);
  await say(tab, "endless");
  await log(tab).getByText("word3").first().waitFor();
  await log(tab).hover();
  await tab.mouse.wheel(0, -60);
  await tab.getByRole("button", { name: "Jump to latest" }).waitFor();
  const top = await rested(log(tab));
  const answer = () => tab.getByRole("article", { name: "Assistant" }).last().locator(".prose").innerText();
  const before = (await answer()).length;
  await until(async () => assert.ok((await answer()).length > before + 60));
  assert.ok(Math.abs((await log(tab).evaluate((el) => el.scrollTop)) - top) <= 1);
  await tab.getByRole("button", { name: "Jump to latest" }).click();
  await until(async () => assert.ok((await log(tab).evaluate((el) => el.scrollHeight - el.clientHeight - el.scrollTop)) < 2));
  await tab.context().close();
});

test("a screen reader hears the answer in sentences, from a region of its own", async () => {
  const tab = await open("/");
  await message(tab).waitFor();
  await tab.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    const region = document.querySelector("chat-dock")?.shadowRoot?.querySelector(".root > [role=status]") as HTMLElement;
    new MutationObserver(() => said.push(region.textContent ?? "")).observe(region, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  await say(tab, "think");
  await idle(tab);
  const heard = () => tab.evaluate(() => (window as unknown as { said: string[] }).said);
  await until(async () => assert.match((await heard()).join(" "), /You can return anything within 30 days\. The refund reaches/));
  const said = await heard();
  assert.equal(said[0], "The assistant is answering");
  assert.ok(said.length <= 4, said.join("|"));
  assert.equal(await log(tab).getAttribute("aria-live"), "off");
  await tab.context().close();
});

test("the queue before the script, the launcher's verbs and attributes", async () => {
  const tab = await open("/launcher");
  await tab.getByRole("heading", { name: "Help", exact: true }).waitFor();
  await eventually(() => tab.title(), "opened");
  await tab.keyboard.press("Escape");
  await tab.getByRole("button", { name: "Open chat" }).waitFor();
  const bottom = () => tab.getByRole("button", { name: "Open chat" }).evaluate((el) => innerHeight - el.getBoundingClientRect().bottom);
  await eventually(async () => Math.round(await bottom()), 20);
  await tab.evaluate(() => (window as unknown as { ChatDock: Record<string, () => void> }).ChatDock.destroy?.());
  await eventually(() => tab.getByRole("button").count(), 0);
  await tab.context().close();
});

test("fifty mounts and removals in a row raise no error", async () => {
  const tab = await open("/element");
  await tab.evaluate(async () => {
    for (let n = 0; n < 50; n++) {
      const el = document.createElement("chat-dock");
      el.dataset.sessionEndpoint = "/session";
      document.body.append(el);
      await new Promise((resolve) => setTimeout(resolve, 15));
      el.remove();
    }
  });
  assert.equal(await tab.locator("chat-dock").count(), 1);
  await tab.context().close();
});

test("no accessibility violation in any state", async () => {
  // axe needs to add itself to the page, which the strict policy forbids: the same page without one.
  const tab = await newTab(browser, { bypassCSP: true, viewport: { width: 600, height: 900 } });
  await tab.goto(server.url);
  await tab.getByRole("heading", { name: "Hello! How can we help?" }).waitFor();
  const check = async (state: string) => assert.deepEqual(await violations(tab), [], state);
  await check("start");
  for (const kind of [
    "markdown",
    "markdown",
    "think",
    "tasks",
    "sources",
    "card",
    "form",
    "chart",
    "list",
    "table",
    "error",
    "notice",
    "image",
  ]) {
    await say(tab, kind);
    await idle(tab);
    await still(tab);
  }
  await check("thread");
  await tab.getByRole("button", { name: "History", exact: true }).click();
  const actions = tab.getByRole("button", { name: /^Actions for/ });
  await actions.first().waitFor();
  await check("history");
  await actions.first().click();
  const remove = tab.getByRole("menuitem", { name: "Delete" });
  await remove.waitFor();
  await check("actions");
  await remove.click();
  await tab.getByRole("button", { name: "Delete", exact: true }).waitFor();
  await check("delete");
  await tab.keyboard.press("Escape");
  await tab.getByRole("button", { name: "Delete", exact: true }).waitFor({ state: "detached" });
  await tab.keyboard.press("Escape");
  await tab.getByRole("region", { name: "History" }).waitFor({ state: "detached" });
  await say(tab, "ask");
  await tab.getByText("Which pace suits you?").waitFor();
  await check("form");
  await tab.context().close();
});

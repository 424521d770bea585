// What is done by single keys in a conversation, and the list of all that can be done by key.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { violations } from "./axe.ts";
import { eventually, page, test, until } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";
import { picture, seat, studio } from "./pictures.ts";

let browser: Browser;
let server: FakeServer;

before(async () => {
  browser = await studio();
  server = await fakeServer({
    "/": page('<chat-dock data-session-endpoint="/session"></chat-dock>'),
    "/bubble": page("<h1>Acme</h1>", { attributes: 'data-session-endpoint="/session"' }),
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

/** A conversation of one message and its answer, with all that belongs to it. */
async function open(path = "/", options: BrowserContextOptions = {}): Promise<Page> {
  const tab = await seat(browser, { viewport: { width: 600, height: 700 }, bypassCSP: true, locale: "en-GB", ...options });
  await tab.goto(server.url + path);
  if (path === "/bubble") await tab.getByRole("button", { name: "Open chat" }).click();
  await input(tab).fill("echo this");
  await tab.locator(".send").click();
  await tab.locator('[role=log][aria-busy="false"]').waitFor();
  // It comes with the part that listens for keys.
  await tab.locator(".turn.user .actions").waitFor({ state: "attached" });
  return tab;
}

const input = (tab: Page) => tab.locator(".input");
const log = (tab: Page) => tab.getByRole("log");
const list = (tab: Page, name = "Keyboard shortcuts") => tab.getByRole("dialog", { name });
const focused = (tab: Page) => tab.evaluate(() => document.querySelector("chat-dock")?.shadowRoot?.activeElement?.className);

test("a question mark in the conversation lists the keys, and Escape leads back to where it was asked", async () => {
  const tab = await open();
  await log(tab).focus();
  await tab.keyboard.press("?");
  await list(tab).waitFor();
  assert.deepEqual(
    await tab
      .locator(".shortcuts :is(h2, h3, dl > div)")
      .evaluateAll((all) => all.map((each) => [...each.childNodes].map((node) => node.textContent).join(": "))),
    [
      "Keyboard shortcuts",
      "Message",
      "Send message: Enter",
      "New line: ShiftEnter",
      "Edit message: ↑",
      "Stop: Esc",
      "Conversation",
      "Previous or next message: Alt↑↓",
      "Message the AI: /",
      "Keyboard shortcuts: ?",
      "History",
      "Close history: Esc",
    ],
  );
  assert.deepEqual(await violations(tab), []);
  // Without what is behind it, which may have come to rest a pixel higher.
  await picture(tab, "shortcuts", { of: list(tab) });
  await tab.keyboard.press("Escape");
  await list(tab).waitFor({ state: "detached" });
  await eventually(() => focused(tab), "scroller");
  // By its button, and by a press beside it.
  await tab.keyboard.press("?");
  await list(tab).getByRole("button", { name: "Close" }).click();
  await list(tab).waitFor({ state: "detached" });
  await tab.keyboard.press("?");
  await list(tab).waitFor();
  await tab.mouse.click(5, 5);
  await list(tab).waitFor({ state: "detached" });
});

test("a slash in the conversation leads to the field, where both keys write", async () => {
  const tab = await open();
  await log(tab).focus();
  await tab.keyboard.press("/");
  await eventually(() => focused(tab), "input");
  await eventually(() => input(tab).inputValue(), "");
  await tab.keyboard.type("a/b?");
  await eventually(() => input(tab).inputValue(), "a/b?");
  // A message is in the conversation; what stands in the header is not.
  await input(tab).fill("");
  await tab.keyboard.press("Alt+ArrowUp");
  await eventually(() => focused(tab), "turn assistant");
  await tab.keyboard.press("/");
  await eventually(() => focused(tab), "input");
  const edit = tab.getByRole("button", { name: "Edit message" });
  await edit.focus();
  await edit.press("Enter");
  const editor = tab.getByRole("textbox", { name: "Edit message" });
  await eventually(() => editor.inputValue(), "echo this");
  await tab.keyboard.type("/?");
  await eventually(() => editor.inputValue(), "echo this/?");
  await tab.keyboard.press("Escape");
  await editor.waitFor({ state: "detached" });
  await tab.getByRole("button", { name: "New chat" }).focus();
  await tab.keyboard.press("?");
  await tab.keyboard.press("/");
  await eventually(() => focused(tab), "icon-button");
  assert.equal(await list(tab).count(), 0);
});

test("the list is opened from the header's menu too, and its Escape leaves the chat open", async () => {
  const tab = await open("/bubble");
  const menu = tab.getByRole("button", { name: /^Actions for/ });
  await menu.press("Enter");
  await tab.getByRole("menuitem", { name: "Keyboard shortcuts" }).press("Enter");
  await list(tab).getByText("Close chat").waitFor();
  await tab.keyboard.press("Escape");
  await list(tab).waitFor({ state: "detached" });
  assert.equal(await tab.locator(".p[open]").count(), 1);
  await eventually(() => menu.evaluate((el) => (el.getRootNode() as ShadowRoot).activeElement === el), true);
});

test("it is in the reader's language, and on a touch screen nothing is said of keys", async () => {
  const tab = await open("/", { locale: "ar", viewport: { width: 320, height: 400 } });
  await log(tab).focus();
  await tab.keyboard.press("?");
  await list(tab, "اختصارات لوحة المفاتيح").waitFor();
  assert.deepEqual(await violations(tab), []);
  // Narrow and low, it is read from its beginning, and all of it can be scrolled to.
  const place = await tab.locator(".shortcuts").evaluate((el) => ({
    at: el.scrollTop,
    inside: el.getBoundingClientRect().bottom <= innerHeight && el.scrollWidth <= el.clientWidth,
    more: el.scrollHeight > el.clientHeight,
  }));
  assert.deepEqual(place, { at: 0, inside: true, more: true });
  await tab.keyboard.press("Tab");
  await until(async () => assert.ok(await tab.locator(".shortcuts").evaluate((el) => el.scrollTop > 0)));
  const phone = await open("/", { viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true });
  await phone.getByRole("button", { name: /^Actions for/ }).click();
  await phone.getByRole("menuitem", { name: "Delete" }).waitFor();
  assert.equal(await phone.getByRole("menuitem", { name: "Keyboard shortcuts" }).count(), 0);
});

// What can be done with a conversation, against the real service: from its row, from the header while it is open, and by thumb.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { after, before } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { violations } from "./axe.ts";
import { eventually, still, test } from "./browser.ts";
import { picture, seat, studio } from "./pictures.ts";
import { type RealServer, realServer } from "./real-server.ts";

const OUT = `${__ROOT__}.cache/shots`;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
let browser: Browser;
let real: RealServer;

before(async () => {
  await mkdir(OUT, { recursive: true });
  [browser, real] = await Promise.all([studio(), realServer()]);
});
after(async () => {
  await browser.close();
  await real.close();
});

/** A conversation with a title, open. */
async function talk(options: BrowserContextOptions = {}, title = "Tea and wool"): Promise<Page> {
  const tab = await seat(browser, { bypassCSP: true, ...options });
  await tab.goto(`${real.url}/demo/full?workflow=wf_gallery`);
  await tab.getByRole("textbox", { name: "Message" }).fill(`/title ${title}`);
  await tab.getByRole("button", { name: "Send message" }).click();
  await tab.getByRole("heading", { name: title }).waitFor();
  await eventually(() => tab.getByRole("button", { name: "Stop" }).count(), 0);
  return tab;
}

const more = (tab: Page, title = "Tea and wool") => tab.getByRole("button", { name: `Actions for ${title}` });
const entries = (tab: Page) => tab.getByRole("menuitem").allTextContents();
const focused = (tab: Page) =>
  tab.evaluate(() => {
    const el = document.querySelector("chat-dock")?.shadowRoot?.activeElement;
    return el?.getAttribute("aria-label") ?? el?.textContent ?? null;
  });
const box = async (tab: Page, selector: string) => {
  const found = await tab.locator(selector).boundingBox();
  assert.ok(found);
  return { ...found, right: found.x + found.width, bottom: found.y + found.height };
};

test("the open conversation is exported, shared, renamed and deleted from the header, by keyboard", async () => {
  const tab = await talk();
  await more(tab).press("Enter");
  await eventually(() => entries(tab), ["Rename", "Share", "Export as Markdown", "Export as JSON", "Keyboard shortcuts", "Delete"]);
  await eventually(() => focused(tab), "Rename");
  assert.deepEqual(await violations(tab), [], "menu");
  await picture(tab, "header-menu");
  await tab.keyboard.press("Escape");
  await eventually(() => tab.getByRole("menu").count(), 0);
  await eventually(() => focused(tab), "Actions for Tea and wool");

  await more(tab).press("ArrowDown");
  const [download] = await Promise.all([
    tab.waitForEvent("download"),
    tab.getByRole("menuitem", { name: "Export as Markdown" }).press("Enter"),
  ]);
  assert.match(await readFile(await download.path(), "utf8"), /^# Tea and wool/);

  await more(tab).press("Enter");
  await tab.getByRole("menuitem", { name: "Share" }).press("Enter");
  const dialog = tab.getByRole("dialog", { name: "Share conversation" });
  await dialog.getByRole("button", { name: "Create link" }).click();
  await dialog.getByRole("textbox", { name: "Share" }).waitFor();
  assert.deepEqual(await violations(tab), [], "share");
  await picture(tab, "header-share", { hidden: [dialog.getByRole("textbox"), dialog.getByText(/20\d\d/)] });
  await tab.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await eventually(() => focused(tab), "Actions for Tea and wool");

  await more(tab).press("Enter");
  await tab.getByRole("menuitem", { name: "Rename" }).press("Enter");
  await tab.getByRole("dialog", { name: "Rename" }).getByRole("textbox", { name: "Title" }).fill("Only tea");
  await tab.keyboard.press("Enter");
  await tab.getByRole("heading", { name: "Only tea" }).waitFor();
  await eventually(() => tab.getByRole("dialog").count(), 0);

  await more(tab, "Only tea").press("Enter");
  await tab.getByRole("menuitem", { name: "Delete" }).press("Enter");
  const question = tab.getByRole("dialog", { name: "Delete Only tea" });
  await eventually(() => focused(tab), "Delete");
  assert.deepEqual(await violations(tab), [], "delete");
  await question.getByRole("button", { name: "Delete" }).press("Enter");
  await tab.getByRole("heading", { name: "What can I help with today?" }).or(tab.locator(".greeting")).first().waitFor();
  await eventually(() => more(tab, "Only tea").count(), 0);
  await tab.getByRole("button", { name: /^History/ }).click();
  await tab.getByText("Past conversations will appear here.").waitFor();
});

test("a page takes parts of the header's menu away, and with all of them the button", async () => {
  const tab = await talk();
  const set = (history: object) =>
    tab.evaluate((history) => {
      (document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void }).setOptions({
        api: {
          getClientSecret: async () => (await (await fetch("/demo/session?workflow=wf_gallery", { method: "POST" })).json()).client_secret,
        },
        history,
      });
    }, history);
  await more(tab).click();
  await tab.getByRole("menu").waitFor();
  await tab.keyboard.press("Escape");
  await eventually(() => tab.getByRole("menu").count(), 0);
  // Another thread, opened by the page: its menu is closed.
  const first = await tab.evaluate(() => Object.values(sessionStorage).find((each) => each.startsWith("cthr_")) as string);
  await tab.getByRole("button", { name: "New chat" }).click();
  await tab.getByRole("textbox", { name: "Message" }).fill("/title Second");
  await tab.getByRole("button", { name: "Send message" }).click();
  await more(tab, "Second").click();
  await tab.getByRole("menu").waitFor();
  await tab.keyboard.press("Escape");
  await eventually(() => tab.getByRole("button", { name: "Stop" }).count(), 0);
  await tab.evaluate(
    (id) => (document.querySelector("chat-dock") as HTMLElement & { setThreadId(id: string): Promise<void> }).setThreadId(id),
    first,
  );
  await more(tab).waitFor();
  await still(tab);
  await eventually(() => tab.getByRole("menu").count(), 0);
  await set({ showDelete: false, showShare: false });
  await more(tab).click();
  await eventually(() => entries(tab), ["Rename", "Export as Markdown", "Export as JSON", "Keyboard shortcuts"]);
  await tab.keyboard.press("Escape");
  await set({ showDelete: false, showShare: false, showExport: false, showRename: false });
  await eventually(() => more(tab).count(), 0);
  await set({ enabled: false });
  await eventually(() => more(tab).count(), 0);
});

test("on a phone a menu comes from the foot of the panel, and goes by a touch beside it, by Escape, or by what is chosen", async () => {
  const tab = await talk(PHONE);
  await tab.getByRole("button", { name: "History", exact: true }).tap();
  const button = tab.getByRole("region", { name: "History" }).locator("[aria-haspopup=menu]");
  await button.tap();
  await tab.getByRole("menuitem", { name: "Pin" }).waitFor();
  await still(tab);
  const menu = await box(tab, ".menu");
  assert.deepEqual([menu.x, menu.right, menu.bottom].map(Math.round), [0, 390, 844]);
  for (const each of await tab.getByRole("menuitem").all()) assert.ok(((await each.boundingBox())?.height ?? 0) >= 48);
  assert.deepEqual(await violations(tab), []);
  await picture(tab, "sheet");
  await eventually(() => focused(tab), "Pin");
  await tab.touchscreen.tap(195, 200);
  await eventually(() => tab.getByRole("menu").count(), 0);
  await button.press("Enter");
  await eventually(() => focused(tab), "Pin");
  await tab.keyboard.press("Escape");
  await eventually(() => tab.getByRole("menu").count(), 0);
  await eventually(() => focused(tab), "Actions for Tea and wool");
  await button.tap();
  await tab.getByRole("menuitem", { name: "Pin" }).tap();
  await tab.getByRole("heading", { name: "Pinned", exact: true }).waitFor();
  await eventually(() => tab.getByRole("menu").count(), 0);
});

test("with a mouse and room for it a menu stands beside its button", async () => {
  const tab = await talk({ viewport: { width: 420, height: 700 } });
  await tab.getByRole("button", { name: "History", exact: true }).click();
  await tab.getByRole("region", { name: "History" }).locator("[aria-haspopup=menu]").press("Enter");
  await tab.getByRole("menuitem", { name: "Pin" }).waitFor();
  await still(tab);
  const menu = await box(tab, ".menu");
  assert.ok(menu.width < 300 && menu.bottom < 690, JSON.stringify(menu));
});

test("on a phone, where the open chat is a dialog, Escape puts away what is on top of it and not the chat", async () => {
  const tab = await seat(browser, PHONE);
  await tab.goto(`${real.url}/?workflow=wf_gallery`);
  await tab.getByRole("button", { name: "Open chat" }).click();
  const message = tab.getByRole("textbox", { name: "Message" });
  await message.fill("/title Tea");
  await tab.getByRole("button", { name: "Send message" }).click();
  await more(tab, "Tea").waitFor();
  await eventually(() => tab.getByRole("button", { name: "Stop" }).count(), 0);
  const onActions = () => more(tab, "Tea").evaluate((el) => el.matches(":focus"));
  const onItem = (name: string) => tab.getByRole("menuitem", { name, exact: true }).evaluate((el) => el.matches(":focus"));
  for (const way of ["menu", "Share", "Rename", "Delete"]) {
    await more(tab, "Tea").press("Enter");
    await eventually(() => onItem("Rename"), true);
    if (way !== "menu") {
      await tab.getByRole("menuitem", { name: way }).press("Enter");
      await tab.getByRole("dialog", { name: new RegExp(way) }).waitFor();
    }
    await tab.keyboard.press("Escape");
    await eventually(onActions, true);
  }
  await tab.getByRole("button", { name: "History", exact: true }).press("Enter");
  const history = tab.getByRole("region", { name: "History" });
  await history.locator("[aria-haspopup=menu]").press("Enter");
  await eventually(() => onItem("Pin"), true);
  await tab.keyboard.press("Escape");
  await eventually(onActions, true);
  await history.waitFor();
  await tab.keyboard.press("Escape");
  await history.waitFor({ state: "detached" });
  await message.press("Escape");
  await eventually(() => tab.getByRole("button", { name: "Open chat" }).count(), 1);
  await message.waitFor({ state: "hidden" });
});

test("at a zoom of 400%, a window of 320 by 256 pixels, everything can be reached", async () => {
  const tab = await seat(browser, { viewport: { width: 320, height: 256 }, bypassCSP: true });
  await tab.goto(`${real.url}/?workflow=wf_gallery`);
  const message = tab.getByRole("textbox", { name: "Message" });
  await tab.getByRole("button", { name: "Open chat" }).click();
  await message.waitFor();
  const chat = tab.locator("chat-dock");
  /** Each of them can be brought into view, and nothing lies over it there. */
  const reach = async (what: string, within = chat.getByRole("button").or(chat.getByRole("textbox"))) => {
    await still(tab);
    const all = await within.all();
    assert.ok(all.length > 0, what);
    for (const each of all) if (await each.isEnabled()) await each.click({ trial: true });
    const sideways = await chat.locator(".root").evaluate((root) => root.scrollWidth > root.clientWidth + 1);
    assert.equal(sideways, false, `${what} scrolls sideways`);
    await tab.screenshot({ path: `${OUT}/zoom-${what}.png` });
  };
  await reach("start");
  await message.fill("/title Tea");
  await tab.getByRole("button", { name: "Send message" }).click();
  await more(tab, "Tea").waitFor();
  await eventually(() => tab.getByRole("button", { name: "Stop" }).count(), 0);
  await reach("thread");
  const items = tab.getByRole("menuitem");
  for (const [entry, dialog] of [
    ["Share", "Share conversation"],
    ["Rename", "Rename"],
    ["Delete", "Delete Tea"],
  ] as const) {
    await more(tab, "Tea").click();
    await items.first().waitFor();
    await reach("header-menu", items);
    await tab.getByRole("menuitem", { name: entry }).click();
    const asks = tab.getByRole("dialog", { name: dialog, exact: true });
    await asks.waitFor();
    await reach(`dialog-${entry}`, asks.getByRole("button"));
    assert.deepEqual(await violations(tab, { of: "html" }), [], entry);
    await tab.keyboard.press("Escape");
    await asks.waitFor({ state: "detached" });
  }
  await tab.getByRole("button", { name: "History", exact: true }).click();
  const history = tab.getByRole("region", { name: "History" });
  await more(tab, "Tea").waitFor();
  await reach("history", history.getByRole("button").or(history.getByRole("searchbox")));
  for (const entry of ["Share", "Rename", "Delete"]) {
    await more(tab, "Tea").click();
    await reach("row-menu", items);
    await tab.getByRole("menuitem", { name: entry }).click();
    await history.locator("li.editing").waitFor();
    await reach(`row-${entry}`, history.locator("li.editing").getByRole("button"));
    await tab.keyboard.press("Escape");
    await history.locator("li.editing").waitFor({ state: "detached" });
  }
  await tab.getByRole("button", { name: "Close history" }).click();
  await message.fill("/ask");
  await tab.getByRole("button", { name: "Send message" }).click();
  await tab.getByRole("button", { name: "Skip" }).first().waitFor();
  await reach("form", chat.locator(".dock").getByRole("button").or(chat.locator(".dock .choice")));
});

// Every state, drawn by a real Chromium: no error in the console, no violation of a strict policy, and a picture of each held against its reference.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { page, test } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";
import { picture, seat, studio } from "./pictures.ts";

let browser: Browser;
let server: FakeServer;

before(async () => {
  browser = await studio();
  const inline = (attributes: string) => page(`<chat-dock data-session-endpoint="/session" ${attributes}></chat-dock>`);
  server = await fakeServer({
    "/light": inline(""),
    "/dark": inline('data-color-scheme="dark"'),
    "/launcher": page("<h1>Acme</h1><p>A page of a customer.</p>", { attributes: 'data-session-endpoint="/session"' }),
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

async function open(path: string, { width = 760, height = 900, locale = "en-GB" } = {}): Promise<{ tab: Page; errors: string[] }> {
  const tab = await seat(browser, { viewport: { width, height }, locale });
  const errors: string[] = [];
  tab.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await tab.goto(server.url + path);
  return { tab, errors };
}

async function say(tab: Page, text: string, name: string | RegExp = /^(Message|رسالة)$/): Promise<void> {
  const box = tab.getByRole("textbox", { name });
  await box.fill(text);
  await box.press("Enter");
  await tab.locator('[role=log][aria-busy="false"]').waitFor();
}

for (const scheme of ["light", "dark"])
  test(`every kind of answer in ${scheme} without an error`, async () => {
    const { tab, errors } = await open(`/${scheme}`);
    await tab.getByRole("heading", { name: "Hello! How can we help?" }).waitFor();
    await picture(tab, `${scheme}-start`);
    for (const kind of ["markdown", "think", "tasks", "sources", "error", "notice", "image", "card", "form", "chart", "list", "table"]) {
      await tab.getByRole("button", { name: "New chat" }).click();
      await say(tab, kind);
      if (kind === "think") await tab.getByRole("button", { name: /Thought for/ }).click();
      if (kind === "sources") await tab.locator("details.sources summary").click();
      await picture(tab, `${scheme}-${kind}`, { atTop: true });
    }
    await tab.getByRole("button", { name: "New chat" }).click();
    await tab.getByRole("textbox", { name: "Message" }).fill("ask");
    await tab.keyboard.press("Enter");
    await tab.getByText("Which pace suits you?").waitFor();
    await picture(tab, `${scheme}-ask`);
    await tab.getByRole("button", { name: "History", exact: true }).click();
    await tab.getByRole("region", { name: "History" }).getByRole("listitem").first().waitFor();
    await picture(tab, `${scheme}-history`);
    assert.deepEqual(errors, []);
    await tab.context().close();
  });

test("the launcher, closed and open, on a desk and on a phone", async () => {
  const { tab, errors } = await open("/launcher", { width: 1100, height: 800 });
  await tab.getByRole("button", { name: "Open chat" }).waitFor();
  await picture(tab, `launcher-closed`);
  await tab.getByRole("button", { name: "Open chat" }).click();
  await say(tab, "markdown");
  await picture(tab, `launcher-open`, { atTop: true });
  await tab.context().close();
  const phone = await open("/launcher", { width: 390, height: 844 });
  await phone.tab.getByRole("button", { name: "Open chat" }).click();
  await phone.tab.getByRole("heading", { name: "Hello! How can we help?" }).waitFor();
  await picture(phone.tab, `phone-start`);
  await say(phone.tab, "tasks");
  await picture(phone.tab, `phone-tasks`, { atTop: true });
  await phone.tab.getByRole("button", { name: "Close chat" }).click();
  assert.deepEqual([...errors, ...phone.errors], []);
  await phone.tab.context().close();
});

test("Arabic, mirrored", async () => {
  const { tab, errors } = await open("/light", { locale: "ar" });
  await tab.getByRole("button", { name: "السجل" }).waitFor();
  await say(tab, "think");
  await picture(tab, `rtl-think`, { atTop: true });
  assert.deepEqual(errors, []);
  await tab.context().close();
});

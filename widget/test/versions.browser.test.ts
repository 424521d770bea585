// Edited messages and second answers, against the real service: what is kept, how one goes from one to the other, and what a reload shows.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { violations } from "./axe.ts";
import { eventually, test, until } from "./browser.ts";
import { picture, seat, studio } from "./pictures.ts";
import { type RealServer, realServer } from "./real-server.ts";

let browser: Browser;
let real: RealServer;

before(async () => {
  [browser, real] = await Promise.all([studio(), realServer()]);
});
after(async () => {
  await browser.close();
  await real.close();
});

async function open(options: Record<string, unknown> = {}): Promise<Page> {
  const tab = await seat(browser, { viewport: { width: 760, height: 700 }, bypassCSP: true });
  await tab.goto(`${real.url}/demo/full?workflow=wf_gallery`);
  await begin(tab, options);
  return tab;
}

async function begin(tab: Page, options: Record<string, unknown> = {}): Promise<void> {
  await tab.evaluate((given) => {
    const el = document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void };
    const secret = async () => (await (await fetch("/demo/session?workflow=wf_gallery", { method: "POST" })).json()).client_secret;
    el.setOptions({ api: { getClientSecret: secret }, ...given });
  }, options);
}

async function say(tab: Page, text: string): Promise<void> {
  await tab.getByRole("textbox", { name: "Message" }).fill(text);
  await tab.keyboard.press("Enter");
}

/** The words of the conversation, once they are these. */
async function reads(tab: Page, ...expected: string[]): Promise<void> {
  await until(async () => {
    assert.deepEqual(await tab.locator(".turn.user .bubble").allTextContents(), expected);
    assert.equal(await tab.locator(".turn.assistant .prose").count(), expected.length);
    assert.equal(await tab.locator('[aria-busy="true"]').count(), 0);
  });
}

async function edit(tab: Page, at: number, text: string): Promise<void> {
  await tab.locator(".turn.user").nth(at).hover();
  await tab.getByRole("button", { name: "Edit message" }).nth(at).click();
  await tab.getByRole("textbox", { name: "Edit message" }).fill(text);
  await tab.keyboard.press("Enter");
}

test("an edited message is another version, and the first can be read again with what followed it", async () => {
  const tab = await open();
  await say(tab, "/text 5 1");
  await reads(tab, "/text 5 1");
  await say(tab, "/text 6 1");
  await reads(tab, "/text 5 1", "/text 6 1");
  await edit(tab, 0, "/text 7 1");
  await reads(tab, "/text 7 1");
  const picker = tab.getByRole("group", { name: "Version 2 of 2" });
  await picker.waitFor();
  assert.match((await picker.textContent()) ?? "", /2 \/ 2/);
  await tab.evaluate(() => {
    const region = document.querySelector("chat-dock")?.shadowRoot?.querySelector(".root > [role=status]") as HTMLElement;
    const said: string[] = [];
    Object.assign(globalThis, { said });
    new MutationObserver(() => said.push(region.textContent ?? "")).observe(region, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  await picker.getByRole("button", { name: "Previous version" }).click();
  await reads(tab, "/text 5 1", "/text 6 1");
  await tab.getByRole("group", { name: "Version 1 of 2" }).waitFor();
  const heard = () => tab.evaluate(() => (globalThis as unknown as { said: string[] }).said.join(" "));
  await until(async () => assert.match(await heard(), /Version 1 of 2/));
  await tab.reload();
  await begin(tab);
  await reads(tab, "/text 5 1", "/text 6 1");
});

test("an edit that meets the answer to another tab's message waits, and loses nothing", async () => {
  const tab = await open();
  await say(tab, "Hello");
  await reads(tab, "Hello");
  await tab.locator(".turn.user").hover();
  await tab.getByRole("button", { name: "Edit message" }).click();
  const field = tab.getByRole("textbox", { name: "Edit message" });
  await field.fill("A better way to say it");
  const other = await tab.context().newPage();
  await other.goto(`${real.url}/demo/full?workflow=wf_gallery`);
  await begin(other);
  await other.getByRole("button", { name: "History", exact: true }).click();
  await other.getByRole("button", { name: "Hello", exact: true }).click();
  await reads(other, "Hello");
  await say(other, "/text 3000 20");
  await tab.getByRole("button", { name: "Stop" }).waitFor();
  const save = tab.getByRole("button", { name: "Save and send" });
  await eventually(() => save.getAttribute("aria-disabled"), "true");
  await field.press("Enter");
  assert.equal(await field.inputValue(), "A better way to say it");
  await other.getByRole("button", { name: "Stop" }).click();
  // Until the end is heard here too, the key is for nothing.
  await eventually(() => save.getAttribute("aria-disabled"), "false");
  await field.press("Enter");
  await reads(tab, "A better way to say it");
});

test("the arrow keys go through the versions of an answer, and focus stays where they are", async () => {
  const tab = await open();
  await say(tab, "/text 5 1");
  await reads(tab, "/text 5 1");
  await tab.locator(".turn.assistant").hover();
  await tab.getByRole("button", { name: "Regenerate answer" }).click();
  await tab.getByRole("group", { name: "Version 2 of 2" }).waitFor();
  await reads(tab, "/text 5 1");
  await tab.getByRole("button", { name: "Previous version" }).focus();
  await tab.keyboard.press("ArrowLeft");
  await tab.getByRole("group", { name: "Version 1 of 2" }).waitFor();
  await eventually(() => focused(tab), "Previous version");
  await tab.keyboard.press("ArrowRight");
  await tab.getByRole("group", { name: "Version 2 of 2" }).waitFor();
  await eventually(() => focused(tab), "Next version");
});

test("Escape gives an edit up and focus back; Shift and Enter is a line", async () => {
  const tab = await open();
  await say(tab, "/text 5 1");
  await reads(tab, "/text 5 1");
  await tab.getByRole("button", { name: "Edit message" }).focus();
  await tab.keyboard.press("Enter");
  const field = tab.getByRole("textbox", { name: "Edit message" });
  await eventually(() => field.evaluate((el) => (el.getRootNode() as ShadowRoot).activeElement === el), true);
  await tab.keyboard.press("Shift+Enter");
  await tab.keyboard.type("more");
  await eventually(() => field.inputValue(), "/text 5 1\nmore");
  await tab.keyboard.press("Escape");
  await reads(tab, "/text 5 1");
  await eventually(() => focused(tab), "Edit message");
});

for (const theme of ["light", "dark"])
  test(`an edit and its versions are accessible, ${theme}`, async () => {
    const tab = await open({ theme });
    await say(tab, "/text 40 1");
    await reads(tab, "/text 40 1");
    await edit(tab, 0, "/text 30 1");
    await tab.getByRole("group", { name: "Version 2 of 2" }).waitFor();
    await reads(tab, "/text 30 1");
    await tab.getByRole("button", { name: "Edit message" }).focus();
    assert.deepEqual(await violations(tab), []);
    await picture(tab, `versions-${theme}`, { atTop: true });
    await tab.keyboard.press("Enter");
    await tab.getByRole("textbox", { name: "Edit message" }).waitFor();
    assert.deepEqual(await violations(tab), []);
    await picture(tab, `versions-editing-${theme}`, { atTop: true });
    // Wherever the pointer is.
    for (const name of ["Save and send", "Cancel"]) {
      await tab.getByRole("button", { name }).hover();
      assert.deepEqual(await violations(tab), [], name);
    }
    await picture(tab, `versions-hover-${theme}`, { atTop: true });
  });

async function focused(tab: Page): Promise<unknown> {
  return tab.evaluate(() => document.querySelector("chat-dock")?.shadowRoot?.activeElement?.getAttribute("aria-label"));
}

// A server that is killed in the middle of an answer, and started again: what is seen of that answer, at once and after a reload.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launch, newTab, still, test } from "./browser.ts";
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

type ChatElement = HTMLElement & { setOptions(o: unknown): void };

/** The gallery in a tab, in that language, with the thread that the tab remembers. */
async function show(tab: Page, locale: string): Promise<Page> {
  await tab.goto(`${real.url}/demo/full?workflow=wf_gallery`);
  await tab.evaluate((wanted) => {
    const el = document.querySelector("chat-dock") as ChatElement;
    const secret = async () => (await (await fetch("/demo/session?workflow=wf_gallery", { method: "POST" })).json()).client_secret;
    el.setOptions({ api: { getClientSecret: secret }, locale: wanted });
  }, locale);
  await box(tab).waitFor();
  return tab;
}

const box = (tab: Page) => tab.locator("chat-dock textarea");
const answer = (tab: Page) => tab.locator(".turn.assistant").last();
const alert = (tab: Page) => tab.getByRole("alert");

async function cutShort(tab: Page): Promise<void> {
  await box(tab).fill("/text 3000 20");
  await box(tab).press("Enter");
  // What is older than two seconds is stored.
  await answer(tab).getByText("word200").waitFor();
  await real.kill();
  await real.start();
}

test("an answer that a killed server left is seen to be cut, there and after a reload, and is asked for again", async () => {
  const tab = await show(await newTab(browser), "en");
  await cutShort(tab);
  await alert(tab).getByText("The server was restarted during this answer.").waitFor();
  await answer(tab).getByText("word10").waitFor();
  await show(tab, "en");
  await answer(tab).getByText("word10").waitFor();
  await alert(tab).getByText("The server was restarted during this answer.").waitFor();
  await alert(tab).getByRole("button", { name: "Try again" }).click();
  await alert(tab).waitFor({ state: "hidden" });
  await answer(tab).getByText("word2").first().waitFor();
  await tab.getByRole("button", { name: "Stop" }).click();
  await tab.getByRole("button", { name: "Send message" }).waitFor();
  // What was stopped is as its reader wanted it.
  const looked = tab.waitForResponse((response) => new URL(response.url()).pathname.endsWith("/runs"));
  await show(tab, "en");
  await answer(tab).getByText("word2").first().waitFor();
  assert.equal((await (await looked).json()).data[0].status, "cancelled");
  await still(tab);
  assert.equal(await alert(tab).count(), 0);
});

test("a reader of another language reads of it in that language", async () => {
  const tab = await show(await newTab(browser), "de");
  await cutShort(tab);
  await alert(tab).getByText("Die Antwort wurde abgebrochen. Versuchen Sie es erneut.").waitFor();
});

test("a call to the page that a reload left unanswered is made again, and the answer goes on", async () => {
  const tab = await show(await newTab(browser), "en");
  const handle = (answers: boolean) =>
    tab.evaluate((will) => {
      const el = document.querySelector("chat-dock") as ChatElement;
      const secret = async () => (await (await fetch("/demo/session?workflow=wf_gallery", { method: "POST" })).json()).client_secret;
      const onClientTool = ({ name }: { name: string }) => {
        Object.assign(window, { called: name });
        return will ? { place: "Lisbon" } : new Promise(() => undefined);
      };
      el.setOptions({ api: { getClientSecret: secret }, locale: "en", onClientTool });
    }, answers);
  const called = () => tab.waitForFunction(() => (window as unknown as { called?: string }).called === "where");
  await handle(false);
  await box(tab).fill('/client-tool where {"x": 1}');
  await box(tab).press("Enter");
  await called();
  await tab.reload();
  await handle(true);
  await called();
  await answer(tab).getByText("Lisbon").waitFor();
});

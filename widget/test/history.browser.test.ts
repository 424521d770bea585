// The panel of past conversations against the real service: search, pins, the archive, and what is unread.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { violations } from "./axe.ts";
import { eventually, launch, newTab, test } from "./browser.ts";
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

/** The gallery, with the threads named; each holds the words that come after its name. */
async function show(options: BrowserContextOptions = {}, ...threads: [title: string, words?: string][]): Promise<Page> {
  const tab = await newTab(browser, options);
  // The visitor is known before anything asks: two first requests at once would be two visitors.
  await tab.context().request.post(`${real.url}/demo/session?workflow=wf_gallery`);
  await tab.goto(`${real.url}/demo/full?workflow=wf_gallery`);
  await furnish(tab);
  for (const [title, words] of threads) await begin(tab, title, words);
  return tab;
}

async function furnish(tab: Page): Promise<void> {
  await tab.evaluate(() => {
    const secret = async () => (await (await fetch("/demo/session?workflow=wf_gallery", { method: "POST" })).json()).client_secret;
    const el = document.querySelector("chat-dock") as ChatElement;
    el.setOptions({
      api: { getClientSecret: secret },
      initialThread: null,
      locale: "en",
      theme: { colorScheme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light" },
    });
  });
  await tab.getByRole("textbox").first().waitFor();
}

/** Through the same doors as any client: a thread that is there before the panel looks. */
async function begin(tab: Page, title: string, words = "Hello"): Promise<string> {
  return tab.evaluate(
    async ([title, words]) => {
      const grant = await (await fetch("/demo/session?workflow=wf_gallery", { method: "POST" })).json();
      const chat = async (type: string, params: object) =>
        (
          await fetch("/chatkit", {
            method: "POST",
            headers: { authorization: `Bearer ${grant.client_secret}`, "content-type": "application/json" },
            body: JSON.stringify({ type, params }),
          })
        ).text();
      const input = { content: [{ type: "input_text", text: words }], attachments: [], inference_options: {} };
      const told = await chat("threads.create", { input });
      const id = /"thread":\{"id":"(\w+)"/.exec(told)?.[1] as string;
      await chat("threads.update", { thread_id: id, title });
      return id;
    },
    [title, words] as const,
  );
}

const panel = (tab: Page) => tab.getByRole("region", { name: "History" });
const row = (tab: Page, name: string) => panel(tab).getByRole("button", { name, exact: true });
const focused = (tab: Page) =>
  tab.evaluate(() => {
    const el = document.querySelector("chat-dock")?.shadowRoot?.activeElement;
    return el?.getAttribute("aria-label") ?? el?.textContent ?? null;
  });
const rows = (tab: Page, heading: string) =>
  panel(tab)
    .locator("section", { has: tab.getByRole("heading", { name: heading, exact: true }) })
    .locator(".open > span[dir]")
    .allTextContents();

async function openPanel(tab: Page): Promise<void> {
  await tab.getByRole("button", { name: /^History/ }).click();
  await panel(tab).getByRole("listitem").first().waitFor();
}

async function choose(tab: Page, thread: string, entry: string): Promise<void> {
  await panel(tab)
    .getByRole("button", { name: `Actions for ${thread}` })
    .press("Enter");
  await tab.getByRole("menuitem", { name: entry, exact: true }).press("Enter");
}

test("what was said is found as one types, opened at its place, and Escape clears before it closes", async () => {
  const tab = await show({}, ["Parcels", "Where is the Größe-M parcel to Lisbon?"], ["Weather", "Will it rain?"]);
  await openPanel(tab);
  const box = tab.getByRole("searchbox", { name: "Search conversations" });
  await box.click();
  await tab.keyboard.type("lisb");
  const found = panel(tab).getByRole("button", { name: /M Where is the Größe-M parcel to Lisbon/ });
  await found.waitFor();
  await eventually(() => found.locator("mark").allTextContents(), ["Lisb"]);
  await eventually(() => tab.locator(".sr[role=status]").textContent(), "2 results");
  await eventually(() => row(tab, "Weather").count(), 0);
  await tab.keyboard.type("xq");
  await panel(tab).getByText("No match for “lisbxq”").waitFor();
  await tab.keyboard.press("Escape");
  await row(tab, "Weather").waitFor();
  await eventually(() => box.inputValue(), "");
  await eventually(() => focused(tab), "Search conversations");
  await tab.keyboard.type("größe");
  await found.waitFor();
  await panel(tab).getByRole("heading", { name: "2 results" }).waitFor();
  await tab.keyboard.press("ArrowDown");
  await tab.keyboard.press("ArrowDown");
  const name = await focused(tab);
  assert.ok(name?.includes("Where is the Größe-M parcel"), String(name));
  await tab.keyboard.press("Enter");
  await tab.getByRole("article", { name: "You" }).getByText("Where is the Größe-M parcel").waitFor();
  await tab.getByRole("heading", { name: "Parcels" }).waitFor();
  await eventually(() => tab.locator(".turn.revealed").count(), 1);
  await tab.getByRole("button", { name: /^History/ }).press("Enter");
  await panel(tab).getByRole("listitem").first().waitFor();
  await tab.keyboard.press("Escape");
  await panel(tab).waitFor({ state: "detached" });
});

test("threads are pinned and archived by keyboard, kept by the server, and seen on another device", async () => {
  const tab = await show({}, ["First"], ["Second"], ["Third"]);
  await openPanel(tab);
  await eventually(() => rows(tab, "Today"), ["Third", "Second", "First"]);
  await choose(tab, "First", "Pin");
  await eventually(() => rows(tab, "Pinned"), ["First"]);
  await eventually(() => rows(tab, "Today"), ["Third", "Second"]);
  await eventually(() => focused(tab), "Actions for First");
  await choose(tab, "Second", "Archive");
  await eventually(() => rows(tab, "Today"), ["Third"]);
  await eventually(() => focused(tab), "History");

  const far = await newTab(browser, { storageState: { cookies: await tab.context().cookies(), origins: [] } });
  await far.goto(`${real.url}/demo/full?workflow=wf_gallery`);
  await furnish(far);
  await openPanel(far);
  await eventually(() => rows(far, "Pinned"), ["First"]);
  await eventually(() => rows(far, "Today"), ["Third"]);
  await choose(far, "First", "Unpin");
  await eventually(() => rows(tab, "Today"), ["Third", "First"], "told to the first device");

  await tab.getByRole("button", { name: "Show archived" }).press("Enter");
  await row(tab, "Second").waitFor();
  await eventually(() => row(tab, "Third").count(), 0);
  await choose(tab, "Second", "Unarchive");
  await panel(tab).getByText("No archived conversations.").waitFor();
  await tab.keyboard.press("Escape");
  await eventually(() => rows(tab, "Today"), ["Third", "Second", "First"]);
  await eventually(() => rows(far, "Today"), ["Third", "Second", "First"]);
});

test("the menu of a row is walked by arrows, closes on Escape, and gives the focus back", async () => {
  const tab = await show({}, ["Only one"]);
  await openPanel(tab);
  const button = panel(tab).getByRole("button", { name: "Actions for Only one" });
  await button.press("ArrowDown");
  await eventually(() => focused(tab), "Pin");
  await tab.keyboard.press("ArrowUp");
  await eventually(() => focused(tab), "Delete");
  await tab.keyboard.press("Home");
  await tab.keyboard.press("ArrowDown");
  await eventually(() => focused(tab), "Rename");
  await tab.keyboard.press("Escape");
  await eventually(() => focused(tab), "Actions for Only one");
  await eventually(() => tab.getByRole("menu").count(), 0);
  await eventually(() => panel(tab).count(), 1);
});

test("what was answered while nobody looked is unread after a reload, until it is seen to its end on any device", async () => {
  const tab = await show();
  await begin(tab, "Away", "While you were away");
  await tab.getByRole("button", { name: "History (1)" }).waitFor();
  await tab.reload();
  await furnish(tab);
  await tab.getByRole("button", { name: "History (1)" }).waitFor();
  const far = await newTab(browser, { storageState: { cookies: await tab.context().cookies(), origins: [] } });
  await far.goto(`${real.url}/demo/full?workflow=wf_gallery`);
  await furnish(far);
  await far.getByRole("button", { name: "History (1)" }).click();
  await eventually(() => row(far, "Away").getAttribute("aria-description"), "Unread");
  await row(far, "Away").click();
  await far.getByRole("article", { name: "You" }).getByText("While you were away").waitFor();
  await tab.getByRole("button", { name: "History", exact: true }).waitFor();
  await far.getByRole("button", { name: "New chat" }).click();
  await openPanel(far);
  await choose(far, "Away", "Mark as unread");
  await eventually(() => row(far, "Away").getAttribute("aria-description"), "Unread");
  await tab.getByRole("button", { name: "History (1)" }).waitFor();
});

for (const colorScheme of ["light", "dark"] as const)
  test(`no accessibility violation in the panel's states, ${colorScheme}`, async () => {
    const tab = await show({ bypassCSP: true, colorScheme }, ["Parcels", "Where is the parcel?"], ["Put away"], ["At the top"]);
    await openPanel(tab);
    await choose(tab, "Put away", "Archive");
    await eventually(() => row(tab, "Put away").count(), 0);
    await choose(tab, "At the top", "Pin");
    await eventually(() => rows(tab, "Pinned"), ["At the top"]);
    await eventually(() => tab.locator(".root").first().getAttribute("data-scheme"), colorScheme);
    assert.deepEqual(await violations(tab), [], "list");
    await panel(tab).getByRole("button", { name: "Actions for Parcels" }).press("Enter");
    await tab.getByRole("menuitem", { name: "Rename" }).waitFor();
    assert.deepEqual(await violations(tab), [], "menu");
    await tab.keyboard.press("Escape");
    await eventually(() => tab.getByRole("menu").count(), 0);
    await tab.getByRole("searchbox").fill("parcel");
    await panel(tab).locator("mark").first().waitFor();
    assert.deepEqual(await violations(tab), [], "found");
    await tab.getByRole("searchbox").fill("nothing like it");
    await panel(tab).getByText("No match").waitFor();
    assert.deepEqual(await violations(tab), [], "nothing found");
    await tab.getByRole("button", { name: "Clear search" }).click();
    await tab.getByRole("button", { name: "Show archived" }).click();
    await row(tab, "Put away").waitFor();
    assert.deepEqual(await violations(tab), [], "archived");
  });

/** A long thread that the service is said to have, and a message in it that is found. */
async function pretendLong(tab: Page, found: number): Promise<void> {
  const more = " It rains, and then it does not.".repeat(35);
  const base = { thread_id: "thr_long", created_at: "2026-01-01T00:00:00Z" };
  const data = Array.from({ length: 200 }, (_, n) =>
    n % 2
      ? {
          ...base,
          id: `i${n}`,
          type: "assistant_message",
          content: [{ type: "output_text", text: `Answer ${n}.${more}`, annotations: [] }],
        }
      : {
          ...base,
          id: `i${n}`,
          type: "user_message",
          content: [{ type: "input_text", text: `Question ${n}` }],
          attachments: [],
          inference_options: {},
        },
  );
  const thread = {
    id: "thr_long",
    created_at: base.created_at,
    status: { type: "active" },
    title: "Long",
    items: { data, has_more: false },
  };
  const hit = {
    thread_id: "thr_long",
    title: "Long",
    item_id: `i${found}`,
    created_at: 1_767_225_600,
    snippet: "What was asked",
    ranges: [],
  };
  await tab.route(/\/search$/, (route) => route.fulfill({ json: { data: [hit], has_more: false, after: null } }));
  await tab.route(/\/(conversation|chatkit)$/, (route) =>
    route.request().postDataJSON()?.params?.thread_id === "thr_long" ? route.fulfill({ json: thread }) : route.fallback(),
  );
}

test("what is found in a long thread is brought into view although it is still being drawn", async () => {
  const tab = await show({}, ["Only one"]);
  await pretendLong(tab, 190);
  await openPanel(tab);
  await tab.getByRole("searchbox", { name: "Search conversations" }).fill("asked");
  const found = panel(tab).getByRole("button", { name: "What was asked" });
  await found.waitFor();
  // Each slice behind the first is asked for by a message of its own: without those, the thread stays half drawn.
  await tab.evaluate(() => {
    const post = MessagePort.prototype.postMessage;
    const held: (() => void)[] = [];
    MessagePort.prototype.postMessage = function (...args: unknown[]) {
      held.push(() => post.apply(this, args as [unknown]));
    };
    const drawOn = () => {
      MessagePort.prototype.postMessage = post;
      for (const each of held) each();
    };
    Object.assign(window, { drawOn });
  });
  await found.press("Enter");
  const hit = tab.locator(".filling > .slice").getByText("Question 190", { exact: true });
  await eventually(() => hit.count(), 1);
  assert.equal(await hit.isVisible(), false, "it is there, and not shown yet");
  // Whoever looks for it each frame has looked.
  await tab.evaluate(async () => {
    for (let frame = 0; frame < 10; frame++) await new Promise(requestAnimationFrame);
    (window as unknown as { drawOn(): void }).drawOn();
  });
  await eventually(() => tab.locator("article").count(), 200);
  const place = () =>
    tab.evaluate(() => {
      const root = document.querySelector("chat-dock")?.shadowRoot as ShadowRoot;
      const [el, log] = [root.activeElement, root.querySelector("[role=log]")].map((each) => each?.getBoundingClientRect());
      const text = /Question \d+/.exec(root.activeElement?.textContent ?? "")?.[0];
      return [text, !!el && !!log && el.top >= log.top && el.bottom <= log.bottom];
    });
  await eventually(place, ["Question 190", true]);
});

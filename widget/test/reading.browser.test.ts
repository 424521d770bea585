// How a conversation is read: where it scrolls, what is loaded when, cards, images, banners, the line, and the page's own header.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { eventually, launch, newTab, page, rested, test, until } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

let browser: Browser;
let server: FakeServer;

before(async () => {
  browser = await launch();
  server = await fakeServer({
    "/": page('<chat-dock data-session-endpoint="/session"></chat-dock>'),
    "/element": page("<chat-dock></chat-dock>"),
    "/launcher": page("<h1>Acme</h1>", { attributes: 'data-session-endpoint="/session"' }),
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

async function open(path: string, { locale = "en-GB", height = 800, bypassCSP = false } = {}): Promise<Page> {
  const tab = await newTab(browser, { viewport: { width: 600, height }, locale, bypassCSP });
  await tab.goto(server.url + path);
  return tab;
}
const message = (tab: Page) => tab.getByRole("textbox", { name: "Message" });
const log = (tab: Page) => tab.getByRole("log", { name: "Conversation" });
const idle = (tab: Page) => tab.locator('[role=log][aria-busy="false"]').waitFor();
const say = async (tab: Page, text: string) => {
  await message(tab).fill(text);
  await message(tab).press("Enter");
};
const jump = (tab: Page) => tab.getByRole("button", { name: "Jump to latest" });

/** Options that carry functions are made in the page. */
async function furnish(tab: Page, extra: Record<string, unknown> = {}): Promise<void> {
  await tab.evaluate((given) => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    const el = document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void };
    const api = { getClientSecret: async () => (await (await fetch("/session", { method: "POST" })).json()).client_secret };
    const header = {
      leftAction: { icon: "home", onClick: () => seen.push("left") },
      rightAction: { icon: "dark-mode", onClick: () => seen.push("right") },
    };
    el.setOptions({ api, header, ...given });
  }, extra);
  await message(tab).waitFor();
}
const seen = (tab: Page) => tab.evaluate(() => (window as unknown as { seen: string[] }).seen);

test("what was just said goes to the top, its answer fills the room beneath and is not chased", async () => {
  const tab = await open("/");
  await say(tab, "markdown");
  await idle(tab);
  await say(tab, "slow");
  const you = tab.getByRole("article", { name: "You" }).last();
  const top = async () => ((await you.boundingBox())?.y ?? 0) - ((await log(tab).boundingBox())?.y ?? 0);
  await log(tab).getByText("word3").first().waitFor();
  await rested(log(tab));
  const early = await top();
  assert.ok(early >= 0 && early < 32, `${early} from the top`);
  await idle(tab);
  assert.ok(Math.abs((await top()) - early) <= 1, "nothing moved while the answer grew");
  await say(tab, "markdown");
  await idle(tab);
  await jump(tab).waitFor();
  await until(async () => assert.ok(Math.abs((await top()) - early) <= 2));
  await jump(tab).click();
  await jump(tab).waitFor({ state: "detached" });
  await tab.context().close();
});

test("with autoScroll the newest stays in view until the reader scrolls up", async () => {
  const tab = await open("/element");
  await furnish(tab, { thread: { autoScroll: true } });
  await say(tab, "markdown");
  await idle(tab);
  const below = () => log(tab).evaluate((el) => el.scrollHeight - el.clientHeight - el.scrollTop);
  await until(async () => assert.ok((await below()) < 2));
  await say(tab, "slow");
  await log(tab).getByText("word5").first().waitFor();
  await until(async () => assert.ok((await below()) < 2));
  await log(tab).hover();
  await tab.mouse.wheel(0, -200);
  await jump(tab).waitFor();
  await idle(tab);
  await until(async () => assert.ok((await below()) > 100));
  await tab.context().close();
});

test("older messages come as one scrolls up, and what is read stays where it is", async () => {
  const tab = await open("/element");
  await tab.evaluate(() => {
    const base = { thread_id: "t", created_at: "2026-11-21T09:00:00Z" };
    const items = Array.from({ length: 130 }, (_, n) =>
      n % 2
        ? {
            ...base,
            id: `a${n}`,
            type: "assistant_message",
            content: [{ type: "output_text", text: `Answer ${n}\n\n${"- line\n".repeat(n % 7)}`, annotations: [] }],
          }
        : {
            ...base,
            id: `u${n}`,
            type: "user_message",
            content: [{ type: "input_text", text: `Question ${n}` }],
            attachments: [],
            inference_options: {},
          },
    );
    const thread = { id: "t", created_at: base.created_at, status: { type: "active" } };
    const calls: string[] = [];
    Object.assign(window, { calls });
    const reply = (body: { type: string; params: { after?: string; limit?: number } }) => {
      calls.push(body.type);
      if (body.type === "threads.get_by_id") return { ...thread, items: { data: items.slice(0, 20), has_more: true, after: "a19" } };
      const newest = items.toReversed();
      const from = body.params.after ? newest.findIndex((each) => each.id === body.params.after) + 1 : 0;
      const data = newest.slice(from, from + (body.params.limit ?? 20));
      return { data, has_more: from + data.length < items.length, after: data.at(-1)?.id };
    };
    (document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void }).setOptions({
      api: {
        url: "/x",
        domainKey: "x",
        fetch: async (_: string, init: RequestInit) => Response.json(reply(JSON.parse(String(init.body)))),
      },
      initialThread: "t",
    });
  });
  await log(tab).getByText("Answer 129").waitFor();
  assert.equal(await log(tab).getByText("Question 60", { exact: true }).count(), 0);
  await log(tab).hover();
  const asked = () => tab.evaluate(() => (window as unknown as { calls: string[] }).calls.length);
  const turns = () => log(tab).locator(".turn.user").count();
  let moved = 0;
  for (let n = 0; n < 200 && !(await log(tab).getByText("Question 0", { exact: true }).count()); n++) {
    const first = await log(tab).evaluate((el) => {
      const top = el.getBoundingClientRect().top;
      const turn = [...el.querySelectorAll(".turn.user")].find((each) => each.getBoundingClientRect().top > top + 40);
      return [turn?.textContent ?? "", turn?.getBoundingClientRect().top ?? 0] as [string, number];
    });
    const place = () =>
      log(tab).evaluate(
        (el, text) => [...el.querySelectorAll(".turn.user")].find((each) => each.textContent === text)?.getBoundingClientRect().top ?? 0,
        first[0],
      );
    const calls = await asked();
    const shown = await turns();
    await tab.mouse.wheel(0, -240);
    // The wheel is heard later, and what it asks for is drawn later still.
    await until(async () => assert.ok(Math.abs((await place()) - first[1]) > 8 || (await turns()) > shown));
    await rested(log(tab));
    if ((await asked()) > calls) {
      await until(async () => assert.ok((await turns()) > shown));
      await rested(log(tab));
      moved++;
      const by = (await place()) - first[1];
      assert.ok(by < 300, `${first[0]} moved by ${by}`);
      assert.ok(by > -8, `${first[0]} jumped back by ${by}`);
    }
  }
  assert.ok(moved >= 2, "it was loaded in pages");
  assert.equal(await log(tab).getByText("Question 0", { exact: true }).count(), 1);
  assert.equal(await tab.getByRole("button", { name: "Show earlier messages" }).count(), 0);
  await tab.context().close();
});

test("a citation has a card for pointer and keyboard, and leads to its place in the list", async () => {
  const tab = await open("/");
  await say(tab, "sources");
  await idle(tab);
  const chip = tab.getByRole("button", { name: /^Source 1:/ }).first();
  const card = tab.getByRole("tooltip");
  // On a slow machine it may have gone before this pointer, which takes no steps, is on it.
  await until(async () => {
    await chip.hover();
    await card.hover({ timeout: 2_000 });
  });
  // Longer than a card outlives a pointer that went elsewhere.
  await tab.waitForTimeout(400);
  assert.equal(await card.count(), 1);
  await tab.mouse.move(2, 2);
  await card.waitFor({ state: "detached" });
  await chip.focus();
  await tab.keyboard.press("Tab");
  await tab.keyboard.press("Shift+Tab");
  await card.waitFor();
  await tab.keyboard.press("Escape");
  await card.waitFor({ state: "detached" });
  await tab.keyboard.press("Enter");
  await eventually(() => tab.locator("details.sources").getAttribute("open"), "");
  await tab.context().close();
});

test("an image opens in a dialog by pointer and key, can be saved, and gives the focus back", async () => {
  const tab = await open("/");
  await say(tab, "image");
  await idle(tab);
  const image = tab.getByRole("button", { name: "Enlarge Generated image" });
  await image.focus();
  await tab.keyboard.press("Enter");
  const dialog = tab.getByRole("dialog", { name: "Generated image" });
  await dialog.waitFor();
  assert.match((await dialog.getByRole("link", { name: "Download" }).getAttribute("download")) ?? "", /\.\w+$/);
  await tab.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await eventually(() => image.evaluate((el) => (el.getRootNode() as ShadowRoot).activeElement === el), true);
  await tab.context().close();
});

test("the page's own header buttons, feedback and retry for a whole turn", async () => {
  const tab = await open("/element");
  const requests: { type: string; params: { item_ids?: string[]; kind?: string } }[] = [];
  tab.on("request", (request) => request.url().endsWith("/conversation") && requests.push(JSON.parse(request.postData() ?? "{}")));
  await furnish(tab, {
    threadItemActions: { feedback: true, retry: true },
    frameTitle: "Help desk",
    history: { showDelete: false, showExport: false, showRename: false, showShare: false },
  });
  await tab.getByRole("region", { name: "Help desk" }).waitFor();
  await tab.getByRole("button", { name: "home" }).click();
  await tab.getByRole("button", { name: "dark mode" }).click();
  await eventually(() => seen(tab), ["left", "right"]);
  await say(tab, "think");
  await idle(tab);
  await eventually(() => tab.getByRole("button", { name: "Good answer" }).count(), 1, "one set a turn");
  await tab.getByRole("button", { name: "Good answer" }).click();
  const rated = () => requests.find(({ type }) => type === "items.feedback")?.params;
  await eventually(() => rated()?.kind, "positive");
  assert.equal(rated()?.item_ids?.length, 2, "the thinking and the message");
  await tab.getByRole("button", { name: "Try again" }).click();
  await log(tab).getByText("Got: once more").waitFor();
  await tab.getByRole("button", { name: "History", exact: true }).click();
  await tab.getByRole("region", { name: "History" }).getByRole("listitem").first().waitFor();
  assert.equal(await tab.getByRole("button", { name: /^Actions for / }).count(), 0);
  await tab.context().close();
});

test("a locked thread says why in the composer's place, a closed one instead of it", async () => {
  const tab = await open("/");
  await say(tab, "lock");
  await idle(tab);
  await tab.locator("textarea:disabled").waitFor();
  await until(async () => assert.ok(((await message(tab).getAttribute("placeholder")) ?? "").length > 5));
  await tab.getByRole("button", { name: "New chat" }).click();
  await say(tab, "close");
  await idle(tab);
  await tab.locator(".closed").waitFor();
  await eventually(() => message(tab).count(), 0);
  await tab.context().close();
});

test("losing the line and getting it back is said and shown", async () => {
  const tab = await open("/");
  await message(tab).fill("kept");
  await tab.context().setOffline(true);
  await tab.getByText("You are offline.").waitFor();
  assert.equal(await message(tab).inputValue(), "kept");
  await tab.context().setOffline(false);
  await tab.getByText("You are offline.").waitFor({ state: "detached" });
  await tab.getByText("Back online").waitFor({ state: "attached" });
  await tab.context().close();
});

test("the launcher speaks the page's language", async () => {
  const tab = await open("/launcher", { locale: "de-DE" });
  await tab.getByRole("button", { name: "Chat öffnen" }).click();
  await tab.getByRole("button", { name: "Chat schließen" }).first().waitFor();
  await tab.context().close();
});

// What a reader does besides reading: copies a message, sees when it was, goes by keys, quotes, takes a table along, breaks long lines.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { violations } from "./axe.ts";
import { eventually, launch, newTab, page, test, until } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

const DAY_MS = 86_400_000;
let browser: Browser;
let server: FakeServer;

before(async () => {
  browser = await launch();
  server = await fakeServer({
    "/": page('<chat-dock data-session-endpoint="/session"></chat-dock>'),
    "/kept": page("<chat-dock></chat-dock>"),
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

async function open({ daysLater = 0, ...options }: BrowserContextOptions & { daysLater?: number } = {}): Promise<Page> {
  const tab = await newTab(browser, { bypassCSP: true, permissions: ["clipboard-read", "clipboard-write"], ...options });
  if (daysLater) await tab.clock.setFixedTime(Date.now() + daysLater * DAY_MS);
  await tab.goto(server.url);
  // What the box is called depends on the reader's language.
  await tab.locator(".input").waitFor();
  return tab;
}

const composer = (tab: Page) => tab.getByRole("textbox", { name: "Message", exact: true });
const clipboard = (tab: Page) => tab.evaluate(() => navigator.clipboard.readText());
const focused = (tab: Page) =>
  tab.evaluate(() => {
    const el = document.querySelector("chat-dock")?.shadowRoot?.activeElement;
    return el?.getAttribute("aria-label") ?? el?.tagName ?? null;
  });

async function say(tab: Page, text: string, answers = 1): Promise<void> {
  await composer(tab).fill(text);
  await composer(tab).press("Enter");
  await eventually(() => tab.getByRole("button", { name: "Copy", exact: true }).and(tab.locator(".actions *")).count(), answers);
  await tab.locator('[role=log][aria-busy="false"]').waitFor();
}

test("a message of one's own is copied, and every message says when it was to who looks at it", async () => {
  const tab = await open({ timezoneId: "UTC", locale: "en-GB" });
  await say(tab, "first of all");
  const turn = tab.locator(".turn.user");
  const when = turn.locator("time");
  await turn.locator(".bubble").hover();
  await eventually(() => when.evaluate((el) => getComputedStyle(el).opacity), "1");
  assert.match(await when.innerText(), /^\d\d:\d\d$/);
  assert.ok(Math.abs(Date.now() - Date.parse((await when.getAttribute("datetime")) ?? "")) < DAY_MS);
  await turn.getByRole("button", { name: "Copy message" }).click();
  await eventually(() => clipboard(tab), "first of all");
  await composer(tab).hover();
  await composer(tab).focus();
  await eventually(() => when.evaluate((el) => getComputedStyle(el).opacity), "0");
  assert.equal(await tab.locator(".turn.assistant time").count(), 1);
  assert.deepEqual(await violations(tab), []);
});

test("a message of another day says which", async () => {
  const tab = await open({ daysLater: 3, timezoneId: "UTC", locale: "en-GB" });
  await say(tab, "some days ago");
  await until(async () => assert.match(await tab.locator(".turn.assistant time").innerText(), /^\d{1,2} \w{3,4} \d{4}, \d\d:\d\d$/));
});

/** A kept thread of those instants, a question and its answer at each, on a page at noon of 14 March 2026. */
async function openKept(instants: string[], { locale = "en-GB", ...options }: BrowserContextOptions = {}): Promise<Page> {
  const tab = await newTab(browser, { bypassCSP: true, timezoneId: "UTC", locale, ...options });
  await tab.clock.install({ time: "2026-03-14T12:00:00Z" });
  await tab.goto(`${server.url}/kept`);
  await tab.evaluate(
    ([instants, locale]) => {
      const items = instants.flatMap((created_at, n) => [
        {
          thread_id: "thr",
          created_at,
          id: `q${n}`,
          type: "user_message",
          content: [{ type: "input_text", text: `Question ${n}` }],
          attachments: [],
        },
        {
          thread_id: "thr",
          created_at,
          id: `a${n}`,
          type: "assistant_message",
          content: [{ type: "output_text", text: `Answer ${n}`, annotations: [] }],
        },
      ]);
      const thread = { id: "thr", created_at: instants[0], status: { type: "active" }, items: { data: items, has_more: false } };
      const chat = document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void };
      return customElements.whenDefined("chat-dock").then(() =>
        chat.setOptions({
          locale,
          api: { url: "/thread", fetch: async () => new Response(JSON.stringify(thread)) },
          initialThread: "thr",
        }),
      );
    },
    [instants, locale] as const,
  );
  await tab.getByText(`Answer ${instants.length - 1}`).waitFor();
  return tab;
}

// Whether a comma follows the weekday is for the browser to say.
const lines = (tab: Page) => tab.locator(".day, .bubble").evaluateAll((all) => all.map((each) => each.textContent?.replace(",", "")));

test("a day that begins is named between the messages, in the reader's language and time zone", async () => {
  const instants = ["2025-12-31T23:30:00Z", "2026-01-01T00:30:00Z", "2026-03-13T09:00:00Z", "2026-03-13T10:00:00Z", "2026-03-14T09:00:00Z"];
  const tab = await openKept(instants);
  await eventually(
    () => lines(tab).then((all) => all.join(", ")),
    [
      "Wednesday 31 December 2025",
      "Question 0",
      "Thursday 1 January",
      "Question 1",
      "Yesterday",
      "Question 2",
      "Question 3",
      "Today",
      "Question 4",
    ].join(", "),
  );
  assert.equal(await tab.locator(".day time").first().getAttribute("datetime"), "2025-12-31T23:30:00.000Z");
  assert.deepEqual(await violations(tab), []);
  // At midnight today is yesterday, and yesterday has a date.
  await tab.clock.fastForward("13:00:00");
  await eventually(
    () =>
      tab.locator(".day").evaluateAll((all) =>
        all
          .slice(2)
          .map((each) => each.textContent?.replace(",", ""))
          .join(),
      ),
    "Friday 13 March,Yesterday",
  );
  // Half past eleven in London is half past eight on the next morning in Tokyo.
  const japan = await openKept(instants.slice(0, 2), { locale: "ja", timezoneId: "Asia/Tokyo" });
  await eventually(() => lines(japan).then((all) => all.join()), "1月1日木曜日,Question 0,Question 1");
});

test("a conversation of today names no day, and who goes by keys hears of another day", async () => {
  const today = await openKept(["2026-03-14T08:00:00Z", "2026-03-14T09:00:00Z"]);
  await today.locator(".turn time").first().waitFor({ state: "attached" });
  assert.equal(await today.locator(".day").count(), 0);
  const tab = await openKept(["2026-03-12T09:00:00Z", "2026-03-14T09:00:00Z"]);
  await tab.getByText("Today").waitFor();
  const status = tab.locator(".root > [role=status]");
  await composer(tab).focus();
  for (const [key, said] of [
    ["Alt+ArrowUp", ""],
    ["Alt+ArrowUp", ""],
    ["Alt+ArrowUp", "Thursday 12 March"],
    ["Alt+ArrowDown", "Today"],
  ] as const) {
    await tab.keyboard.press(key);
    await tab.clock.runFor(2_000);
    if (said) await eventually(() => status.innerText(), said);
  }
});

test("keys go from message to message, and the arrow up in an empty composer edits the last", async () => {
  const tab = await open();
  await say(tab, "one");
  await say(tab, "two", 2);
  await composer(tab).focus();
  const path: (string | null)[] = [];
  for (const [key, expected] of [
    ["Alt+ArrowUp", "Assistant"],
    ["Alt+ArrowUp", "You"],
    ["Alt+ArrowUp", "Assistant"],
    ["Alt+ArrowUp", "You"],
    ["Alt+ArrowUp", "You"],
    ["Alt+ArrowDown", "Assistant"],
    ["Alt+ArrowDown", "You"],
    ["Alt+ArrowDown", "Assistant"],
    ["Alt+ArrowDown", "Message"],
  ] as const) {
    await tab.keyboard.press(key);
    await eventually(() => focused(tab), expected, path.join());
    path.push(expected);
  }
  // Where there is text, the arrows are the text's.
  await composer(tab).fill("a draft");
  await tab.keyboard.press("ArrowUp");
  await tab.keyboard.press("Alt+ArrowUp");
  assert.equal(await focused(tab), "Message");
  await composer(tab).fill("");
  await tab.getByRole("button", { name: "Edit message" }).last().waitFor({ state: "attached" });
  await tab.keyboard.press("ArrowUp");
  const editor = tab.getByRole("textbox", { name: "Edit message" });
  await eventually(() => editor.inputValue(), "two");
  await tab.keyboard.press("Escape");
  await editor.waitFor({ state: "detached" });
});

test("a passage of an answer is quoted in the next message", async () => {
  const tab = await open();
  await say(tab, "write Trams run every twelve minutes.");
  const quote = tab.getByRole("button", { name: "Quote", exact: true });
  await tab.locator(".prose").getByText("Trams run").click({ clickCount: 3 });
  await quote.waitFor();
  assert.deepEqual(await violations(tab), []);
  const [button, panel] = await Promise.all([quote.boundingBox(), tab.locator(".frame").boundingBox()]);
  assert.ok(button && panel && button.x >= panel.x && button.y >= panel.y && button.x + button.width <= panel.x + panel.width);
  await quote.click();
  await quote.waitFor({ state: "detached" });
  await eventually(() => focused(tab), "Message");
  await tab.locator(".quote.in-composer").getByText("Trams run every twelve minutes.").waitFor();
  await say(tab, "and at night?", 2);
  await tab.locator(".turn.user blockquote").getByText("Trams run every twelve minutes.").waitFor();
  // One's own words are not offered, nor is nothing.
  await tab.locator(".turn.user .bubble").last().click({ clickCount: 3 });
  await tab.locator(".turn.assistant .prose").last().click({ clickCount: 3 });
  await quote.waitFor();
  await tab.locator(".prose").last().click();
  await quote.waitFor({ state: "detached" });
});

test("a table goes to a spreadsheet, and long lines of code are broken", async () => {
  const tab = await open({ viewport: { width: 400, height: 800 } });
  await say(
    tab,
    `write | Day | Cost |\n|---|---|\n| Friday | **60** € |\n| Saturday |  |\n\n\`\`\`\n${"long ".repeat(60)}\n\`\`\`\n\n\`\`\`\nshort\n\`\`\`\n`,
  );
  const table = tab.locator(".prose .table");
  await table.hover();
  await table.getByRole("button", { name: "Copy" }).click();
  await eventually(() => clipboard(tab), "Day\tCost\nFriday\t60 €\nSaturday\t");
  const [long, short] = [tab.locator(".code").first(), tab.locator(".code").last()];
  const overflow = () => long.locator("pre").evaluate((el) => el.scrollWidth > el.clientWidth);
  assert.equal(await overflow(), true);
  // By key as well as by pointer.
  await long.locator("pre").focus();
  const wrap = long.getByRole("button", { name: "Wrap lines" });
  await wrap.focus();
  await tab.keyboard.press("Enter");
  await eventually(overflow, false);
  assert.equal(await wrap.getAttribute("aria-pressed"), "true");
  await wrap.click();
  await eventually(overflow, true);
  await short.hover();
  assert.equal(await short.getByRole("button", { name: "Wrap lines" }).count(), 0);
  assert.deepEqual(await violations(tab), []);
});

for (const [locale, rows, options] of [
  ["en-GB", "Day | Line | Passengers\n--|--|--:\nFriday | Twelve | 60", {}],
  ["ar", "اليوم | الخط | السعر\n--|--|--:\nالجمعة | اثنا عشر | 60", {}],
  ["en-GB", `${"A column with a head | ".repeat(9)}Last\n${"--|".repeat(10)}\n${"words |".repeat(10)}`, { hasTouch: true, isMobile: true }],
] as const)
  test(`what copies a table covers no word of it and none before it, in ${locale}${"isMobile" in options ? " on a phone" : ""}`, async () => {
    const tab = await open({ viewport: { width: 390, height: 800 }, locale, ...options });
    const box = tab.locator(".input");
    await box.fill(`write ${"The costs of every day that is to come. ".repeat(4)}\n\n${rows}\n`);
    await tab.locator(".send").click();
    await tab.locator('[role=log][aria-busy="false"]').waitFor();
    // The reader's part has come when the message has its row.
    await tab.locator(".turn.user .actions").waitFor({ state: "attached" });
    const table = tab.locator(".prose .table");
    await until(async () => {
      await table.dispatchEvent("pointerover");
      assert.equal(await table.locator(".table-copy").count(), 1);
    });
    for (const scrolled of [0, 1]) {
      const [covered, inside] = await table.evaluate((frame, scrolled) => {
        if (scrolled) frame.scrollLeft = getComputedStyle(frame).direction === "rtl" ? -150 : 150;
        const { left, right, top, bottom } = (frame.querySelector(".table-copy") as Element).getBoundingClientRect();
        const seen = frame.getBoundingClientRect();
        const words = [...(frame.parentElement as Element).querySelectorAll("p, th")].flatMap((each) => {
          const range = document.createRange();
          range.selectNodeContents(each);
          const boxes = [...range.getClientRects()];
          return boxes.filter((box) => box.left < right && box.right > left && box.top < bottom && box.bottom > top);
        });
        return [words.length, left >= seen.left - 1 && right <= seen.right + 1];
      }, scrolled);
      assert.deepEqual([covered, inside], [0, true], `scrolled: ${scrolled}`);
    }
  });

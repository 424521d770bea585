// Answers of one enormous block, while they grow.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { eventually, launch, newTab, page, test } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

let browser: Browser;
let server: FakeServer;

before(async () => {
  browser = await launch();
  server = await fakeServer({ "/": page("<chat-dock></chat-dock>") });
});
after(async () => {
  await browser.close();
  await server.close();
});

declare global {
  interface Window {
    /** Goes on with the answer, or ends it. */
    answer(delta?: string): void;
  }
}

/** A conversation whose only answer the test itself writes. */
async function open(): Promise<Page> {
  const tab = await newTab(browser);
  await tab.goto(server.url);
  await tab.evaluate(() => {
    const item = (id: string, type: string, content: unknown[]) => ({
      id,
      type,
      thread_id: "thr",
      created_at: "2026-01-01T00:00:00Z",
      content,
      ...(type === "user_message" && { attachments: [], inference_options: {} }),
    });
    const part = (text: string) => ({ type: "output_text", text, annotations: [] });
    const change = (update: object) => ({ type: "thread.item.updated", item_id: "a", update: { content_index: 0, ...update } });
    const fetch = async (_url: unknown, options?: RequestInit) => {
      const { type, params } = JSON.parse(String(options?.body));
      if (type !== "threads.create") return Response.json({ data: [], has_more: false });
      let say: (event: object) => void = () => undefined;
      let close = () => {};
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          say = (event) => controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(event)}\n\n`));
          close = () => controller.close();
        },
      });
      say({
        type: "thread.created",
        thread: { id: "thr", created_at: "2026-01-01T00:00:00Z", status: { type: "active" }, title: "Huge" },
      });
      say({ type: "thread.item.done", item: item("u", "user_message", params.input.content) });
      say({ type: "thread.item.added", item: item("a", "assistant_message", []) });
      say(change({ type: "assistant_message.content_part.added", content: part("") }));
      let whole = "";
      window.answer = (delta) => {
        if (delta !== undefined) {
          whole += delta;
          say(change({ type: "assistant_message.content_part.text_delta", delta }));
          return;
        }
        say({ type: "thread.item.done", item: item("a", "assistant_message", [part(whole)]) });
        close();
      };
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    };
    const el = document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void };
    return customElements.whenDefined("chat-dock").then(() => el.setOptions({ api: { url: "/chatkit", fetch } }));
  });
  const message = tab.getByRole("textbox", { name: "Message" });
  await message.fill("Go on");
  await message.press("Enter");
  await tab.waitForFunction(() => "answer" in window);
  return tab;
}

const answer = (tab: Page, delta?: string) => tab.evaluate((each) => window.answer(each), delta);
const words = (n: number) => Array.from({ length: n }, (_, index) => `word${index}`).join(" ");

test("a long table that grows scrolls sideways, and only its last hundred rows are drawn with what comes", async () => {
  const tab = await open();
  const table = tab.getByRole("group", { name: "Table" });
  const scrolls = () => table.evaluate((el) => getComputedStyle(el).overflowX === "auto" && el.scrollWidth > el.clientWidth);
  const bodies = () =>
    table.locator("tbody").evaluateAll((all) => all.map((each) => `${each.childElementCount} ${getComputedStyle(each).willChange}`));
  const row = `| ${Array.from({ length: 20 }, (_, n) => `column${n}`).join(" | ")} |\n`;
  await answer(tab, `${row}${row.replace(/\w+/g, "---")}${row.repeat(99)}| ${words(2)}`);
  await table.getByText("word1").waitFor();
  assert.equal(await scrolls(), true);
  assert.deepEqual(await bodies(), ["100 auto"], "a short table has no layers");

  await answer(tab, ` |\n${row.repeat(101)}| ${words(4)}`);
  await table.getByText("word3").waitFor();
  assert.deepEqual(await bodies(), ["100 transform", "100 transform", "2 transform"]);
  assert.equal(await scrolls(), true);
  await table.focus();
  await table.press("ArrowRight");
  await eventually(() => table.evaluate((el) => el.scrollLeft > 0), true);

  await answer(tab, " |\n\nThe end.");
  await tab.getByText("The end.").waitFor();
  assert.deepEqual(await bodies(), ["100 transform", "100 transform", "2 transform"], "nothing is painted again at the end");
  assert.equal(await scrolls(), true);
});

// What is drawn anew of answers that are there already, and what has to stay the same nodes: a selection and a focus live in them.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { eventually, launch, newTab, page, test } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

type Element = HTMLElement & { setOptions(options: unknown): void; fetchUpdates(): Promise<void> };
type Answer = { id: string; parts: string[] };

declare global {
  interface Window {
    /** The answers of the thread, as the server of the page knows them. */
    answers: Answer[];
    /** Goes on with the last answer while it is made. */
    goOn(delta: string): void;
    options: Record<string, unknown>;
  }
}

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

/** A kept thread of one question and those answers; a message is answered by what the test gives to `goOn`. */
async function open(answers: Answer[]): Promise<Page> {
  const tab = await newTab(browser, { bypassCSP: true });
  await tab.goto(server.url);
  await tab.evaluate(async (answers) => {
    window.answers = answers;
    const item = (id: string, type: string, parts: string[]) => ({
      id,
      type,
      thread_id: "thr",
      created_at: "2026-01-01T00:00:00Z",
      content: parts.map((text) =>
        type === "user_message" ? { type: "input_text", text } : { type: "output_text", text, annotations: [] },
      ),
      ...(type === "user_message" && { attachments: [], inference_options: {} }),
    });
    const fetch = async (_url: unknown, options?: RequestInit) => {
      const { type, params } = JSON.parse(String(options?.body));
      if (type === "threads.get_by_id") {
        const data = [
          item("q", "user_message", ["Question"]),
          ...window.answers.map(({ id, parts }) => item(id, "assistant_message", parts)),
        ];
        return Response.json({
          id: "thr",
          created_at: "2026-01-01T00:00:00Z",
          status: { type: "active" },
          items: { data, has_more: false },
        });
      }
      if (type !== "threads.add_user_message") return Response.json({ data: [], has_more: false });
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          const say = (event: object) => controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(event)}\n\n`));
          const change = (update: object) => say({ type: "thread.item.updated", item_id: "live", update: { content_index: 0, ...update } });
          say({ type: "thread.item.done", item: { ...item("q2", "user_message", []), content: params.input.content } });
          say({ type: "thread.item.added", item: item("live", "assistant_message", []) });
          change({ type: "assistant_message.content_part.added", content: { type: "output_text", text: "", annotations: [] } });
          window.goOn = (delta) => change({ type: "assistant_message.content_part.text_delta", delta });
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    };
    await customElements.whenDefined("chat-dock");
    window.options = { api: { url: "/chatkit", fetch }, initialThread: "thr" };
    (document.querySelector("chat-dock") as Element).setOptions(window.options);
  }, answers);
  await tab
    .locator(".prose")
    .nth(answers.flatMap(({ parts }) => parts).length - 1)
    .waitFor();
  return tab;
}

const outline = (tab: Page) =>
  tab.locator(".prose :is(h1,h2,h3,h4,h5,h6)").evaluateAll((all) => all.map((each) => `${each.localName} ${each.textContent}`).join(", "));
const level = (tab: Page, headingLevel: number) =>
  tab.evaluate(
    (headingLevel) => (document.querySelector("chat-dock") as Element).setOptions({ ...window.options, headingLevel }),
    headingLevel,
  );

test("another heading level is that of the answers that are there, and of the one that is being made", async () => {
  const tab = await open([{ id: "a", parts: ["# Kept\n\n## Below"] }]);
  await eventually(() => outline(tab), "h4 Kept, h5 Below");
  await level(tab, 1);
  await eventually(() => outline(tab), "h3 Kept, h4 Below");
  const box = tab.getByRole("textbox", { name: "Message" });
  await box.fill("Go on");
  await box.press("Enter");
  await tab.waitForFunction(() => "goOn" in window);
  await tab.evaluate(() => window.goOn("# Growing\n\nSome *wo"));
  await eventually(() => outline(tab), "h3 Kept, h4 Below, h3 Growing");
  await level(tab, 3);
  await eventually(() => outline(tab), "h5 Kept, h6 Below, h5 Growing");
  await tab.evaluate(() => window.goOn("rds* more\n\n## Further"));
  await eventually(() => outline(tab), "h5 Kept, h6 Below, h5 Growing, h6 Further");
  await eventually(() => tab.locator(".prose").last().locator("p").innerText(), "Some words more");
  assert.equal(await tab.locator(".prose").last().locator("em").innerText(), "words");
});

test("a part that is added to one answer leaves the next one's nodes alone, whatever their ids end in", async () => {
  const parts = Array.from({ length: 10 }, (_, n) => `Part ${n}`);
  const tab = await open([
    { id: "a", parts },
    { id: "a1", parts: ["The next one"] },
  ]);
  const next = await tab.getByText("The next one").elementHandle();
  await tab.evaluate(async (parts) => {
    window.answers = [{ id: "a", parts: [...parts, "Part 10"] }, ...window.answers.slice(1)];
    await (document.querySelector("chat-dock") as Element).fetchUpdates();
  }, parts);
  await tab.getByText("Part 10").waitFor();
  assert.equal(await next?.evaluate((el) => el.isConnected), true);
  assert.equal(
    (await tab.locator(".prose").allInnerTexts()).map((each) => each.trim()).join(),
    [...parts, "Part 10", "The next one"].join(),
  );
});

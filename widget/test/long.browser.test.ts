// A thread of a thousand messages: drawn from its end, a slice at a time, with no listener for each message.
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

async function open(messages: number, more = ""): Promise<{ tab: Page; listeners: number }> {
  const tab = await newTab(browser);
  await tab.goto(server.url);
  await tab.evaluate(
    ([count, more]) => {
      const base = { thread_id: "thr", created_at: "2026-01-01T00:00:00Z" };
      const items = Array.from({ length: count }, (_, n) =>
        n % 2
          ? {
              ...base,
              id: `i${n}`,
              type: "assistant_message",
              content: [{ type: "output_text", text: `Answer **${n}**.${more}`, annotations: [] }],
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
        id: "thr",
        created_at: base.created_at,
        status: { type: "active" },
        title: "Long",
        items: { data: items, has_more: false },
      };
      const seen: number[] = [];
      const el = document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void };
      const look = () => {
        const drawn = el.shadowRoot?.querySelectorAll("article").length ?? 0;
        if (drawn && !seen.length) {
          // Before anything is painted: what was drawn together was drawn this moment.
          const last = [...(el.shadowRoot?.querySelectorAll("article") ?? [])].at(-1) as Element;
          Object.assign(window, { endShown: last.getBoundingClientRect().bottom <= innerHeight });
        }
        if (drawn && drawn !== seen.at(-1)) seen.push(drawn);
      };
      Object.assign(window, { seen });
      // From the first node on: who waits for the root to be there misses the first slices on a busy machine.
      const watch = (root: ShadowRoot) => new MutationObserver(look).observe(root, { childList: true, subtree: true });
      const attach = Element.prototype.attachShadow;
      Element.prototype.attachShadow = function (options) {
        const root = attach.call(this, options);
        if (this === el) watch(root);
        return root;
      };
      if (el.shadowRoot) watch(el.shadowRoot);
      customElements.whenDefined("chat-dock").then(() => {
        el.setOptions({ api: { url: "/thread", fetch: async () => new Response(JSON.stringify(thread)) }, initialThread: "thr" });
      });
    },
    [messages, more] as const,
  );
  await eventually(() => tab.locator("article").count(), messages);
  const cdp = await tab.context().newCDPSession(tab);
  await cdp.send("Performance.enable");
  const { metrics } = await cdp.send("Performance.getMetrics");
  return { tab, listeners: metrics.find(({ name }) => name === "JSEventListeners")?.value ?? Number.NaN };
}

test("the newest come first and the rest in slices, while the end stays in view", async () => {
  const { tab } = await open(1_000);
  const seen = await tab.evaluate(() => (window as unknown as { seen: number[] }).seen);
  assert.ok((seen[0] as number) <= 16, `${seen[0]} at first`);
  assert.ok(seen.length > 5, "in slices");
  for (const [index, drawn] of seen.entries()) assert.ok(drawn - (seen[index - 1] ?? 0) <= 120, `${seen}`);
  await tab.getByText("Answer 999").waitFor();
  const order = await tab.locator("article").evaluateAll((all) => all.map((each) => Number(/\d+/.exec(each.textContent ?? "")?.[0])));
  assert.deepEqual(
    order,
    Array.from({ length: 1_000 }, (_, n) => n),
  );
  await eventually(
    () =>
      tab
        .locator("article")
        .last()
        .evaluate((last) => last.getBoundingClientRect().bottom < innerHeight),
    true,
  );
});

test("the first frame shows the newest already", async () => {
  const { tab } = await open(1_000, " It rains, and then it does not.".repeat(35));
  assert.equal(await tab.evaluate(() => (window as unknown as { endShown: boolean }).endShown), true);
});

test("a long thread has no more listeners than a short one, and its buttons work", async () => {
  const short = await open(6);
  const long = await open(400);
  assert.ok(long.listeners - short.listeners < 20, `${long.listeners} instead of ${short.listeners}`);
  await long.tab.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await long.tab.getByRole("button", { name: "Copy", exact: true }).last().click();
  await eventually(() => long.tab.evaluate(() => navigator.clipboard.readText()), "Answer **399**.");
});

test("of long messages no more come first than a tall screen holds", async () => {
  const { tab } = await open(100, " It rains, and then it does not.".repeat(35));
  const seen = await tab.evaluate(() => (window as unknown as { seen: number[] }).seen);
  assert.ok((seen[0] as number) <= 8, `${seen[0]} at first`);
});

test("what is drawn behind the newest is shown once all of it is there", async () => {
  const { tab } = await open(1_000);
  const shown = () =>
    tab.evaluate(() => {
      const root = document.querySelector("chat-dock")?.shadowRoot as ShadowRoot;
      const slices = [...root.querySelectorAll(".slice")];
      return [root.querySelectorAll("article").length, slices.length > 2, slices.every((each) => each.checkVisibility())];
    });
  await eventually(shown, [1_000, true, true]);
  // Heights are known as they come near: the way to the first goes in steps.
  const atTop = () =>
    tab.getByRole("log").evaluate((log) => {
      log.scrollTo({ top: 0, behavior: "instant" });
      const first = log.querySelector("article")?.getBoundingClientRect();
      return !!first && first.height > 0 && first.top >= log.getBoundingClientRect().top;
    });
  await eventually(atTop, true);
});

test("what is drawn ahead while a thread is on its way is neither seen, told nor reached, and goes when that comes", async () => {
  const tab = await newTab(browser);
  await tab.goto(server.url);
  await tab.evaluate(() => {
    const el = document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void };
    const base = { thread_id: "thr", created_at: "2026-01-01T00:00:00Z" };
    const item = { ...base, id: "i1", type: "assistant_message", content: [{ type: "output_text", text: "Here it is.", annotations: [] }] };
    const thread = { ...base, id: "thr", status: { type: "active" }, title: "Slow", items: { data: [item], has_more: false } };
    const come = new Promise<void>((resolve) => Object.assign(window, { come: resolve }));
    const fetch = () => come.then(() => new Response(JSON.stringify(thread)));
    customElements.whenDefined("chat-dock").then(() => el.setOptions({ api: { url: "/thread", fetch }, initialThread: "thr" }));
  });
  // All kinds of what an answer is mostly made of: with one that is missing here, the thread's first frame would wait for it.
  const ahead = tab.locator(".loading .prose");
  for (const part of ["h4", "strong", "em", "a[href]", "p > code", "li", "td", "pre"])
    await ahead.locator(part).waitFor({ state: "attached" });
  assert.equal(await tab.locator(".loading").ariaSnapshot(), '- img "Loading"');
  assert.deepEqual(
    await ahead.evaluate((el) => {
      const { width, height, position } = getComputedStyle(el.parentElement as Element);
      return [width, height, position, el.checkVisibility({ visibilityProperty: true })];
    }),
    ["1px", "1px", "absolute", false],
  );
  await tab.evaluate(() => (window as unknown as { come(): void }).come());
  await tab.getByText("Here it is.").waitFor();
  assert.equal(await ahead.count(), 0);
});

test("a far turn costs few components; what can be done with it is drawn when it comes near", async () => {
  const { tab } = await open(1_000);
  // Preact keeps what it has drawn into an element there: its tree, in which a component has an instance.
  const components = (n: number) =>
    tab.evaluate((n) => {
      type Node = { __k?: (Node | null)[] | null; __c?: unknown; __e?: unknown };
      const root = document.querySelector("chat-dock")?.shadowRoot as ShadowRoot;
      const article = root.querySelectorAll("article")[n];
      const count = ({ __k, __c, __e }: Node, within = false): number => {
        const inside = within || (__e === article && !!__c);
        return (__k ?? []).reduce((sum, each) => sum + (each ? count(each, inside) : 0), inside && __c ? 1 : 0);
      };
      return count((root.querySelector(".body") as unknown as { __k: Node }).__k);
    }, n);
  // The turn and the list of its items, and each item's text; a user's is drawn by the turn itself. The first begins a day besides.
  assert.deepEqual([await components(2), await components(3)], [1, 3]);
  const acting = (n: number) => tab.locator("article").nth(n).getByRole("button", { name: "Copy" }).count();
  assert.equal(await acting(1), 0);
  await eventually(() => acting(999), 1);
  await tab.getByRole("log").evaluate((log) => log.scrollTo({ top: 0, behavior: "instant" }));
  await eventually(() => acting(1), 1);
  await tab.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await tab.locator("article").nth(1).getByRole("button", { name: "Copy" }).click();
  await eventually(() => tab.evaluate(() => navigator.clipboard.readText()), "Answer **1**.");
});

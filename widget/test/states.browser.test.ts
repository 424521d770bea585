// Every state of the composer and of what opens over a conversation: a picture of each, and no accessibility violation in any.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import type { Browser, Page } from "playwright-core";
import { violations } from "./axe.ts";
import { page, still, test } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";
import { picture, seat, studio, toTop } from "./pictures.ts";

let browser: Browser;
let server: FakeServer;

before(async () => {
  browser = await studio(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]);
  server = await fakeServer({ "/element": page("<chat-dock></chat-dock>") }, async (request, response, path) => {
    if (path !== "/v1/chatkit/files") return false;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const name = /filename="([^"]*)"/.exec(Buffer.concat(chunks).toString("latin1"))?.[1] ?? "";
    // One never arrives, one fails.
    if (name.startsWith("slow")) return true;
    response.writeHead(name.startsWith("fail") ? 503 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ id: `atc_${name}`, name, mime_type: "text/plain", type: "file" }));
    return true;
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

const box = (tab: Page) => tab.locator("chat-dock .input:not(.mirror)");
const idle = async (tab: Page) => {
  await tab.locator('[role=log][aria-busy="false"]').waitFor();
  await still(tab);
  await toTop(tab);
};
const say = async (tab: Page, text: string) => {
  await box(tab).fill(text);
  await box(tab).press("Enter");
};
const set = (tab: Page, value: Record<string, unknown>) =>
  tab.evaluate(
    (given) =>
      (document.querySelector("chat-dock") as HTMLElement & { setComposerValue(v: unknown): Promise<void> }).setComposerValue(given),
    value,
  );
const files = (tab: Page, how: "dragenter" | "drop", names: string[]) =>
  tab.evaluate(
    ({ how, names }) => {
      const transfer = new DataTransfer();
      const canvas = document.createElement("canvas");
      for (const name of names) {
        const type = name.endsWith(".png") ? "image/png" : "application/pdf";
        const bytes = name.endsWith(".png")
          ? Uint8Array.from(atob(canvas.toDataURL().slice(22)), (each) => each.charCodeAt(0))
          : new Uint8Array(48_000);
        transfer.items.add(new File([bytes], name, { type }));
      }
      const init = { bubbles: true, composed: true, cancelable: true, dataTransfer: transfer };
      document.querySelector("chat-dock")?.dispatchEvent(new DragEvent("dragenter", init));
      if (how === "drop") document.querySelector("chat-dock")?.dispatchEvent(new DragEvent("drop", init));
    },
    { how, names },
  );

/** Controls that stick out of the panel sideways. */
const outside = (tab: Page) =>
  tab.evaluate(() => {
    const root = document.querySelector("chat-dock")?.shadowRoot as ShadowRoot;
    return [...root.querySelectorAll(".composer-row button, .header button, .refusals, [role=menu], [role=listbox], [role=tooltip]")]
      .filter((el) => el.getBoundingClientRect().left < 0 || el.getBoundingClientRect().right > innerWidth)
      .map((el) => el.className);
  });

const STATES: Record<string, (tab: Page) => Promise<void>> = {
  "composer-full": async (tab) => {
    await set(tab, {
      content: [
        { type: "input_text", text: "Please compare this with " },
        { type: "input_tag", id: "d1", text: "Annual report", data: {} },
        { type: "input_text", text: " and tell " },
        { type: "input_tag", id: "u1", text: "Ada Lovelace", data: {} },
        { type: "input_text", text: " what changed since the spring." },
      ],
      reply: "Revenue grew by a tenth, mostly because the second quarter was better than anybody had thought.",
      selectedToolId: "draw",
    });
    await files(tab, "drop", ["slow scan.pdf", "photo.png", "fail again.pdf"]);
    await tab.locator(".drafts .failed").waitFor();
  },
  refused: async (tab) => {
    await files(tab, "drop", ["a.pdf", "b.pdf", "c.pdf", "d.pdf", "A file with a very long name that goes on and on.pdf", "film.mp4"]);
    await tab.locator(".refusals").waitFor();
  },
  mention: async (tab) => {
    await box(tab).focus();
    await tab.keyboard.type("ask @a");
    await tab.locator("[role=option]").first().waitFor();
  },
  commands: async (tab) => {
    await box(tab).focus();
    await tab.keyboard.type("/");
    await tab.locator("[role=option]").first().waitFor();
  },
  model: async (tab) => {
    await tab.locator(".menu-anchor .pill").last().click();
    await tab.locator("[role=menu]").waitFor();
  },
  listening: async (tab) => {
    await tab.locator(".dictate").click();
    await tab.locator(".listening .clock").waitFor();
  },
  drop: async (tab) => {
    await files(tab, "dragenter", ["held.pdf"]);
    await tab.locator(".drop").waitFor();
  },
  citation: async (tab) => {
    await say(tab, "sources");
    await idle(tab);
    await tab.locator(".cite").first().hover();
    await tab.locator("[role=tooltip]").waitFor();
  },
  preview: async (tab) => {
    await set(tab, {
      content: [
        { type: "input_text", text: "What does " },
        { type: "input_tag", id: "u1", text: "Ada Lovelace", data: {}, interactive: true },
        { type: "input_text", text: " say?" },
      ],
    });
    await box(tab).press("Enter");
    await idle(tab);
    await tab.locator("button.tag").hover();
    await tab.locator("[role=tooltip]").getByText("Mathematician").waitFor();
  },
  lightbox: async (tab) => {
    await say(tab, "image");
    await idle(tab);
    await tab.locator(".generated-image").click();
    await tab.locator("dialog").waitFor();
  },
  locked: async (tab) => {
    await say(tab, "lock");
    await idle(tab);
    await tab.locator("textarea:disabled").waitFor();
  },
  closed: async (tab) => {
    await say(tab, "close");
    await idle(tab);
    await tab.locator(".closed").waitFor();
  },
  jump: async (tab) => {
    await say(tab, "markdown");
    await idle(tab);
    await tab.locator(".jump").waitFor();
  },
  offline: async (tab) => {
    await say(tab, "think");
    await idle(tab);
    await tab.context().setOffline(true);
    await tab.locator(".line:not(.up)").waitFor();
  },
};

async function open(scheme: string, locale: string, width: number, height: number): Promise<Page> {
  // axe needs to add itself to the page, which its strict policy forbids.
  const tab = await seat(browser, { viewport: { width, height }, locale, bypassCSP: true, permissions: ["microphone"] });
  await tab.goto(`${server.url}/element`);
  await tab.evaluate((colorScheme) => {
    const people = [
      { id: "u1", title: "Ada Lovelace", icon: "user", group: "People", interactive: true },
      { id: "u2", title: "Alan Turing", icon: "user", group: "People" },
      { id: "d1", title: "Annual report", icon: "document", group: "Documents" },
    ];
    (document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void }).setOptions({
      api: { getClientSecret: async () => (await (await fetch("/session", { method: "POST" })).json()).client_secret },
      theme: { colorScheme },
      header: {
        leftAction: { icon: "sidebar-left", onClick: () => undefined, label: "Menu" },
        rightAction: { icon: "share", onClick: () => undefined, label: "Share" },
      },
      threadItemActions: { feedback: true, retry: true },
      composer: {
        attachments: { enabled: true, maxCount: 4, accept: { "application/pdf": [".pdf"], "image/*": [] } },
        dictation: { enabled: true },
        tools: [
          { id: "search", label: "Search the web", shortLabel: "Search", icon: "globe", pinned: true },
          { id: "draw", label: "Draw an image", icon: "images" },
        ],
        models: [
          { id: "small", label: "Small", description: "Quick and light", default: true },
          { id: "large", label: "Large", description: "Thorough, takes its time" },
          { id: "huge", label: "Huge", description: "Not available today", disabled: true },
        ],
      },
      disclaimer: { text: "Answers can be wrong. See our [privacy notes](https://example.com)." },
      entities: {
        showComposerMenu: true,
        onTagSearch: async (query: string) => people.filter((each) => each.title.toLowerCase().includes(query.toLowerCase())),
        onRequestPreview: async () => ({
          preview: {
            type: "Basic",
            children: [
              { type: "Title", value: "Ada Lovelace", size: "sm" },
              { type: "Text", value: "Mathematician, London", color: "secondary", size: "sm" },
            ],
          },
        }),
      },
      commands: {
        enabled: true,
        onSearch: async () => [
          { id: "sum", label: "Summarise", description: "In three sentences", icon: "sparkle" },
          { id: "more", label: "Translate", description: "Into another language", icon: "globe", group: "Language" },
        ],
      },
    });
  }, scheme);
  await tab.locator(".composer-row .attach").waitFor();
  return tab;
}

const LOOKS = {
  light: ["light", "en-GB", 640, 800],
  dark: ["dark", "en-GB", 640, 800],
  rtl: ["light", "ar", 640, 800],
  phone: ["light", "en-GB", 390, 844],
  // 1280 by 1024 at 400%.
  zoom: ["light", "en-GB", 320, 256],
} as const;

// Two at a time: most of a state's time is spent waiting.
describe("states", { concurrency: 2 }, () => {
  for (const [look, [scheme, locale, width, height]] of Object.entries(LOOKS))
    for (const [state, bring] of Object.entries(STATES))
      test(`${state}, ${look}`, async () => {
        const tab = await open(scheme, locale, width, height);
        await bring(tab);
        await still(tab);
        // The level of the voice and its time go on.
        await picture(tab, `${state}-${look}`, { hidden: [tab.locator(".listening")] });
        // The list scrolls with its active option, which the composer's keys move; nothing in it takes the focus.
        const rules = { "scrollable-region-focusable": { enabled: state !== "mention" && state !== "commands" } };
        assert.deepEqual(await violations(tab, { rules }), []);
        assert.deepEqual(await outside(tab), [], "every control is within the panel");
      });
});

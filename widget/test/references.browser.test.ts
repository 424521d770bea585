// Themes side by side with their references, and the proof that such a reference means something: what a person would call broken is found,
// and what only another machine draws a little differently is not.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { page, still, test } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";
import { compare, picture, seat, studio } from "./pictures.ts";

let browser: Browser;
let server: FakeServer;

before(async () => {
  browser = await studio();
  server = await fakeServer({ "/": page('<chat-dock data-session-endpoint="/session"></chat-dock>') });
});
after(async () => {
  await browser.close();
  await server.close();
});

/** Those of the demo's theme page, but for their fonts. */
const THEMES: Record<string, object> = {
  harbour: {
    colorScheme: "light",
    radius: "round",
    color: {
      accent: { primary: "#23513f", level: 2 },
      surface: { background: "#faf6ee", foreground: "#1d2a26" },
      grayscale: { hue: 90, tint: 9, shade: 0 },
    },
  },
  midnight: {
    colorScheme: "dark",
    radius: "soft",
    color: {
      accent: { primary: "#b49bff", level: 3 },
      surface: { background: "#14122b", foreground: "#eeecff" },
      grayscale: { hue: 285, tint: 9, shade: -1 },
    },
  },
  gazette: {
    colorScheme: "light",
    radius: "sharp",
    density: "compact",
    color: { accent: { primary: "#111111", level: 1 }, grayscale: { hue: 0, tint: 0, shade: 3 } },
  },
  clay: {
    colorScheme: "light",
    density: "spacious",
    color: {
      accent: { primary: "#b0402a", level: 3 },
      surface: { background: "#fff7f2", foreground: "#3a1f17" },
      grayscale: { hue: 40, tint: 9, shade: 0 },
    },
  },
};

async function open(theme: object = { colorScheme: "light" }): Promise<Page> {
  // What breaks a style is put in from outside, which the page's policy forbids.
  const tab = await seat(browser, { viewport: { width: 640, height: 900 }, bypassCSP: true });
  await tab.goto(server.url);
  await tab.getByRole("textbox", { name: "Message" }).waitFor();
  await tab.evaluate(
    (theme) =>
      (document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void }).setOptions({
        api: { getClientSecret: async () => (await (await fetch("/session", { method: "POST" })).json()).client_secret },
        theme,
        threadItemActions: { feedback: true, retry: true },
        disclaimer: { text: "Answers can be wrong. See our [privacy notes](https://example.com)." },
      }),
    theme,
  );
  await tab.getByText("Answers can be wrong.").waitFor();
  return tab;
}

async function say(tab: Page, text: string): Promise<void> {
  const box = tab.getByRole("textbox", { name: "Message" });
  await box.fill(text);
  await box.press("Enter");
  await tab.locator('[role=log][aria-busy="false"] .turn.assistant').last().waitFor();
}

for (const [name, theme] of Object.entries(THEMES))
  test(`the theme ${name}`, async () => {
    const tab = await open(theme);
    await picture(tab, `theme-${name}-start`);
    await say(tab, "sources");
    await say(tab, "card");
    await tab.getByText("Trail running shoes").waitFor();
    await still(tab);
    await picture(tab, `theme-${name}-conversation`, { atTop: true });
  });

const BREAKS: Record<string, string> = {
  "a row that is gone": ".turn.assistant .answer-actions, .turn.assistant .actions { display: none !important }",
  "a control that is gone": ".send { visibility: hidden !important }",
  "another colour": ".turn.user .bubble { background: #dbe6ff !important }",
  "text that is hard to read": ".turn.assistant p { color: #9a9a9a !important }",
  "an input without its outline": ".composer { border-color: transparent !important; box-shadow: none !important }",
  "a layout that broke": ".composer-row { flex-direction: column !important; height: auto !important }",
  "the other side": ".turn.user { align-items: flex-start !important; justify-content: flex-start !important; direction: rtl !important }",
  "larger type": ":host { --ck-fs: 17px !important }",
  "less room": ".turn { margin-block: 0 !important; padding-block: 0 !important }",
  "square corners": ".composer, .bubble { border-radius: 0 !important }",
};

test("what is broken is found, and named by where it is", async () => {
  const tab = await open();
  await say(tab, "sources");
  await still(tab);
  const taken = () => tab.screenshot({ animations: "disabled" });
  const missed: string[] = [];
  for (const [name, css] of Object.entries(BREAKS)) {
    await still(tab);
    const whole = await taken();
    assert.equal((await compare(tab, whole, await taken())).differing, 0, "the same");
    await tab.evaluate((css) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      const root = document.querySelector("chat-dock")?.shadowRoot as ShadowRoot;
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    }, css);
    const verdict = await compare(tab, whole, await taken());
    if (verdict.alike) missed.push(`${name}: ${verdict.differing}`);
    else {
      assert.match(verdict.why, /cells of 4 by 4 pixels differ, between \(\d+, \d+\) and \(\d+, \d+\)/);
      assert.ok(verdict.differences.length > 1_000, "a picture of the differences");
    }
    await tab.evaluate(() => {
      const root = document.querySelector("chat-dock")?.shadowRoot as ShadowRoot;
      root.adoptedStyleSheets = root.adoptedStyleSheets.slice(0, -1);
    });
  }
  assert.deepEqual(missed, []);
});

test("letters drawn a little differently are the same picture", async () => {
  const tab = await open();
  await say(tab, "sources");
  await still(tab);
  const whole = await tab.screenshot({ animations: "disabled" });
  for (const css of [
    "* { text-rendering: geometricPrecision !important }",
    ":host { -webkit-font-smoothing: auto !important; font-kerning: none !important }",
    ".root { transform: translate(0.4px, 0.4px) }",
    ".root { filter: contrast(0.97) }",
  ]) {
    await tab.evaluate((css) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      const root = document.querySelector("chat-dock")?.shadowRoot as ShadowRoot;
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    }, css);
    const verdict = await compare(tab, whole, await tab.screenshot({ animations: "disabled" }));
    assert.ok(verdict.alike, `${css}: ${verdict.why}`);
    await tab.evaluate(() => {
      const root = document.querySelector("chat-dock")?.shadowRoot as ShadowRoot;
      root.adoptedStyleSheets = root.adoptedStyleSheets.slice(0, -1);
    });
  }
});

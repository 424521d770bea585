// What a page's visitor has asked of the browser: less motion. And what a printer gets: the conversation, whole, and no controls.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { eventually, launch, newTab, page, still, test, until } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

// Longer than this, something moves; a spinner that turns slowly may, for it says that something is under way.
const BLINK_MS = 10;
let browser: Browser;
let server: FakeServer;

before(async () => {
  browser = await launch();
  server = await fakeServer({
    "/": page('<chat-dock data-session-endpoint="/session"></chat-dock>'),
    "/contrast": page('<chat-dock data-session-endpoint="/session" data-color-scheme="auto"></chat-dock>'),
    "/popup": page("", { attributes: 'data-session-endpoint="/session"' }),
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

/** Notes each animation and transition that begins in any shadow root from now on, and how long it takes. */
const watch = (tab: Page) =>
  tab.addInitScript(() => {
    const moved = new Map<string, number>();
    Object.assign(window, { moved });
    const attach = Element.prototype.attachShadow;
    const roots: ShadowRoot[] = [];
    Element.prototype.attachShadow = function (init) {
      const root = attach.call(this, init);
      roots.push(root);
      return root;
    };
    const look = () => {
      for (const each of roots.flatMap((root) => root.getAnimations())) {
        const effect = each.effect as KeyframeEffect | null;
        const name = (each as CSSAnimation).animationName ?? (each as CSSTransition).transitionProperty;
        moved.set(
          `${name} of ${effect?.target?.className}${effect?.pseudoElement ?? ""}`,
          Number(effect?.getComputedTiming().activeDuration),
        );
      }
      requestAnimationFrame(look);
    };
    look();
  });
const moved = (tab: Page) => tab.evaluate(() => [...(window as unknown as { moved: Map<string, number> }).moved]);

async function say(tab: Page, text: string): Promise<void> {
  await tab.getByRole("textbox", { name: "Message" }).fill(text);
  await tab.getByRole("button", { name: "Send message" }).click();
  await eventually(() => tab.getByRole("button", { name: "Stop" }).count(), 0);
  await tab.locator('[role=log][aria-busy="false"]').waitFor();
}

/** Goes where things move: the panel that opens, an answer, its parts, menus and the history. */
async function walk(tab: Page): Promise<void> {
  await watch(tab);
  await tab.goto(`${server.url}/popup`);
  await tab.getByRole("button", { name: "Open chat" }).click();
  await tab.getByRole("textbox", { name: "Message" }).waitFor();
  for (const text of ["think", "markdown", "card", "sources"]) await say(tab, text);
  await tab.getByRole("button", { name: "Copy", exact: true }).first().hover();
  await tab.getByRole("button", { name: /^Actions for/ }).click();
  await tab.getByRole("menu").waitFor();
  await tab.keyboard.press("Escape");
  await tab.getByRole("button", { name: "History", exact: true }).click();
  await tab.getByRole("region", { name: "History" }).getByRole("listitem").first().hover();
  await still(tab);
}

test("with reduced motion nothing moves for longer than a blink, but a slow spinner", async () => {
  const tab = await newTab(browser, { reducedMotion: "reduce" });
  await walk(tab);
  const long = (await moved(tab)).filter(([what, ms]) => ms > BLINK_MS && !/^spin of spinner/.test(what));
  assert.deepEqual(long, []);
});

test("without that wish the same walk moves, which is how the one above would notice", async () => {
  const tab = await newTab(browser, { reducedMotion: "no-preference" });
  await walk(tab);
  assert.ok((await moved(tab)).some(([, ms]) => ms > BLINK_MS));
});

test("print has the whole conversation, without composer, header, actions and menus", async () => {
  const tab = await newTab(browser);
  await tab.goto(server.url);
  await tab.getByRole("textbox", { name: "Message" }).waitFor();
  for (let n = 0; n < 4; n++) await say(tab, "markdown");
  await tab.getByRole("button", { name: /^Actions for/ }).click();
  await tab.getByRole("menu").waitFor();
  await still(tab);
  await tab.emulateMedia({ media: "print" });
  for (const role of ["textbox", "menu"] as const) await eventually(() => tab.getByRole(role).count(), 0, role);
  for (const name of [/^History/, /^Actions for/, "New chat", "Attach files", "Send message", "Good answer", "Jump to latest"])
    await eventually(() => tab.getByRole("button", { name }).count(), 0, String(name));
  await eventually(() => tab.getByRole("article").count(), 8);
  // No box around it cuts any of it off, and none stands over it.
  await until(async () =>
    assert.deepEqual(
      await tab.locator("chat-dock").evaluate((dock) => {
        const root = dock.shadowRoot as ShadowRoot;
        const faults: string[] = [];
        for (const turn of root.querySelectorAll("[role=article],article")) {
          const { top, bottom, height } = turn.getBoundingClientRect();
          if (height < 10) faults.push(`no height: ${turn.textContent?.slice(0, 20)}`);
          for (let up: Element | null = turn.parentElement; up; up = up.parentElement ?? ((up.getRootNode() as ShadowRoot).host || null)) {
            const box = up.getBoundingClientRect();
            if (
              getComputedStyle(up).overflowY !== "visible" &&
              up !== document.documentElement &&
              (top < box.top - 1 || bottom > box.bottom + 1)
            )
              faults.push(`${up.localName}.${up.className} cuts ${turn.textContent?.slice(0, 20)}`);
          }
        }
        return faults;
      }),
      [],
    ),
  );
  const height = await tab.locator("chat-dock").evaluate((dock) => {
    const turns = [...(dock.shadowRoot as ShadowRoot).querySelectorAll("[role=article],article")];
    return (turns.at(-1)?.getBoundingClientRect().bottom ?? 0) - (turns[0]?.getBoundingClientRect().top ?? 0);
  });
  const printed = await tab.pdf({ width: "600px", height: "800px" });
  const pages = printed.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  assert.ok(pages >= Math.floor(height / 800) && height > 1_600, `${pages} pages for ${height} pixels`);
});

/** How far the colours of borders and of secondary text are from what they stand on, as WCAG counts it. */
const contrasts = (tab: Page) =>
  tab.evaluate(() => {
    const root = document.querySelector("chat-dock")?.shadowRoot as ShadowRoot;
    const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
    const luminance = (...layers: string[]) => {
      for (const colour of layers) {
        pen.fillStyle = colour;
        pen.fillRect(0, 0, 1, 1);
      }
      const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map((each) => {
        const part = each / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      }) as [number, number, number];
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const ground = getComputedStyle(root.querySelector(".root") as Element).backgroundColor;
    const worst = (selector: string, property: "borderTopColor" | "color") =>
      Math.min(
        ...[...root.querySelectorAll(selector)].map((el) => ratio(luminance(ground, getComputedStyle(el)[property]), luminance(ground))),
      );
    return {
      borders: worst(".bubble, .code, .composer, .composer .pill", "borderTopColor"),
      secondary: worst(".code-head, .icon-button, .when", "color"),
    };
  });

for (const colorScheme of ["light", "dark"] as const)
  test(`who asks for more contrast gets it, in ${colorScheme}`, async () => {
    const [plain, more] = await Promise.all(
      ([undefined, "more"] as const).map(async (contrast) => {
        const tab = await newTab(browser, { colorScheme, ...(contrast && { contrast }) });
        await tab.goto(`${server.url}/contrast`);
        await say(tab, "markdown");
        await tab.locator(".when").first().waitFor({ state: "attached" });
        await still(tab);
        return contrasts(tab);
      }),
    );
    assert.ok(plain && plain.borders < 3, JSON.stringify(plain));
    assert.ok(more && more.borders >= 7 && more.secondary >= 7 && more.secondary > plain.secondary, JSON.stringify(more));
  });

// A real Chromium for the tests named *.browser.test.ts: tabs that close with their test, waiting, and what a failure leaves to look at.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { mkdir, writeFile } from "node:fs/promises";
import { test as nodeTest } from "node:test";
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page, type Request } from "playwright-core";

// A machine may be ten times slower than the one a test was written on; only a failing test waits as long as this.
export const PATIENCE_MS = 30_000;
const TEST_MS = 300_000;
const LOOK_AGAIN_MS = 25;
const PICTURE_MS = 5_000;
const FAILED = `${__ROOT__}.cache/failed`;

type Scene = { tabs: Page[]; faults: string[] };
// Scripts on their way.
const loading = new WeakMap<Page, Set<Request>>();
const scenes = new AsyncLocalStorage<Scene>();

/** `more` are further switches of the browser. */
export function launch(more: string[] = [], env: Record<string, string> = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    env: { ...(process.env as Record<string, string>), ...env },
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...more,
    ],
  });
}

/**
 * A test whose tabs are closed after it and must have raised no error. One that fails leaves a picture of each tab and its tree of
 * accessible names in .cache/failed, which the runner shows at the end.
 */
export function test(name: string, play: () => Promise<void>, { timeoutMs = TEST_MS } = {}): void {
  void nodeTest(name, { timeout: timeoutMs }, () => {
    const scene: Scene = { tabs: [], faults: [] };
    return scenes.run(scene, async () => {
      try {
        await play();
        assert.deepEqual(scene.faults, [], "errors in the page");
      } catch (error) {
        await keep(name, scene);
        throw error;
      } finally {
        await Promise.all(scene.tabs.map((tab) => tab.context().close()));
      }
    });
  });
}

/** A tab with cookies and storage of its own, 600 by 800 pixels unless told. */
export async function newTab(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const tab = await (await browser.newContext({ viewport: { width: 600, height: 800 }, ...options })).newPage();
  tab.setDefaultTimeout(PATIENCE_MS);
  const scene = scenes.getStore();
  scene?.tabs.push(tab);
  const asked = new Set<Request>();
  loading.set(tab, asked);
  tab.on("request", (request) => request.resourceType() === "script" && asked.add(request));
  for (const end of ["requestfinished", "requestfailed"] as const) tab.on(end as "requestfinished", (request) => asked.delete(request));
  tab.on("pageerror", (error) => scene?.faults.push(String(error.stack ?? error)));
  return tab;
}

async function keep(name: string, { tabs, faults }: Scene): Promise<void> {
  const slug = name.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 80);
  const seen: string[] = [];
  const pictures: string[] = [];
  await mkdir(FAILED, { recursive: true });
  // Also the tabs that were opened beside those.
  for (const [n, tab] of tabs.flatMap((each) => each.context().pages()).entries()) {
    const path = `${FAILED}/${slug}${n ? `-${n + 1}` : ""}.png`;
    // A page that hangs must not hide what failed.
    await tab.screenshot({ path, timeout: PICTURE_MS, animations: "disabled" }).then(
      () => pictures.push(path),
      () => undefined,
    );
    const whole = tab.locator("body").ariaSnapshot({ timeout: PICTURE_MS });
    const ours = tab.locator("chat-dock, openai-chatkit").first().ariaSnapshot({ timeout: PICTURE_MS });
    seen.push(await ours.catch(() => whole).catch(String));
  }
  await writeFile(`${FAILED}/${slug}.json`, JSON.stringify({ name, seen, faults, pictures }));
}

/** Reads until what is read equals `expected`: what follows a key, a click or an answer is drawn later. */
export async function eventually<T>(read: () => Promise<T> | T, expected: T, why?: string): Promise<void> {
  await until(async () => assert.deepEqual(await read(), expected, why));
}

/** Tries until nothing is thrown and answers what came of it; throws what was thrown last. */
export async function until<T>(attempt: () => Promise<T> | T): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  while (true)
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
}

const drawn = (tab: Page) => tab.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));

/** Waits until a scrolled place stays where it is; answers how far down that is, in pixels. */
export const rested = (place: Locator): Promise<number> =>
  place.evaluate(async (el) => {
    for (let at = Number.NaN, frames = 0; frames < 4; frames = el.scrollTop === at ? frames + 1 : 0) {
      at = el.scrollTop;
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    return el.scrollTop;
  });

/** Waits until every script asked for is here and everything that moves towards an end has come to it; a spinner may turn on. */
export async function still(tab: Page): Promise<void> {
  // What is drawn may ask for a script, and what that draws for another.
  await drawn(tab);
  await eventually(async () => {
    const count = loading.get(tab)?.size;
    await drawn(tab);
    return [count, loading.get(tab)?.size];
  }, [0, 0]);
  await tab.evaluate(async () => {
    const roots = [document, ...[...document.querySelectorAll("*")].flatMap((el) => el.shadowRoot ?? [])];
    // What is off the screen under content-visibility does not move on, and never ends.
    const shown = ({ effect }: Animation) => (effect as KeyframeEffect | null)?.target?.checkVisibility({ contentVisibilityAuto: true });
    const moving = () =>
      roots
        .flatMap((root) => root.getAnimations())
        .filter((each) => each.effect?.getComputedTiming().endTime !== Infinity && each.playState === "running" && shown(each));
    for (let running = moving(); running.length; running = moving())
      await Promise.race([
        Promise.allSettled(running.map((each) => each.finished)),
        new Promise((resolve) => setTimeout(resolve, 100)), // looked at again: it may have left the screen
      ]);
    await new Promise((resolve) => requestAnimationFrame(resolve));
  });
}

/** A page like a customer's: strict policy, one script tag, and whatever the test puts in its body. */
export function page(body: string, { script = "chatdock.js", attributes = "", inline = "" } = {}): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Test</title><style nonce="test">body{margin:0;font:18px serif;color:red;background:#f2f2ee}chat-dock,openai-chatkit{height:100vh}h1{padding:40px}</style>
${inline && `<script nonce="test">${inline}</script>`}
<body>${body}<script nonce="test" src="/widget/${script}" ${attributes} async></script></body></html>`;
}

/** Brings the page's chat into a state and waits until it rests: "start", "history", or the answer the fake server gives to that word. */
export async function enter(tab: Page, state: string): Promise<void> {
  const box = tab.getByRole("textbox", { name: "Message" });
  await box.waitFor();
  if (state !== "start") {
    await box.fill(state === "history" ? "think" : state);
    await box.press("Enter");
    await tab.locator('[role=log][aria-busy="false"]').waitFor();
  }
  if (state === "ask") await tab.getByText("Which pace suits you?").waitFor();
  if (state === "history") {
    await tab.getByRole("button", { name: "History", exact: true }).click();
    await tab.getByRole("region", { name: "History" }).getByRole("listitem").first().waitFor();
  }
  await still(tab);
}

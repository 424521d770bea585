// Pictures of what is drawn, held against those in test/references. Drawn alike on every machine with the same Chromium: fonts of the
// tests' own, one size of pixel, nothing that moves. `npm run shots -- --update` takes the references anew.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { launch, newTab, PATIENCE_MS, still } from "./browser.ts";
import { CELL_LEVELS, CELL_PX, CELLS, likeness, packed, QUALITY, type Verdict } from "./likeness.ts";

const REFERENCES = `${__ROOT__}test/references`;
const FONTS = `${__ROOT__}test/fonts`;
const SHOTS = `${__ROOT__}.cache/shots`;
const FAILED = `${__ROOT__}.cache/failed`;
const UPDATING = process.env.UPDATE_REFERENCES === "1";
// What is drawn late is looked at again for as long as this.
const LOOK_AGAIN_MS = 100;
// A picture that differs is a finding and not a slow machine: what it shows was waited for before.
const SETTLE_MS = PATIENCE_MS / 3;
const FACES = [
  ["Reference Sans", "roboto-latin-400-normal", "400"],
  ["Reference Sans", "roboto-latin-500-normal", "500"],
  ["Reference Sans", "roboto-latin-700-normal", "700"],
  ["Reference Arabic", "dejavu-arabic-400-normal", "400"],
  ["Reference Arabic", "dejavu-arabic-700-normal", "700"],
  ["Reference Mono", "roboto-mono-latin-400-normal", "400"],
] as const;

/** A browser that draws letters the same way wherever it runs. */
export const studio = (more: string[] = []): Promise<Browser> =>
  launch(["--disable-lcd-text", "--force-color-profile=srgb", ...more], { FONTCONFIG_FILE: `${FONTS}/fonts.conf` });

/** A tab of a studio, whose widgets and page are written in the fonts of the references. */
export async function seat(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const tab = await newTab(browser, { timezoneId: "UTC", deviceScaleFactor: 1, ...options });
  const fonts = await Promise.all(
    FACES.map(async ([family, file, weight]) => [family, (await readFile(`${FONTS}/${file}.woff2`)).toString("base64"), weight]),
  );
  await tab.addInitScript((faces) => {
    // From bytes, which no policy of the page forbids.
    for (const [family, base64, weight] of faces as [string, string, string][]) {
      const face = new FontFace(family, Uint8Array.from(atob(base64), (each) => each.charCodeAt(0)).buffer, { weight });
      document.fonts.add(face);
      void face.load();
    }
    // A picture has no clock.
    const timeless = new CSSStyleSheet();
    timeless.replaceSync("chat-dock::part(time), openai-chatkit::part(time) { visibility: hidden; }");
    const dress = () => {
      if (!document.adoptedStyleSheets.includes(timeless)) document.adoptedStyleSheets.push(timeless);
      const { style } = document.documentElement;
      style.setProperty("--ck-font", '"Reference Sans", "Reference Arabic", sans-serif');
      style.setProperty("--ck-mono", '"Reference Mono", monospace');
      if (document.body) document.body.style.fontFamily = '"Reference Sans", sans-serif';
    };
    document.addEventListener("readystatechange", dress);
  }, fonts);
  return tab;
}

/**
 * Takes a picture and throws where it does not look like the reference of that name. Of the whole tab, unless told; what `hidden` shows is
 * painted over; `atTop` shows a conversation from its beginning.
 */
export async function picture(
  tab: Page,
  name: string,
  { hidden = [] as Locator[], of = tab as Page | Locator, atTop = false } = {},
): Promise<void> {
  await mkdir(SHOTS, { recursive: true });
  await still(tab);
  await tab.evaluate(async () => void (await document.fonts.ready));
  const take = async () => {
    if (atTop) await toTop(tab);
    return of.screenshot({ path: `${SHOTS}/${name}.png`, animations: "disabled", mask: hidden, maskColor: "#8a8a8a" });
  };
  const path = `${REFERENCES}/${name}.webp`;
  const expected = await readFile(path).catch(() => undefined);
  let verdict: Verdict | undefined;
  let actual = await take();
  if (expected)
    for (const end = Date.now() + SETTLE_MS; ; actual = await take()) {
      // What the format loses of a picture it has lost of both.
      verdict = await compare(tab, expected, await pack(tab, actual));
      if (verdict.alike) return;
      if (UPDATING || Date.now() > end) break;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  if (UPDATING) {
    // Whatever still moves has come to rest when two pictures are the same.
    for (let before: Buffer = Buffer.alloc(0); !before.equals(actual); actual = await take()) {
      before = actual;
      await new Promise((resolve) => setTimeout(resolve, 3 * LOOK_AGAIN_MS));
    }
    await mkdir(REFERENCES, { recursive: true });
    await writeFile(path, await pack(tab, actual));
    return;
  }
  await mkdir(FAILED, { recursive: true });
  const left: string[] = [];
  const leave = async (what: string, bytes: Buffer) => {
    left.push(`${FAILED}/${name}-${what}`);
    await writeFile(left.at(-1) as string, bytes);
  };
  await leave("actual.png", actual);
  if (expected) await leave("expected.webp", expected);
  if (verdict?.differences) await leave("difference.png", Buffer.from(verdict.differences, "base64"));
  throw new Error(
    [
      `test/references/${name}.webp ${expected ? `does not look like this: ${verdict?.why}` : "is missing"}`,
      ...left.map((each) => `picture: ${each}`),
      "If this is how it should look: npm run shots -- --update, in widget/, and look at what changed.",
    ].join("\n"),
  );
}

/** Scrolls a conversation to its beginning: how far down it came to rest while it was written is a few pixels more or less. */
export const toTop = (tab: Page): Promise<void> =>
  tab.evaluate(async () => {
    const places = [...document.querySelectorAll("chat-dock")].flatMap((el) => el.shadowRoot?.querySelector("[role=log]") ?? []);
    for (const place of places) place.scrollTo({ top: 0, behavior: "instant" });
    await new Promise((resolve) => requestAnimationFrame(resolve));
  });

/** How one picture looks beside another; both are bytes of PNG or WebP. */
export async function compare(tab: Page, expected: Buffer, actual: Buffer): Promise<Verdict> {
  const pair = { expected: expected.toString("base64"), actual: actual.toString("base64") };
  return (await lab(tab)).evaluate(likeness, { ...pair, cell: CELL_PX, levels: CELL_LEVELS, cells: CELLS });
}

async function pack(tab: Page, picture: Buffer): Promise<Buffer> {
  return Buffer.from(await (await lab(tab)).evaluate(packed, { base64: picture.toString("base64"), quality: QUALITY }), "base64");
}

const labs = new WeakMap<Browser, Promise<Page>>();

/** An empty page of the tab's browser, with canvases. */
function lab(tab: Page): Promise<Page> {
  const browser = tab.context().browser() as Browser;
  const known = labs.get(browser) ?? browser.newPage();
  labs.set(browser, known);
  return known;
}

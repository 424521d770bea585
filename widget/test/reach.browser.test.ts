// Every control is reached by Tab, is in sight when it is, and shows that it is: at 400% of 1280 by 1024, and in forced colours.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { enter, launch, newTab, page, test, until } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

let browser: Browser;
let server: FakeServer;

before(async () => {
  browser = await launch();
  server = await fakeServer({ "/": page('<chat-dock data-session-endpoint="/session"></chat-dock>') });
});
after(async () => {
  await browser.close();
  await server.close();
});

const LOOKS: Record<string, BrowserContextOptions> = {
  "at 400%": { viewport: { width: 320, height: 256 } },
  "in forced colours": { forcedColors: "active" },
};
const MOST_STOPS = 120;

type Stop = { what: string; fault: string | null };

/** What has the focus, and what is wrong with it; nothing once the focus has left the widget. */
const focused = (tab: Page): Promise<Stop | null> =>
  tab.evaluate(() => {
    const root = document.querySelector("chat-dock")?.shadowRoot;
    const el = root?.activeElement as HTMLElement | null | undefined;
    if (!root || !el) return null;
    el.dataset.reached = "";
    const what = `${el.localName}.${el.className} ${el.getAttribute("aria-label") ?? el.textContent?.slice(0, 40)}`;
    const box = el.getBoundingClientRect();
    const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
    const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
    if (right - left < 1 || bottom - top < 1) return { what, fault: "out of sight" };
    // A large one may be cut off or lie beneath something in its middle: some point of it has to be there.
    const points = [0.1, 0.3, 0.5, 0.7, 0.9].map((part) => [left + (right - left) * part, top + (bottom - top) * part] as const);
    const there = points.some(([x, y]) => {
      const hit = root.elementFromPoint(x, y);
      return hit !== null && (el.contains(hit) || hit.closest("label")?.contains(el) || hit.parentElement?.contains(el));
    });
    if (!there) return { what, fault: "covered" };
    // Where one writes the caret says so.
    let marked = el.matches("textarea,input:not([type=checkbox],[type=radio],[type=range])");
    for (let each: Element | null = el, up = 0; each && up < 4 && !marked; each = each.parentElement, up++) {
      const { outlineStyle, outlineWidth } = getComputedStyle(each);
      marked = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 1;
      // A box that is drawn in another one's place is marked there.
      marked ||= getComputedStyle(each.nextElementSibling ?? each).outlineStyle !== "none";
    }
    return { what, fault: marked ? null : "not marked" };
  });

/** Controls that were never reached. Of radios that belong together only one is a stop. */
const missed = (tab: Page): Promise<string[]> =>
  tab.evaluate(() => {
    const root = document.querySelector("chat-dock")?.shadowRoot as ShadowRoot;
    return [...root.querySelectorAll<HTMLElement>("a[href],button,input,select,textarea,summary,[tabindex='0']")]
      .filter((el) => !el.matches(":disabled,[tabindex='-1'],[type=file]") && !el.closest("[inert]"))
      .filter((el) => el.checkVisibility({ visibilityProperty: true }) && !("reached" in el.dataset))
      .filter(
        (el) => !(el.matches("[type=radio]") && el.closest("form,fieldset,[role=radiogroup]")?.querySelector("[data-reached][type=radio]")),
      )
      .map((el) => `${el.localName}.${el.className} ${el.getAttribute("aria-label") ?? el.textContent?.slice(0, 40)}`);
  });

for (const [look, options] of Object.entries(LOOKS))
  for (const state of ["start", "markdown", "sources", "card", "form", "ask", "history"])
    test(`every control is reached by Tab, in sight and marked: ${state}, ${look}`, async () => {
      const tab = await newTab(browser, options);
      await tab.goto(server.url);
      await enter(tab, state);
      await tab.evaluate(() => {
        (document.querySelector("chat-dock")?.shadowRoot?.activeElement as HTMLElement | null)?.blur();
        getSelection()?.removeAllRanges();
        document.body.tabIndex = -1;
        document.body.focus();
      });
      const stops: string[] = [];
      for (let n = 0; n < MOST_STOPS; n++) {
        await tab.keyboard.press("Tab");
        const stop = await focused(tab);
        if (!stop) break;
        // What scrolls into sight takes a moment.
        if (stop.fault) await until(async () => assert.equal((await focused(tab))?.fault, null, `${stop.what}`));
        stops.push(stop.what);
      }
      assert.ok(stops.length > 2 && stops.length < MOST_STOPS, stops.join("\n"));
      assert.deepEqual(await missed(tab), []);
    });

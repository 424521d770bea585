// WCAG 1.4.12: with the room between lines, paragraphs, words and letters that a reader may ask for, nothing is cut off and nothing overlaps.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { enter, launch, newTab, page, still, test } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

const SPACED = `* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
p { margin-block-end: 2em !important }`;
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

/** Texts that are cut off, stand out of their button, or lie over one another. */
const faults = (tab: Page): Promise<string[]> =>
  tab.evaluate(() => {
    const root = document.querySelector("chat-dock")?.shadowRoot as ShadowRoot;
    const TOLERANCE_PX = 2;
    const found: string[] = [];
    const seen: { text: string; box: DOMRect }[] = [];
    const walker = document.createTreeWalker(root.querySelector(".root") as Element, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent?.trim();
      const parent = node.parentElement as HTMLElement;
      if (!text || parent.closest(".sr,style,textarea,select,math") || !parent.checkVisibility({ opacityProperty: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const line of range.getClientRects()) {
        let { left, top, right, bottom } = line;
        for (let up: Element | null = parent; up; up = up.parentElement) {
          const box = up.getBoundingClientRect();
          const { overflowX, overflowY } = getComputedStyle(up);
          if (up.matches("button, summary, .chip") && (left < box.left - TOLERANCE_PX || right > box.right + TOLERANCE_PX))
            found.push(`${text} stands out of ${up.localName}.${up.className}`);
          for (const [overflow, over] of [
            [overflowX, Math.max(box.left - left, right - box.right)],
            [overflowY, Math.max(box.top - top, bottom - box.bottom)],
          ] as const)
            if (/hidden|clip/.test(overflow) && over > TOLERANCE_PX && !(overflow === "hidden" && up.matches(".root, .scroller")))
              found.push(`${text} is cut off in ${up.localName}.${up.className}`);
          // What is scrolled away, or cut, is not seen beyond that box.
          if (overflowX !== "visible") [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
          if (overflowY !== "visible") [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
        }
        if (right - left > TOLERANCE_PX && bottom - top > TOLERANCE_PX)
          seen.push({ text, box: new DOMRect(left, top, right - left, bottom - top) });
      }
    }
    for (const [index, a] of seen.entries())
      for (const b of seen.slice(index + 1)) {
        const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        if (wide > TOLERANCE_PX && high > 2 * TOLERANCE_PX) found.push(`${a.text} lies over ${b.text}`);
      }
    return [...new Set(found)];
  });

const adopt = (tab: Page, css: string) =>
  tab.evaluate((css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    const root = document.querySelector("chat-dock")?.shadowRoot as ShadowRoot;
    root.adoptedStyleSheets.push(sheet);
  }, css);

for (const width of [760, 360])
  for (const state of ["start", "markdown", "sources", "tasks", "card", "form", "list", "ask", "history"])
    test(`with more room between letters, words and lines nothing is lost: ${state}, ${width} wide`, async () => {
      const tab = await newTab(browser, { viewport: { width, height: 900 } });
      await tab.goto(server.url);
      await enter(tab, state);
      // What is shortened on purpose is so before.
      const known = await faults(tab);
      await adopt(tab, SPACED);
      await still(tab);
      const more = await faults(tab);
      assert.deepEqual(
        more.filter((each) => !known.includes(each)),
        [],
      );
    });

test("what is cut off, or lies over something else, is found", async () => {
  const tab = await newTab(browser);
  await tab.goto(server.url);
  const box = tab.getByRole("textbox", { name: "Message" });
  await box.fill("markdown");
  await box.press("Enter");
  await tab.locator('[role=log][aria-busy="false"]').waitFor();
  await still(tab);
  assert.deepEqual(await faults(tab), []);
  await adopt(tab, ".turn.user .bubble { width: 30px; height: 12px; overflow: hidden } .prose p { margin-block-start: -30px !important }");
  const found = await faults(tab);
  assert.ok(
    found.some((each) => each.includes("is cut off")),
    found.join("\n"),
  );
  assert.ok(
    found.some((each) => each.includes("lies over")),
    found.join("\n"),
  );
});

// What axe finds wrong for people who hear, magnify or type their way through a page.
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { still } from "./browser.ts";

const AXE = createRequire(`${__ROOT__}package.json`).resolve("axe-core/axe.min.js");
type Found = { violations: { id: string; nodes: { html: string; any: { message: string }[] }[] }[] };
type WithAxe = { axe?: { run(of: Element, options: object): Promise<Found> } };

/** A line for each rule that is broken in that place, once everything in it has come to rest. The page is one without a policy (`bypassCSP`). */
export async function violations(tab: Page, { of = "chat-dock", rules = {} }: { of?: string; rules?: object } = {}): Promise<string[]> {
  await still(tab);
  if (!(await tab.evaluate(() => (globalThis as WithAxe).axe !== undefined))) await tab.addScriptTag({ path: AXE });
  return tab.evaluate(
    async ({ of, rules }) => {
      const options = { rules, resultTypes: ["violations"] };
      const found = await (globalThis as WithAxe).axe?.run(document.querySelector(of) as Element, options);
      return (found as Found).violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html.slice(0, 140)} ${node.any[0]?.message ?? ""}`).join(" | ")}`,
      );
    },
    { of, rules },
  );
}

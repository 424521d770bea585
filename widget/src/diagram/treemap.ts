// Mermaid's treemap: amounts in sections of sections, written by indentation.
import { amountOf } from "./amount.ts";
import { atMost, labelOf, refuse } from "./graph.ts";

/** A section's amount is that of its parts, the largest first; a leaf has none. */
export type Part = { name: string; amount: number; parts: Part[] };

const LINE = /^([ \t]*)("[^"]*"|'[^']*')[ \t]*(?:[:,][ \t]*([\d.,]+))?[ \t]*(?::::[\w-]+)?[ \t]*;?$/;
const PASSED_OVER = /^[ \t]*(?:classDef|class|style)\b/;
const TITLE = /^[ \t]*title[ \t]+(.*)$/;
const MAX_CHARS = 1_000;
const MAX_PARTS = 200;
const MAX_DEPTH = 8;

/** `lines` keep their indentation. */
export function readTreemap(lines: readonly string[]): { title: string; whole: Part } {
  const whole: Part = { name: "", amount: 0, parts: [] };
  const open = [{ part: whole, indent: -1 }];
  let title = "";
  let count = 0;
  for (const line of lines) {
    atMost(line.length, MAX_CHARS);
    const named = TITLE.exec(line)?.[1];
    if (named !== undefined) title = named;
    if (named !== undefined || PASSED_OVER.test(line)) continue;
    const [, space = "", name = "", amount] = LINE.exec(line) ?? refuse(line);
    const indent = space.replaceAll("\t", "    ").length;
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
    const part = { name: labelOf(name.slice(1, -1)).replaceAll("\n", " "), amount: 0, parts: [] };
    open.at(-1)?.part.parts.push(part);
    // Whatever is below a leaf is beside it.
    if (amount === undefined) open.push({ part, indent });
    else part.amount = amountOf(amount.replaceAll(",", ""));
    atMost(++count, MAX_PARTS);
    atMost(open.length, MAX_DEPTH);
  }
  weigh(whole);
  return whole.amount ? { title, whole } : refuse("nothing to show");
}

/** Sums up what is in a section; what comes to nothing takes no room. */
function weigh(section: Part): number {
  for (const each of section.parts) section.amount += each.parts.length ? weigh(each) : each.amount;
  section.parts = section.parts.filter(({ amount }) => amount).sort((a, b) => b.amount - a.amount);
  return section.amount;
}

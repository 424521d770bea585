// Mermaid's treemap: amounts in sections of sections, written by indentation.
import { amountOf } from "./amount.ts";
import { labelOf, NotADiagram } from "./graph.ts";

/** A section's amount is that of its parts, the largest first; a leaf has none. */
export type Part = { name: string; amount: number; parts: Part[] };

const LINE = /^([ \t]*)("[^"]*"|'[^']*')[ \t]*(?:[:,][ \t]*([\d.,]+))?[ \t]*(?::::[\w-]+)?[ \t]*;?$/;
const PASSED_OVER = /^[ \t]*(?:classDef|class|style|accTitle|accDescr)\b/;
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
    if (line.length > MAX_CHARS) refuse("too long");
    const named = TITLE.exec(line)?.[1];
    if (named !== undefined) title = named;
    if (named !== undefined || PASSED_OVER.test(line)) continue;
    const [, space = "", name = "", amount] = LINE.exec(line) ?? refuse(`unknown: ${line}`);
    const indent = space.replaceAll("\t", "    ").length;
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
    const part = { name: labelOf(name.slice(1, -1)).replaceAll("\n", " "), amount: 0, parts: [] };
    open.at(-1)?.part.parts.push(part);
    // Whatever is below a leaf is beside it.
    if (amount === undefined) open.push({ part, indent });
    else part.amount = amountOf(amount.replaceAll(",", ""));
    if (++count > MAX_PARTS || open.length > MAX_DEPTH) refuse("too much");
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

function refuse(why: string): never {
  throw new NotADiagram(why);
}

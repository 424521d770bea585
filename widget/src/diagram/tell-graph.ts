import { tellCard } from "./card.ts";
import type { Edge, Graph, Head } from "./graph.ts";
import { tellRecord } from "./record.ts";

/** The graph in words, for those who do not see it. */
export function tellGraph({ nodes, edges }: Graph): string {
  const name = (id: string) => nodes.get(id)?.label.replaceAll("\n", " ") || "●";
  const told = edges.filter((each) => each.line !== "hidden").map((each) => tellEdge(each, name));
  const records = [...nodes.values()].filter((each) => each.sections?.some((rows) => rows.length) || each.above);
  const cards = [...nodes.values()].filter((each) => each.card);
  const alone = [...nodes.keys()].filter((id) => !edges.some((each) => each.from === id || each.to === id)).map(name);
  const boxes = [...records.map(tellRecord), ...cards.map(tellCard)];
  return [...boxes, ...told, ...alone.filter((each) => ![...records, ...cards].some(({ label }) => label === each))]
    .join("; ")
    .slice(0, 3_000);
}

/** How many stand at an end, as one writes it in a class diagram. */
const MANY: Partial<Record<Head, string>> = { one: "1", maybe: "0..1", some: "1..*", many: "0..*" };
/** What an end is called in such a diagram; the words are the notation's own. */
const KIND: Partial<Record<Head, string>> = { diamond: "◆", hollow: "◇" };

function tellEdge({ from, to, label, line, head, tail, near }: Edge, name: (id: string) => string): string {
  const words = label && ` (${label.replaceAll("\n", " ")})`;
  if (tail === "triangle" || head === "triangle") {
    const [child, parent] = tail === "triangle" ? [to, from] : [from, to];
    return `${name(child)} «${line === "dotted" ? "implements" : "extends"}» ${name(parent)}${words}`;
  }
  // An arrow at its beginning alone points back.
  const [a, b, at, end] = (tail === "open" || tail === "arrow") && head === "none" ? [to, from, head, tail] : [from, to, tail, head];
  const [first, last] = a === from ? [near?.[0], near?.[1]] : [near?.[1], near?.[0]];
  const begins = [first || MANY[at], KIND[at]].filter(Boolean).join(" ");
  const ends = [KIND[end], last || MANY[end]].filter(Boolean).join(" ");
  return `${name(a)}${begins && ` ${begins}`} → ${ends && `${ends} `}${name(b)}${words}`;
}

// A box with a name and rows below it: a class with its members, an entity with its attributes.
import { LINE, type Mark, type Measure } from "./drawing.ts";
import type { GraphNode } from "./graph.ts";
import type { Point, Size } from "./layout.ts";

const PAD = 12;
const GAP = 14;
const NAME_PAD = 8;
const SECTION_PAD = 6;

export type Columns = { size: Size; widths: number[] };

/** The room a box needs, and how wide each of its columns is. */
export function columnsOf({ label, above = "", sections = [] }: GraphNode, measure: Measure): Columns {
  const widths: number[] = [];
  for (const row of sections.flat())
    for (const [n, cell] of row.entries()) widths[n] = Math.max(widths[n] ?? 0, cell ? measure(cell) + GAP : 0);
  const inner = widths.reduce((sum, each) => sum + each, 0) - GAP;
  const filled = sections.filter((rows) => rows.length);
  return {
    widths,
    size: {
      width: Math.max(90, inner + PAD * 2, measure(label) * 1.08 + PAD * 2, measure(above) + PAD * 2),
      height: NAME_PAD * 2 + LINE * (above ? 2 : 1) + filled.reduce((sum, rows) => sum + rows.length * LINE + SECTION_PAD * 2, 0),
    },
  };
}

export function drawRecord({ label, above, sections = [] }: GraphNode, { x, y }: Point, { size, widths }: Columns, marks: Mark[]): void {
  const [left, top] = [x - size.width / 2, y - size.height / 2];
  marks.push({ kind: "rect", ink: "node", x: left, y: top, ...size, round: 6 });
  let at = top + NAME_PAD + LINE / 2;
  if (above) {
    marks.push({ kind: "text", x, y: at, lines: [above], small: true });
    at += LINE;
  }
  marks.push({ kind: "text", x, y: at, lines: [label.replaceAll("\n", " ")], bold: true });
  at += LINE / 2 + NAME_PAD;
  for (const rows of sections.filter((each) => each.length)) {
    marks.push({ kind: "path", ink: "rule", d: `M${left} ${at}h${size.width}` });
    at += SECTION_PAD;
    for (const row of rows) {
      let cellAt = left + PAD;
      for (const [n, cell] of row.entries()) {
        if (cell) marks.push({ kind: "text", x: cellAt, y: at + LINE / 2, lines: [cell], start: true, small: true, faint: n > 0 });
        cellAt += widths[n] ?? 0;
      }
      at += LINE;
    }
    at += SECTION_PAD;
  }
}

/** The box in words. */
export function tellRecord({ label, above, sections = [] }: GraphNode): string {
  const rows = sections.flat().map((row) => row.filter(Boolean).join(" "));
  return `${[above, label.replaceAll("\n", " ")].filter(Boolean).join(" ")}${rows.length ? `: ${rows.join(", ")}` : ""}`;
}

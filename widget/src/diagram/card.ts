// A box with a name, what kind of thing it is, and a few words on it, all centred.
import { LINE, type Mark, type Measure, wrapped } from "./drawing.ts";
import type { GraphNode } from "./graph.ts";
import type { Point, Size } from "./layout.ts";

const WRAP = 180;
const GAP = 6;
const BOLD = 1.08;

export type CardText = Size & { parts: { lines: string[]; bold?: boolean; faint?: boolean }[] };

export function cardText({ label, card }: GraphNode, measure: Measure): CardText {
  const name = wrapped(label, (line) => measure(line) * BOLD, WRAP);
  const kind = wrapped(card?.kind ? `[${card.kind}]` : "", measure, WRAP);
  const text = wrapped(card?.text ?? "", measure, WRAP);
  const parts = [{ lines: name.lines, bold: true }, { lines: kind.lines, faint: true }, { lines: text.lines }];
  const filled = parts.filter(({ lines }) => lines.some(Boolean));
  return {
    parts: filled,
    width: Math.max(name.width, kind.width, text.width),
    height: filled.reduce((sum, { lines }) => sum + lines.length * LINE, 0) + (card?.text ? GAP : 0),
  };
}

/** Writes it around a point. */
export function drawCard({ parts, height }: CardText, { x, y }: Point, marks: Mark[]): void {
  let top = y - height / 2;
  for (const { lines, bold, faint } of parts) {
    if (!bold && !faint) top += GAP;
    const room = lines.length * LINE;
    marks.push({ kind: "text", x, y: top + room / 2, lines, bold, faint, small: !bold });
    top += room;
  }
}

/** The box in words. */
export function tellCard({ label, card }: GraphNode): string {
  return `${label}${card?.kind ? ` [${card.kind}]` : ""}${card?.text ? `: ${card.text}` : ""}`.replaceAll("\n", " ");
}

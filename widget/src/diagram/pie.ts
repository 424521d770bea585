// Mermaid's pie: shares of a whole, with a legend that has the numbers.
import type { Drawing, Mark, Measure } from "./drawing.ts";
import { labelOf, refuse } from "./graph.ts";

const SLICE = /^("[^"]*"|[^":]+?)[ \t]*:[ \t]*(\d+(?:\.\d+)?)$/;
const R = 92;
const COLOURS = 8;

export function drawPie(head: string, lines: readonly string[], measure: Measure): Drawing {
  let title = /\btitle\b[ \t]*(.*)$/.exec(head)?.[1] ?? "";
  let values = /\bshowData\b/.test(head);
  const slices: { label: string; value: number }[] = [];
  for (const line of lines) {
    const slice = SLICE.exec(line);
    if (slice) slices.push({ label: labelOf(slice[1] as string).replaceAll("\n", " "), value: Number(slice[2]) });
    else if (/^title\b/.test(line)) title = line.replace(/^title[ \t]*/, "");
    else if (/^showData\b/.test(line)) values = true;
    else refuse(line);
  }
  const total = slices.reduce((sum, each) => sum + each.value, 0);
  if (!(total > 0) || !Number.isFinite(total) || slices.length > 24) refuse("nothing");
  const marks: Mark[] = [];
  const top = title ? 34 : 10;
  const [cx, cy] = [R + 10, top + R];
  let turn = 0;
  const at = (share: number) => `${round(cx + R * Math.sin(share * 2 * Math.PI))} ${round(cy - R * Math.cos(share * 2 * Math.PI))}`;
  const named = slices.map(({ label, value }) => `${label}: ${values ? `${value} (${percent(value / total)})` : percent(value / total)}`);
  const x = cx + R + 26;
  for (const [index, { value }] of slices.entries()) {
    const share = value / total;
    const ink = `slice s${index % COLOURS}` as const;
    if (share > 0.9999) marks.push({ kind: "circle", ink, x: cx, y: cy, r: R });
    else if (share > 0)
      marks.push({ kind: "path", ink, d: `M${cx} ${cy}L${at(turn)}A${R} ${R} 0 ${share > 0.5 ? 1 : 0} 1 ${at(turn + share)}z` });
    turn += share;
    const y = top + 12 + index * 24;
    marks.push({ kind: "rect", ink, x, y: y - 7, width: 14, height: 14, round: 3 });
    marks.push({ kind: "text", x: x + 22, y, lines: [named[index] as string], start: true, small: true });
  }
  const width = x + 22 + Math.max(...named.map(measure)) + 12;
  if (title) marks.push({ kind: "text", x: 10, y: 16, lines: [title], bold: true, start: true });
  return {
    width: Math.max(width, measure(title) * 1.1 + 24),
    height: Math.max(top + 2 * R + 12, top + slices.length * 24 + 12),
    marks,
    title,
    told: named.join("; "),
  };
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10}%`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

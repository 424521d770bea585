// Amounts in sections -> marks: rectangles within rectangles, each as large as its amount and as near to a square as it can be.
import { writeAmount } from "./amount.ts";
import { type Drawing, fitting, LINE, type Mark, type Measure, MOST_TOLD, titleOf, wrapped } from "./drawing.ts";
import { setting } from "./source.ts";
import type { Part } from "./treemap.ts";

type Box = { x: number; y: number; width: number; height: number };
type Writing = { measure: Measure; written: (amount: number) => string; marks: Mark[] };

const WIDTH = 580;
const HEIGHT = { least: 260, leaf: 11, most: 560 };
const MARGIN = 10;
const HEAD = 24;
const PAD = 4;
const GAP = 1;
const COLOURS = 8;
/** Small text, of what is measured. */
const SMALL = 13 / 14;
/** In less than that no word is read. */
const LEAST_LINE = 15;
/** A section without room for its name is only a frame. */
const LEAST = { width: 44, height: HEAD + 20 };

export function drawTreemap({ title, whole }: { title: string; whole: Part }, config: string, measure: Measure): Drawing {
  const top = title ? 34 : MARGIN;
  const height = Math.min(HEIGHT.most, HEIGHT.least + leaves(whole) * HEIGHT.leaf);
  const writing = { measure: (line: string) => measure(line) * SMALL, written: writtenAs(config), marks: titleOf(title) };
  // Of one section that holds all others those are what is told apart.
  const [only, ...more] = whole.parts;
  const apart = only?.parts.length && !more.length ? only : whole;
  let colour = 0;
  const put = (part: Part, box: Box, own: number | undefined): void => {
    const inner = part.parts.length ? section(part, box, own, writing) : leaf(part, box, own ?? 0, writing);
    if (inner) for (const [each, room] of squares(part.parts, inner)) put(each, room, part === apart ? colour++ % COLOURS : own);
  };
  put(whole, { x: MARGIN, y: top, width: WIDTH, height }, undefined);
  return {
    width: Math.max(WIDTH + MARGIN * 2, measure(title) * 1.1 + 24),
    height: top + height + MARGIN,
    marks: writing.marks,
    title,
    told: whole.parts
      .map((each) => tell(each, writing.written))
      .join("; ")
      .slice(0, MOST_TOLD),
  };
}

/** Rectangles for parts, the largest first: rows along the shorter side of what is left, each as long as that brings them nearer to squares. */
function squares(parts: readonly Part[], { x, y, width, height }: Box): [Part, Box][] {
  const placed: [Part, Box][] = [];
  const scale = (width * height) / parts.reduce((sum, { amount }) => sum + amount, 0);
  for (let at = 0; at < parts.length; ) {
    const side = Math.min(width, height);
    // What is left may be too little for any of it.
    if (!(side > 0 && scale > 0)) break;
    const areas = parts.slice(at).map(({ amount }) => amount * scale);
    const [most = 0] = areas;
    const stretch = (sum: number, least: number) => Math.max((side * side * most) / (sum * sum), (sum * sum) / (side * side * least));
    let [sum, count] = [most, 1];
    for (let next = areas[1]; next && stretch(sum + next, next) <= stretch(sum, areas[count - 1] ?? 0); next = areas[count]) {
      sum += next;
      count++;
    }
    const thick = sum / side;
    const lying = height > width;
    let along = 0;
    for (let n = 0; n < count; n++) {
      const length = (areas[n] ?? 0) / thick;
      const box = lying ? { x: x + along, y, width: length, height: thick } : { x, y: y + along, width: thick, height: length };
      placed.push([parts[at + n] as Part, box]);
      along += length;
    }
    [x, y, width, height] = lying ? [x, y + thick, width, height - thick] : [x + thick, y, width - thick, height];
    at += count;
  }
  return placed;
}

/** Draws a section and answers where its parts go. */
function section({ name, amount }: Part, box: Box, colour: number | undefined, { measure, written, marks }: Writing): Box {
  const { x, y, width, height } = box;
  if (!name) return box;
  marks.push({ kind: "rect", ink: colour === undefined ? "group" : `slice s${colour} area`, ...within(box, GAP), round: 5 });
  if (width < LEAST.width || height < LEAST.height) return within(box, PAD);
  const words = { kind: "text", y: y + HEAD / 2 + 1, small: true } as const;
  const room = width - PAD * 4;
  const sum = written(amount);
  const label = fitting(name, room, measure);
  marks.push({ ...words, x: x + PAD * 2, lines: [label], bold: true, start: true });
  if (sum && measure(label) * 1.08 + measure(sum) + 14 < room)
    marks.push({ ...words, x: x + width - PAD * 2 - measure(sum) / 2, lines: [sum], faint: true });
  return { x: x + PAD, y: y + HEAD, width: width - PAD * 2, height: height - HEAD - PAD };
}

/** Draws a leaf: its name and amount if both have room, and else its name, or what there is room for of it. */
function leaf({ name, amount }: Part, box: Box, colour: number, { measure, written, marks }: Writing): undefined {
  const { x, y, width, height } = within(box, GAP);
  marks.push({ kind: "rect", ink: `slice s${colour} band`, x, y, width, height, round: 4 });
  const turned = width < 40 && height > width;
  const [across, down] = turned ? [height - PAD * 2, width] : [width - PAD * 2, height];
  if (across < LEAST_LINE || down < LEAST_LINE) return;
  const at = { x: x + width / 2, y: y + height / 2, small: true };
  const text = wrapped(name, measure, across);
  const sum = written(amount);
  if (turned || text.width > across || text.height > down)
    marks.push({ kind: "text", ...at, lines: [fitting(name, across, measure)], turned });
  else if (!sum || text.height + LINE > down || measure(sum) > across) marks.push({ kind: "text", ...at, lines: text.lines });
  else {
    marks.push({ kind: "text", ...at, y: at.y - LINE / 2, lines: text.lines });
    marks.push({ kind: "text", ...at, y: at.y + text.height / 2, lines: [sum] });
  }
}

function within({ x, y, width, height }: Box, pad: number): Box {
  return { x: x + pad, y: y + pad, width: Math.max(0, width - pad * 2), height: Math.max(0, height - pad * 2) };
}

function leaves({ parts }: Part): number {
  return parts.reduce((sum, each) => sum + leaves(each), 0) || 1;
}

/** How amounts are shown: of the notation's formats a sign of money, shares as percent and the number of decimals are read. */
function writtenAs(config: string): (amount: number) => string {
  const format = setting(config, "valueFormat");
  const decimals = /\.(\d)/.exec(format)?.[1];
  const [times, after] = format.includes("%") ? [100, "%"] : [1, ""];
  if (setting(config, "showValues") === "false") return () => "";
  return (amount) =>
    `${format.startsWith("$") ? "$" : ""}${writeAmount(decimals ? Number((amount * times).toFixed(Number(decimals))) : amount * times)}${after}`;
}

function tell({ name, amount, parts }: Part, written: (amount: number) => string): string {
  const own = `${name} ${written(amount)}`.trim();
  return parts.length ? `${own} (${parts.map((each) => tell(each, written)).join(", ")})` : own;
}

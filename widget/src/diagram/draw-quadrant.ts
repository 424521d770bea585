// A square of four fields with points -> marks; each point's name stands where it covers nothing, as far as there is such a place.
import { type Drawing, type Mark, type Measure, MOST_TOLD, titleOf, wrapped } from "./drawing.ts";
import type { Point, Size } from "./layout.ts";
import type { Dot, Quadrants } from "./quadrant.ts";

const SIDE = 420;
const HALF = SIDE / 2;
const MARGIN = 10;
const AXIS = 26;
const LABEL_PX = 120;
const GAP = 3;
const AIR = 4;
/** How far from its point a name may stand. */
const AWAY = [4, 12, 26];

type Box = Point & Size;

export function drawQuadrants({ title, x, y, fields, dots }: Quadrants, measure: Measure): Drawing {
  const marks: Mark[] = titleOf(title);
  const above: Mark[] = [];
  const taken: Box[] = [];
  const left = MARGIN + (y.some(Boolean) ? AXIS : 0);
  const top = title ? 34 : MARGIN;
  for (const [n, name] of fields.entries()) {
    const [column, row] = [n === 0 || n === 3 ? 1 : 0, n < 2 ? 0 : 1];
    const [fieldX, fieldY] = [left + column * (HALF + GAP), top + row * (HALF + GAP)];
    marks.push({ kind: "rect", ink: "section", x: fieldX, y: fieldY, width: HALF, height: HALF, round: 6 });
    const text = wrapped(name, measure, HALF - 24);
    const middle = { x: fieldX + HALF / 2, y: dots.length ? fieldY + 8 + text.height / 2 : fieldY + HALF / 2 };
    if (!name) continue;
    above.push({ kind: "text", ...middle, lines: text.lines, bold: true, small: true, faint: dots.length > 0 });
    taken.push({ x: middle.x - text.width / 2, y: middle.y - text.height / 2 - AIR, width: text.width, height: text.height + AIR * 2 });
  }
  const whole = { x: left, y: top, width: SIDE + GAP, height: SIDE + GAP };
  above.push(...axis(x, false, whole, measure), ...axis(y, true, whole, measure));
  // A name stays in its field, where it can.
  taken.push({ ...whole, x: left + HALF, width: GAP }, { ...whole, y: top + HALF, height: GAP });
  const at = (dot: Dot): Point => ({ x: whole.x + dot.x * whole.width, y: whole.y + (1 - dot.y) * whole.height });
  for (const dot of dots) taken.push(around(at(dot), dot.radius));
  // Small ones lie over large ones.
  for (const dot of [...dots].sort((a, b) => b.radius - a.radius))
    above.push({ kind: "circle", ink: `slice s${dot.colour}`, ...at(dot), r: dot.radius });
  for (const dot of dots) {
    const text = wrapped(dot.label, measure, LABEL_PX);
    const place = free(around(at(dot), dot.radius), text, whole, taken);
    taken.push(place);
    above.push({ kind: "text", x: place.x + place.width / 2, y: place.y + place.height / 2, lines: text.lines, small: true });
  }
  return {
    width: Math.max(left + whole.width + MARGIN, measure(title) * 1.1 + 24),
    height: top + whole.height + (x.some(Boolean) ? AXIS : 0) + MARGIN,
    marks: [...marks, ...above],
    title,
    told: tell({ title, x, y, fields, dots }),
  };
}

/** What is written along an axis: each end under its half. */
function axis([from, to]: [string, string], upright: boolean, whole: Box, measure: Measure): Mark[] {
  return [from, to].flatMap((text, n): Mark[] => {
    const along = to ? HALF / 2 + n * (HALF + GAP) : whole.width / 2;
    const line = wrapped(text, measure, to ? HALF : whole.width).lines[0] ?? "";
    const place = upright
      ? { x: whole.x - AXIS / 2, y: whole.y + whole.height - along, turned: true }
      : { x: whole.x + along, y: whole.y + whole.height + AXIS / 2 };
    return line ? [{ kind: "text", ...place, lines: [line], small: true }] : [];
  });
}

function around({ x, y }: Point, radius: number): Box {
  return { x: x - radius, y: y - radius, width: radius * 2, height: radius * 2 };
}

/** The place beside a point that covers least of what is there already. */
function free(dot: Box, { width, height }: Size, whole: Box, taken: readonly Box[]): Box {
  const [x, y] = [dot.x + dot.width / 2, dot.y + dot.height / 2];
  let best: Box = { x, y, width, height };
  let least = Infinity;
  for (const away of AWAY)
    for (const [right, down] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
      [1, 1],
      [-1, 1],
      [1, -1],
      [-1, -1],
    ] as const) {
      const reach = { x: dot.width / 2 + away + width / 2, y: dot.height / 2 + (down && !right ? away - 3 : away) + height / 2 };
      const middle = { x: x + right * reach.x, y: y + down * (right ? height / 2 + away / 2 : reach.y) };
      const within = (at: number, size: number, from: number, room: number) => Math.max(from, Math.min(from + room - size, at - size / 2));
      const box = {
        x: within(middle.x, width, whole.x, whole.width - AIR),
        y: within(middle.y, height, whole.y, whole.height),
        width,
        height,
      };
      const covered = taken.reduce((sum, each) => sum + overlap(box, each), 0);
      if (covered < least) [best, least] = [box, covered];
      if (!covered) return box;
    }
  return best;
}

function overlap(a: Box, b: Box): number {
  const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, wide) * Math.max(0, high);
}

function tell({ x, y, fields, dots }: Quadrants): string {
  const axes = [x, y].map((ends) => ends.filter(Boolean).join(" → ")).filter(Boolean);
  const names = dots.length ? [] : fields.filter(Boolean);
  const told = dots.map((dot) => {
    const field = fields[dot.y >= 0.5 ? (dot.x >= 0.5 ? 0 : 1) : dot.x >= 0.5 ? 3 : 2];
    return `${dot.label} (${dot.x}, ${dot.y})${field ? `: ${field}` : ""}`;
  });
  return [...axes, ...names, ...told].join("; ").replaceAll("\n", " ").slice(0, MOST_TOLD);
}

// A plan -> marks: a row for each task, sections in bands, time along the top.
import { type Drawing, LINE, type Mark, type Measure, wrapped } from "./drawing.ts";
import type { Plan, Task } from "./gantt.ts";

const CHART_PX = 430;
const ROW_PX = 30;
const BAR_PX = 22;
const PAD = 10;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MOST_TICKS = 6;
/** Lengths a step of the axis may have; what is longer goes by months. */
const STEPS_MS = [HOUR_MS / 4, HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, DAY_MS / 2, DAY_MS, 2 * DAY_MS, 7 * DAY_MS, 14 * DAY_MS];
const STEPS_MONTHS = [1, 2, 3, 6, 12, 24, 60, 120, 600];

export function drawGantt({ title, tasks, axisFormat }: Plan, measure: Measure): Drawing {
  const sections = [...new Set(tasks.map((each) => each.section))];
  const names = new Map(sections.map((each) => [each, wrapped(each, measure, 110)]));
  const side = sections.some(Boolean) ? Math.max(...[...names.values()].map(({ width }) => width)) + PAD * 2 : PAD;
  const from = Math.min(...tasks.map(({ start }) => start));
  const to = Math.max(...tasks.map(({ end }) => end), from + 1);
  const x = (at: number) => side + ((at - from) / (to - from)) * CHART_PX;
  const marks: Mark[] = [];
  const above: Mark[] = [];
  const top = (title ? 30 : 6) + LINE + 4;
  let width = side + CHART_PX + PAD;
  let y = top;
  for (const [index, section] of sections.entries()) {
    const rows = tasks.filter((each) => each.section === section);
    const text = names.get(section);
    const height = Math.max(rows.length * ROW_PX, (text?.height ?? 0) + 8);
    if (index % 2 === 0) marks.push({ kind: "rect", ink: "group", x: 0, y, width: side + CHART_PX + PAD, height, round: 6 });
    if (section) above.push({ kind: "text", x: PAD, y: y + height / 2, lines: text?.lines ?? [], small: true, bold: true, start: true });
    for (const [n, task] of rows.entries()) {
      const middle = y + n * ROW_PX + ROW_PX / 2;
      width = Math.max(width, bar(task, { x, y: middle, from: side, to: side + CHART_PX }, measure, above));
    }
    y += height;
  }
  for (const tick of ticks(from, to)) {
    marks.push({ kind: "path", ink: "rule", d: `M${round(x(tick))} ${top}V${y}` });
    const label = written(tick, axisFormat);
    const half = measure(label) / 2;
    above.push({
      kind: "text",
      x: Math.max(half, Math.min(x(tick), width - half - 2)),
      y: top - LINE / 2 - 2,
      lines: [label],
      small: true,
      faint: true,
    });
  }
  if (title) above.push({ kind: "text", x: PAD, y: 14, lines: [title], bold: true, start: true });
  return { width: Math.max(width, measure(title) * 1.1 + PAD * 2), height: y + 4, marks: [...marks, ...above], title, told: tell(tasks) };
}

type Place = { x(at: number): number; y: number; from: number; to: number };

/** Draws a task and answers how far to the right it reaches. */
function bar({ name, start, end, tags }: Task, { x, y, from, to }: Place, measure: Measure, marks: Mark[]): number {
  const [left, right] = [x(start), Math.max(x(end), x(start) + 3)];
  const text = measure(name);
  const stone = tags.has("milestone");
  const half = BAR_PX / 2;
  const ink = tags.has("crit") ? "bar crit" : tags.has("done") ? "bar done" : tags.has("active") ? "bar active" : "bar";
  const middle = (left + right) / 2;
  if (stone) marks.push({ kind: "path", ink, d: `M${round(middle)} ${y - half}l${half} ${half}l${-half} ${half}l${-half} ${-half}z` });
  else marks.push({ kind: "rect", ink, x: left, y: y - half, width: right - left, height: BAR_PX, round: 5 });
  if (!stone && text + 10 < right - left) {
    marks.push({ kind: "text", x: middle, y, lines: [name], small: true });
    return right;
  }
  // What has no room in its bar stands behind it, or before it where only there is room.
  const [begins, ends] = stone ? [middle - half, middle + half] : [left, right];
  if (ends + text + 12 > to && begins - text - 6 > from) {
    marks.push({ kind: "text", x: begins - 6 - text / 2, y, lines: [name], small: true });
    return ends;
  }
  marks.push({ kind: "text", x: ends + 6, y, lines: [name], small: true, start: true });
  return ends + text + 14;
}

function ticks(from: number, to: number): number[] {
  const span = to - from;
  const step = STEPS_MS.find((each) => span / each <= MOST_TICKS);
  const found: number[] = [];
  if (step) {
    // Days begin at midnight, weeks where the plan does.
    const first = step < 7 * DAY_MS ? Math.ceil(from / step) * step : from;
    for (let at = first; at <= to; at += step) found.push(at);
    return found;
  }
  const months = STEPS_MONTHS.find((each) => span / (each * 30 * DAY_MS) <= MOST_TICKS) ?? 12_000;
  const date = new Date(from);
  const first = date.getUTCFullYear() * 12 + date.getUTCMonth();
  for (let month = Math.ceil(first / months) * months; found.length <= MOST_TICKS * 2; month += months) {
    const at = Date.UTC(Math.floor(month / 12), month % 12);
    if (at > to || Number.isNaN(at)) break;
    if (at >= from) found.push(at);
  }
  return found;
}

/** An instant as strftime writes it. */
function written(at: number, format: string): string {
  const date = new Date(at);
  const [iso = "", time = ""] = date.toISOString().split("T");
  const [year = "", month = "", day = ""] = iso.split("-");
  const named = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(undefined, { timeZone: "UTC", ...options }).format(date);
  const parts: Record<string, string> = {
    Y: year,
    y: year.slice(-2),
    m: month,
    d: day,
    e: String(Number(day)),
    H: time.slice(0, 2),
    M: time.slice(3, 5),
    S: time.slice(6, 8),
    b: named({ month: "short" }),
    B: named({ month: "long" }),
    a: named({ weekday: "short" }),
    A: named({ weekday: "long" }),
    "%": "%",
  };
  return format.slice(0, 40).replace(/%-?([A-Za-z%])/g, (whole, letter: string) => parts[letter] ?? whole);
}

/** The tasks in words; tags are the notation's own. */
function tell(tasks: readonly Task[]): string {
  const day = (at: number) =>
    new Date(at)
      .toISOString()
      .replace(/T00:00.*|:\d\d\.\d+Z$/, "")
      .replace("T", " ");
  const told = tasks.map(({ name, section, start, end, tags }) => {
    const when = tags.has("milestone") || start === end ? day(start) : `${day(start)} – ${day(end)}`;
    return `${section ? `${section.replaceAll("\n", " ")}, ` : ""}${name}: ${[when, ...tags].join(", ")}`;
  });
  return told.join("; ").slice(0, 3_000);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

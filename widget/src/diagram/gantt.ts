// Mermaid's gantt: tasks that begin on a day or after others, read into instants of UTC.
import { atMost, labelOf, refuse } from "./graph.ts";

export type Task = { name: string; section: string; start: number; end: number; tags: Set<string> };
export type Plan = { title: string; tasks: Task[]; axisFormat: string };

const DAY_MS = 86_400_000;
const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };
const TAGS = ["done", "active", "crit", "milestone", "vert"];
const IGNORED = /^(?:todayMarker|tickInterval|weekday|weekend|inclusiveEndDates|topAxis|includes|click|displayMode)\b/;
const MAX_TASKS = 120;
const MAX_INSTANT_CHARS = 60;
// Who leaves out every day there is asks for no plan.
const MAX_DAYS = 3_700;

export function readGantt(lines: readonly string[]): Plan {
  const plan: Plan = { title: "", tasks: [], axisFormat: "%Y-%m-%d" };
  const byId = new Map<string, Task>();
  let format = "YYYY-MM-DD";
  let section = "";
  let leftOut = (_: number) => false;
  for (const line of lines) {
    const [, word = "", rest = ""] = /^(\w+)[ \t]*(.*)$/.exec(line) ?? [];
    if (word === "title") plan.title = rest;
    else if (word === "dateFormat") format = rest;
    else if (word === "axisFormat") plan.axisFormat = rest;
    else if (word === "excludes") leftOut = excluded(rest);
    else if (word === "section") section = labelOf(rest);
    else if (!IGNORED.test(line)) {
      const colon = line.indexOf(":");
      if (colon < 1) refuse(line);
      const parts = line
        .slice(colon + 1)
        .split(",")
        .map((each) => each.trim());
      const { id, ...task } = taskOf(parts, format, byId, plan.tasks.at(-1), leftOut);
      const made = { ...task, section, name: labelOf(line.slice(0, colon)).slice(0, 100) };
      if (id) byId.set(id, made);
      plan.tasks.push(made);
      atMost(plan.tasks.length, MAX_TASKS);
    }
  }
  if (!plan.tasks.length) refuse("nothing");
  return plan;
}

/** `parts` are tags, then an id, then where it begins, then where it ends; all but the last may be left out. */
function taskOf(
  parts: string[],
  format: string,
  byId: ReadonlyMap<string, Task>,
  before: Task | undefined,
  leftOut: (day: number) => boolean,
): Omit<Task, "name" | "section"> & { id: string | undefined } {
  const tags = new Set<string>();
  while (TAGS.includes(parts[0] ?? "")) tags.add(parts.shift() as string);
  if (!parts.length || parts.length > 3) refuse("a task without an end");
  const id = parts.length === 3 ? parts.shift() : undefined;
  const ending = parts.pop() as string;
  let start = before?.end;
  let name = id;
  const [begins] = parts;
  if (begins !== undefined) {
    start = instant(begins, format) ?? after(begins, byId);
    // Two parts are an id and an end where the first is no date.
    if (start === undefined && !/^after\b/.test(begins)) [start, name] = [before?.end, begins];
  }
  if (start === undefined) refuse("a task without a beginning");
  const end = instant(ending, format) ?? until(ending, byId) ?? lasting(start, ending, leftOut);
  if (end === undefined || end < start) refuse(ending);
  return { id: name, start, end, tags };
}

function after(written: string, byId: ReadonlyMap<string, Task>): number | undefined {
  if (!/^after[ \t]/.test(written)) return undefined;
  const ends = written
    .split(/\s+/)
    .slice(1)
    .map((id) => byId.get(id)?.end);
  if (ends.some((each) => each === undefined)) refuse(written);
  return Math.max(...(ends as number[]));
}

function until(written: string, byId: ReadonlyMap<string, Task>): number | undefined {
  const id = /^until[ \t]+(\S+)$/.exec(written)?.[1];
  return id === undefined ? undefined : byId.get(id)?.start;
}

function lasting(start: number, written: string, leftOut: (day: number) => boolean): number | undefined {
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)[ \t]*(ms|[smhdwMy])$/.exec(written) ?? [];
  if (!count) return undefined;
  const n = Number(count);
  if (unit === "M" || unit === "y") {
    const date = new Date(start);
    date.setUTCMonth(date.getUTCMonth() + Math.round(n * (unit === "y" ? 12 : 1)));
    return known(date.getTime());
  }
  const span = n * (UNITS[unit] as number);
  let end = known(start + span);
  if (end === undefined || span < DAY_MS || span / DAY_MS > MAX_DAYS) return end;
  for (let day = start, days = 0; day < end; day += DAY_MS) {
    if (leftOut(day)) end += DAY_MS;
    if (++days > MAX_DAYS) refuse("nothing");
  }
  return end;
}

function known(at: number): number | undefined {
  return Math.abs(at) < 8.64e15 && !Number.isNaN(at) ? at : undefined;
}

const WEEK = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

function excluded(written: string): (day: number) => boolean {
  const words = written.toLowerCase().split(/[\s,]+/);
  return (day) => {
    const date = new Date(day);
    const weekday = date.getUTCDay();
    return (
      (words.includes("weekends") && weekday % 6 === 0) ||
      words.includes(WEEK[weekday] as string) ||
      words.includes(date.toISOString().slice(0, 10))
    );
  };
}

const TOKENS: Record<string, string> = {
  YYYY: "(?<year>\\d{4})",
  YY: "(?<short>\\d{2})",
  MM: "(?<month>\\d{1,2})",
  M: "(?<month>\\d{1,2})",
  DD: "(?<day>\\d{1,2})",
  D: "(?<day>\\d{1,2})",
  HH: "(?<hour>\\d{1,2})",
  H: "(?<hour>\\d{1,2})",
  mm: "(?<minute>\\d{1,2})",
  ss: "(?<second>\\d{1,2})",
  SSS: "\\d{1,3}",
  X: "(?<unix>\\d{1,11})",
  x: "(?<ms>\\d{1,14})",
};

/** The instant that is written in that format; undefined where it is not. */
function instant(written: string, format: string): number | undefined {
  if (written.length > MAX_INSTANT_CHARS) return undefined;
  const used = new Set<string>();
  const source = format.slice(0, 40).replace(/YYYY|YY|MM|M|DD|D|HH|H|mm|ss|SSS|X|x|[.*+?^$\\{}()|[\]/]/g, (token) => {
    const known = TOKENS[token];
    if (!known) return `\\${token}`;
    if (used.has(known)) refuse(`twice in ${format}: ${token}`);
    used.add(known);
    return known;
  });
  const found = new RegExp(`^${source}$`).exec(written)?.groups;
  if (!found || !used.size) return undefined;
  if (found.unix) return Number(found.unix) * 1_000;
  if (found.ms) return Number(found.ms);
  const year = found.year ? Number(found.year) : found.short ? 2_000 + Number(found.short) : 1970;
  return known(
    Date.UTC(
      year,
      Number(found.month ?? 1) - 1,
      Number(found.day ?? 1),
      Number(found.hour ?? 0),
      Number(found.minute ?? 0),
      Number(found.second ?? 0),
    ),
  );
}

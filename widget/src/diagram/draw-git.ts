// A history of commits -> marks: a lane for each branch, a place along them for each commit, lines that change lanes between two places.
import { curve, type Drawing, type Mark, type Measure, MOST_TOLD, shortened, straight, titleOf, wrapped } from "./drawing.ts";
import type { Commit, History } from "./git.ts";
import type { Point } from "./layout.ts";

const R = 8;
const COLOURS = 8;
const MARGIN = 10;
/** Between two places: here lines change lanes, and nothing is written. */
const GUTTER = 24;
const LANE_GAP = 16;
const LABEL_PX = { flat: 76, tall: 120 };
const NAME_PX = 110;
const SWATCH_PX = 18;
const TAG = { height: 20, pad: 8, gap: 4 };
const AWAY = 5;

type Text = ReturnType<typeof wrapped>;
/** What is written at a commit: its label, its tags, and the room of each. */
type Dress = { label: Text; tags: { text: string; width: number }[]; width: number; high: number };
type Span = { at: number; half: number };

export function drawGit({ direction, branches, commits, title }: History, measure: Measure): Drawing {
  const flat = direction === "LR";
  const names = branches.map((each) => wrapped(each, measure, NAME_PX));
  const dresses = commits.map((each) => dressOf(each, flat, measure));
  const begin = MARGIN + Math.max(...names.map(({ width, height }) => (flat ? width + SWATCH_PX : height))) + GUTTER;
  const places = spans(
    dresses.map(({ label, width, high }) => (flat ? width : label.height + high) / 2),
    begin,
  );
  const length = (places.at(-1)?.at ?? 0) + (places.at(-1)?.half ?? 0) + MARGIN;
  const [lanes, across] = lanesOf(branches, commits, dresses, names, flat);
  const top = title ? 34 : MARGIN;
  const point = (along: number, lane: number): Point =>
    flat ? { x: along, y: top + lane } : { x: MARGIN + lane, y: top + (direction === "BT" ? length - along : along) };
  const laneOf = ({ branch }: Commit) => branches.indexOf(branch);
  const marks: Mark[] = titleOf(title);
  const above: Mark[] = [];
  for (const [n, name] of names.entries()) {
    const lane = lanes[n] as number;
    marks.push({ kind: "path", ink: "life", d: straight([point(begin - GUTTER / 2, lane), point(length - MARGIN, lane)]) });
    const { x, y } = flat ? point(MARGIN + 5, lane) : point(MARGIN + name.height / 2, lane);
    above.push({ kind: "rect", ink: `slice s${n % COLOURS}`, x: x - 6, y: y - 6, width: 12, height: 12, round: 3 });
    above.push({ kind: "text", x: x + SWATCH_PX - 5, y, lines: name.lines, bold: true, small: true, start: true });
  }
  for (const [n, commit] of commits.entries()) {
    const to = laneOf(commit);
    const end = places[n] as Span;
    for (const [nth, parent] of commit.parents.entries()) {
      const from = laneOf(commits[parent] as Commit);
      const start = places[parent] as Span;
      // A branch leaves right behind where it begins; what is merged comes along its own lane.
      const leave = nth ? end.at - end.half - GUTTER : start.at + start.half;
      const [a, b] = [lanes[from] as number, lanes[to] as number];
      const way = [point(start.at, a), point(leave, a), point(leave + GUTTER, b), point(end.at, b)];
      marks.push({ kind: "path", ink: `branch s${(nth ? from : to) % COLOURS}`, d: curve(way, flat) });
    }
    const at = point(end.at, lanes[to] as number);
    above.push(...dot(commit, at, to % COLOURS));
    dress(dresses[n] as Dress, at, flat, above);
  }
  const [width, height] = flat ? [length, across] : [across + MARGIN, length];
  return {
    width: Math.max(width, measure(title) * 1.1 + 24),
    height: top + height + MARGIN,
    marks: [...marks, ...above],
    title,
    told: tell(commits),
  };
}

function dressOf({ label, tags, picked }: Commit, flat: boolean, measure: Measure): Dress {
  const text = label ? wrapped(label, measure, flat ? LABEL_PX.flat : LABEL_PX.tall) : { lines: [], width: 0, height: 0 };
  const chips = [...(picked ? [`cherry-pick: ${picked}`] : []), ...tags].map((each) => {
    const short = shortened(each, 24);
    return { text: short, width: measure(short) + TAG.pad * 2 };
  });
  return {
    label: text,
    tags: chips,
    width: Math.max(text.width, ...chips.map(({ width }) => width)),
    high: chips.length * (TAG.height + TAG.gap),
  };
}

/** Places one behind the other that reach `halves` to both sides. */
function spans(halves: readonly number[], begin: number): Span[] {
  let from = begin;
  return halves.map((each) => {
    const half = Math.max(each, R + 2);
    const at = from + half;
    from = at + half + GUTTER;
    return { at, half };
  });
}

/** Where each lane is, and how much room all of them take. */
function lanesOf(
  branches: readonly string[],
  commits: readonly Commit[],
  dresses: readonly Dress[],
  names: readonly Text[],
  flat: boolean,
): [number[], number] {
  const lanes: number[] = [];
  let from = 0;
  for (const [n, branch] of branches.entries()) {
    const own = dresses.filter((_, index) => commits[index]?.branch === branch);
    const most = (...all: number[]) => R + Math.max(0, ...all);
    const { width, height } = names[n] as Text;
    const around = height / 2 - R;
    const before = flat ? most(around, ...own.map(({ high }) => high)) : R;
    const after = flat
      ? most(around, ...own.map(({ label }) => label.height + AWAY))
      : most(width + SWATCH_PX, ...own.map((each) => each.width + AWAY));
    lanes.push(from + before);
    from += before + after + LANE_GAP;
  }
  return [lanes, from - LANE_GAP];
}

function dot({ type }: Commit, { x, y }: Point, colour: number): Mark[] {
  const ink = `slice s${colour}` as const;
  const full: Mark = { kind: "circle", ink, x, y, r: R };
  switch (type) {
    case "HIGHLIGHT":
      return [{ kind: "rect", ink, x: x - R, y: y - R, width: R * 2, height: R * 2, round: 2 }];
    case "REVERSE":
      return [full, { kind: "path", ink: "cut", d: `M${x - 4} ${y - 4}l8 8m0-8l-8 8` }];
    case "MERGE":
      return [
        { ...full, r: R + 1 },
        { kind: "circle", ink: "mask", x, y, r: R - 2 },
        { ...full, r: R - 4 },
      ];
    case "PICK":
      return [full, { kind: "circle", ink: "mask", x, y, r: R - 3 }];
    case "NORMAL":
      return [full];
  }
}

/** What is written at a commit: below and above it where its lane runs from left to right, beside it otherwise. */
function dress({ label, tags, high }: Dress, { x, y }: Point, flat: boolean, marks: Mark[]): void {
  const beside = x + R + AWAY;
  let at = flat ? y - R - high : y - (label.height + high) / 2;
  const text = (middle: number): Mark => ({ kind: "text", x: flat ? x : beside, y: middle, lines: label.lines, small: true, start: !flat });
  if (label.lines.length) marks.push(text(flat ? y + R + AWAY + label.height / 2 : at + label.height / 2));
  if (!flat) at += label.height + TAG.gap / 2;
  for (const { text, width } of tags) {
    const left = flat ? x - width / 2 : beside;
    marks.push({ kind: "rect", ink: "node", x: left, y: at, width, height: TAG.height, round: TAG.height / 2 });
    marks.push({ kind: "text", x: left + width / 2, y: at + TAG.height / 2, lines: [text], small: true });
    at += TAG.height + TAG.gap;
  }
}

/** The history in words, those of git: what happened on a branch before another was gone to. */
function tell(commits: readonly Commit[]): string {
  const runs: string[][] = [];
  for (const [n, { label, branch, type, tags, parents, picked }] of commits.entries()) {
    if (branch !== commits[n - 1]?.branch) runs.push([]);
    const merged = commits[parents[1] ?? -1]?.branch;
    const done = merged ? `merge ${merged}` : picked ? `cherry-pick ${picked}` : "";
    const kind = type === "REVERSE" || type === "HIGHLIGHT" ? [type] : [];
    const told = [[done, label].filter(Boolean).join(": ") || "commit", ...[...kind, ...tags].map((each) => `[${each}]`)].join(" ");
    runs.at(-1)?.push(runs.at(-1)?.length ? told : `${branch}: ${told}`);
  }
  return runs
    .map((each) => each.join(", "))
    .join("; ")
    .slice(0, MOST_TOLD);
}

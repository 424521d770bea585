// Mermaid's sequence diagram: who says what to whom, one line after the other.
import { type Drawing, headAt, LINE, type Mark, type Measure, straight, wrapped } from "./drawing.ts";
import { atMost, labelOf, refuse } from "./graph.ts";

const NAME = String.raw`[^\s:;,+-][^:;,+>-]*?`;
const MESSAGE = new RegExp(
  String.raw`^(${NAME})[ \t]*(<<)?(--?)(>>|>|x|\)|\|>)?[ \t]*([+-])?[ \t]*([^\s:;,+-][^:;,]*?)[ \t]*(?::[ \t]*(.*))?$`,
);
const DECLARED = /^(?:create[ \t]+)?(?:participant|actor)[ \t]+(\S.*?)(?:[ \t]+as[ \t]+(\S.*))?$/;
const NOTE = /^note[ \t]+(left of|right of|over)[ \t]+([^:]+):[ \t]*(.*)$/i;
const ACTIVE = /^(activate|deactivate)[ \t]+(\S.*)$/;
const BLOCK = /^(loop|alt|opt|par|critical|break|rect)\b[ \t]*(.*)$/;
const PART = /^(else|and|option)\b[ \t]*(.*)$/;
const IGNORED = /^(?:destroy|links?|box)\b/;
const MAX_STEPS = 300;
const MAX_PARTIES = 24;

type Step =
  | { kind: "message"; from: number; to: number; text: string; dashed: boolean; head: "arrow" | "open" | "cross" | "none"; both: boolean }
  | { kind: "note"; from: number; to: number; side: "left" | "right" | "over"; text: string }
  | { kind: "active"; party: number; on: boolean }
  | { kind: "block" | "part"; name: string; text: string }
  | { kind: "end" };
type Sequence = { parties: string[]; steps: Step[]; title: string };

export function readSequence(lines: readonly string[]): Sequence {
  const ids: string[] = [];
  const parties: string[] = [];
  const steps: Step[] = [];
  let title = "";
  let numbered = 0;
  let boxes = 0;
  let depth = 0;
  const party = (written: string): number => {
    const id = written.trim();
    if (!ids.includes(id)) {
      ids.push(id);
      parties.push(labelOf(id));
      atMost(ids.length, MAX_PARTIES);
    }
    return ids.indexOf(id);
  };
  for (const line of lines) {
    atMost(steps.length, MAX_STEPS);
    const declared = DECLARED.exec(line);
    const note = NOTE.exec(line);
    const active = ACTIVE.exec(line);
    const block = BLOCK.exec(line);
    const part = PART.exec(line);
    if (declared) parties[party(declared[1] as string)] = labelOf(declared[2] ?? (declared[1] as string));
    else if (note) {
      const [from = 0, to = from] = (note[2] as string).split(",").map(party);
      steps.push({
        kind: "note",
        from,
        to,
        side: (note[1] as string).split(" ")[0]?.toLowerCase() as "left",
        text: labelOf(note[3] as string),
      });
    } else if (active) steps.push({ kind: "active", party: party(active[2] as string), on: active[1] === "activate" });
    else if (/^autonumber\b/.test(line)) numbered = 1;
    else if (/^title\b/.test(line)) title = labelOf(line.replace(/^title:?/, ""));
    else if (/^box\b/.test(line)) boxes++;
    else if (IGNORED.test(line)) continue;
    else if (block) {
      depth++;
      steps.push({ kind: "block", name: block[1] as string, text: block[1] === "rect" ? "" : labelOf(block[2] as string) });
    } else if (part) steps.push({ kind: "part", name: part[1] as string, text: labelOf(part[2] as string) });
    else if (line === "end" && boxes && !depth) boxes--;
    else if (line === "end" && depth) {
      depth--;
      steps.push({ kind: "end" });
    } else {
      const message = MESSAGE.exec(line);
      if (!message) refuse(line);
      const [, a = "", both, dash = "", head, sign, b = "", text = ""] = message;
      const [from, to] = [party(a), party(b)];
      const number = numbered ? `${numbered++}. ` : "";
      steps.push({
        kind: "message",
        from,
        to,
        text: number + labelOf(text),
        dashed: dash === "--",
        head: head === ">>" ? "arrow" : head === "x" ? "cross" : head ? "open" : "none",
        both: both !== undefined,
      });
      if (sign) steps.push({ kind: "active", party: sign === "+" ? to : from, on: sign === "+" });
    }
  }
  if (!parties.length) refuse("nothing");
  return { parties, steps, title };
}

const PAD = 12;
const ROW = 14;

export function drawSequence({ parties, steps, title }: Sequence, measure: Measure): Drawing {
  const heads = parties.map((each) => wrapped(each, measure, 150));
  const boxes = heads.map(({ width }) => Math.max(70, width + 28));
  const xs = columns(boxes, steps, measure);
  const top = PAD;
  const tall = Math.max(...heads.map(({ height }) => height)) + 18;
  const behind: Mark[] = [];
  const marks: Mark[] = [];
  const bars = new Map<number, number[]>();
  const open: { name: string; y: number }[] = [];
  let right = (xs.at(-1) as number) + (boxes.at(-1) as number) / 2 + PAD;
  let y = top + tall + ROW;
  const widest = () => ({ x: 4, width: right - 8 });
  for (const step of steps) {
    if (step.kind === "message") {
      const text = wrapped(step.text, measure, 260);
      const [from, to] = [xs[step.from] as number, xs[step.to] as number];
      const self = step.from === step.to;
      y += text.height + 4;
      if (step.text)
        marks.push({
          kind: "text",
          x: self ? from + 12 : (from + to) / 2,
          y: y - text.height / 2 - 2,
          lines: text.lines,
          small: true,
          ...(self && { start: true }),
        });
      if (self) {
        right = Math.max(right, from + Math.max(60, text.width + 24) + PAD);
        marks.push({ kind: "path", ink: step.dashed ? "dotted" : "edge", d: `M${from + 4} ${y + 4}h34v18h-30` });
        y += 22;
        if (step.head !== "none") marks.push(...headAt(step.head, { x: from + 6, y }, -1, 0));
      } else {
        const way = to > from ? 1 : -1;
        marks.push({
          kind: "path",
          ink: step.dashed ? "dotted" : "edge",
          d: straight([
            { x: from + 4 * way, y },
            { x: to - 5 * way, y },
          ]),
        });
        if (step.head !== "none") marks.push(...headAt(step.head, { x: to - 4 * way, y }, way, 0));
        if (step.both) marks.push(...headAt("arrow", { x: from + 4 * way, y }, -way, 0));
      }
      y += ROW;
    } else if (step.kind === "note") {
      const [a, b] = [xs[Math.min(step.from, step.to)] as number, xs[Math.max(step.from, step.to)] as number];
      const text = wrapped(step.text, measure, Math.max(150, b - a));
      const width = Math.max(text.width + 20, step.side === "over" && b > a ? b - a + 40 : 60);
      const x = step.side === "right" ? a + 12 : step.side === "left" ? a - width - 12 : (a + b) / 2 - width / 2;
      marks.push({ kind: "rect", ink: "note", x, y, width, height: text.height + 12, round: 4 });
      marks.push({ kind: "text", x: x + width / 2, y: y + text.height / 2 + 6, lines: text.lines, small: true });
      right = Math.max(right, x + width + PAD);
      y += text.height + 12 + ROW;
    } else if (step.kind === "active") {
      const starts = bars.get(step.party) ?? [];
      bars.set(step.party, starts);
      if (step.on) starts.push(y - ROW);
      else {
        const from = starts.pop();
        if (from !== undefined) behind.push(bar(xs[step.party] as number, from, y - ROW, starts.length));
      }
    } else if (step.kind === "block") {
      open.push({ name: step.name, y });
      y += heading(step.name, step.text, y, marks, measure);
    } else if (step.kind === "part") {
      marks.push({ kind: "path", ink: "dotted", d: `M4 ${y}H${right - 4}` });
      y += heading("", step.text, y, marks, measure);
    } else {
      const block = open.pop();
      if (block) behind.unshift({ kind: "rect", ink: "frame", ...widest(), y: block.y, height: y - block.y, round: 6 });
      y += ROW;
    }
  }
  for (const [index, starts] of bars) for (const [level, from] of starts.entries()) behind.push(bar(xs[index] as number, from, y, level));
  for (const { y: from } of open) behind.unshift({ kind: "rect", ink: "frame", ...widest(), y: from, height: y - from, round: 6 });
  const bottom = y + 6;
  // A note or a text may reach beyond the first participant.
  const left = Math.min(
    0,
    ...marks.map((each) =>
      each.kind === "rect" ? each.x - PAD : each.kind === "text" && !each.start ? each.x - Math.max(...each.lines.map(measure)) / 2 - 6 : 0,
    ),
  );
  const life: Mark[] = xs.map((x) => ({ kind: "path", ink: "life", d: `M${x} ${top + tall}V${bottom}` }));
  const people: Mark[] = xs.flatMap((x, index): Mark[] => {
    const width = boxes[index] as number;
    return [
      { kind: "rect", ink: "node", x: x - width / 2, y: top, width, height: tall, round: 6 },
      { kind: "text", x, y: top + tall / 2, lines: heads[index]?.lines ?? [] },
    ];
  });
  const frames = behind
    .filter((each) => each.kind === "rect" && each.ink === "frame")
    .map((each) => ({ ...each, width: right - 8 }) as Mark);
  const all = [...frames, ...life, ...behind.filter((each) => each.kind !== "rect" || each.ink !== "frame"), ...marks, ...people];
  const told = steps.flatMap((each) =>
    each.kind === "message"
      ? [`${flat(parties[each.from])} → ${flat(parties[each.to])}${each.text ? `: ${flat(each.text)}` : ""}`]
      : each.kind === "note"
        ? [flat(each.text)]
        : each.kind === "block" || each.kind === "part"
          ? [`${each.name} ${flat(each.text)}`.trim()]
          : [],
  );
  const shifted = left < 0 ? all.map((each) => shift(each, -left)) : all;
  return { width: right - left, height: bottom + PAD, marks: shifted, title, told: told.join("; ").slice(0, 3_000) };
}

function flat(text: string | undefined): string {
  return (text ?? "").replaceAll("\n", " ");
}

function bar(x: number, from: number, to: number, level: number): Mark {
  return { kind: "rect", ink: "active", x: x - 5 + level * 4, y: from, width: 10, height: Math.max(8, to - from), round: 2 };
}

function heading(name: string, text: string, y: number, marks: Mark[], measure: Measure): number {
  if (name && name !== "rect") marks.push({ kind: "text", x: 12, y: y + 13, lines: [name], bold: true, small: true, start: true });
  const shown = wrapped(text, measure, 400).lines[0] ?? "";
  if (shown) marks.push({ kind: "text", x: 12 + (name ? measure(name) + 12 : 0), y: y + 13, lines: [shown], small: true, start: true });
  return shown || (name && name !== "rect") ? LINE + 6 : 8;
}

function shift(mark: Mark, dx: number): Mark {
  if (mark.kind !== "path") return { ...mark, x: mark.x + dx };
  // Paths here are made of M, V, H, L, h, v and z alone; only absolute coordinates move.
  const d = mark.d.replace(/([MLH])(-?[\d.]+)/g, (_, letter: string, x: string) => `${letter}${Number(x) + dx}`);
  return { ...mark, d };
}

/** Where each participant stands: far enough apart for the boxes, and for what they say to each other. */
function columns(boxes: readonly number[], steps: readonly Step[], measure: Measure): number[] {
  const xs: number[] = [PAD + (boxes[0] as number) / 2];
  for (let index = 1; index < boxes.length; index++) {
    let x = (xs[index - 1] as number) + (boxes[index - 1] as number) / 2 + (boxes[index] as number) / 2 + 36;
    for (const step of steps) {
      if (step.kind !== "message") continue;
      const [a, b] = [Math.min(step.from, step.to), Math.max(step.from, step.to)];
      const width = step.text ? wrapped(step.text, measure, 260).width + 28 : 0;
      if (b === index && a < b) x = Math.max(x, (xs[a] as number) + width);
      if (a === b && b === index - 1) x = Math.max(x, (xs[b] as number) + Math.max(50, width) + 10);
    }
    xs.push(x);
  }
  return xs;
}

// Mermaid's timeline and user journey: rows below each other, in sections, along one line.
import { type Drawing, LINE, type Mark, type Measure, wrapped } from "./drawing.ts";
import { atMost, labelOf, refuse } from "./graph.ts";

type Row = { section: string; name: string; events: string[]; score: number | undefined; people: string[] };
type Story = { title: string; rows: Row[] };

const MAX_ROWS = 80;
const MAX_EVENTS = 12;
const MOST = 5;
const PAD = 12;
const GAP = 14;

export function readTimeline(lines: readonly string[]): Story {
  const story: Story = { title: "", rows: [] };
  let section = "";
  for (const line of lines) {
    if (/^title\b/.test(line)) story.title = line.replace(/^title[ \t]*/, "");
    else if (/^section\b/.test(line)) section = labelOf(line.replace(/^section[ \t]*/, ""));
    else if (!/^direction\b/.test(line)) {
      // "12:30" is no place to part.
      const [name = "", ...events] = line.split(/(?:^|[ \t]+):[ \t]+|:[ \t]+(?=\D)/).map(labelOf);
      const before = story.rows.at(-1);
      if (name) story.rows.push({ section, name, events: events.filter(Boolean), score: undefined, people: [] });
      else if (before) before.events.push(...events.filter(Boolean));
      else refuse(line);
      atMost(story.rows.at(-1)?.events.length ?? 0, MAX_EVENTS);
    }
    atMost(story.rows.length, MAX_ROWS);
  }
  if (!story.rows.length) refuse("nothing");
  return story;
}

export function readJourney(lines: readonly string[]): Story {
  const story: Story = { title: "", rows: [] };
  let section = "";
  for (const line of lines) {
    const [, name, score, people = ""] = /^([^:]+):[ \t]*(\d+)[ \t]*(?::[ \t]*(.*))?$/.exec(line) ?? [];
    if (/^title\b/.test(line)) story.title = line.replace(/^title[ \t]*/, "");
    else if (/^section\b/.test(line)) section = labelOf(line.replace(/^section[ \t]*/, ""));
    else if (name && score)
      story.rows.push({
        section,
        name: labelOf(name),
        events: [],
        score: Math.min(MOST, Number(score)),
        people: people.split(",").map(labelOf).filter(Boolean),
      });
    else refuse(line);
    atMost(story.rows.length, MAX_ROWS);
  }
  if (!story.rows.length) refuse("nothing");
  return story;
}

export function drawStory({ title, rows }: Story, measure: Measure, described: string): Drawing {
  const marks: Mark[] = [];
  const above: Mark[] = [];
  const names = rows.map(({ name }) => wrapped(name, measure, 150));
  const column = Math.max(...names.map(({ width }) => width));
  const line = PAD + column + GAP + 6;
  const side = line + 6 + GAP;
  let right = side;
  let y = title ? 34 : 8;
  if (title) above.push({ kind: "text", x: PAD, y: 16, lines: [title], bold: true, start: true });
  const [begun] = [y];
  for (const [index, row] of rows.entries()) {
    if (row.section && row.section !== rows[index - 1]?.section) {
      y += index ? 6 : 0;
      const width = measure(row.section) * 1.05;
      above.push({ kind: "rect", ink: "section", x: PAD - 8, y, width: width + 20, height: LINE + 6, round: 6 });
      above.push({
        kind: "text",
        x: PAD + 2,
        y: y + LINE / 2 + 3,
        lines: [row.section.replaceAll("\n", " ")],
        small: true,
        bold: true,
        start: true,
      });
      right = Math.max(right, width + PAD + 20);
      y += LINE + 12;
    }
    const name = names[index] as ReturnType<typeof wrapped>;
    const events = row.events.map((each) => wrapped(each, measure, 260));
    const tall = events.reduce((sum, each) => sum + each.height + 10 + 6, -6);
    const height = Math.max(name.height + 10, tall, LINE + 10);
    const middle = y + (events.length ? Math.min(height, (events[0]?.height ?? 0) + 10) : height) / 2;
    above.push({ kind: "text", x: PAD, y: Math.max(middle, y + name.height / 2), lines: name.lines, start: true });
    above.push({ kind: "circle", ink: "hollow", x: line, y: middle, r: 5 });
    let at = y;
    for (const event of events) {
      above.push({ kind: "rect", ink: "node", x: side, y: at, width: event.width + 20, height: event.height + 10, round: 8 });
      above.push({ kind: "text", x: side + 10, y: at + event.height / 2 + 5, lines: event.lines, small: true, start: true });
      at += event.height + 16;
      right = Math.max(right, side + event.width + 20);
    }
    if (row.score !== undefined) {
      for (let n = 0; n < MOST; n++)
        above.push({ kind: "circle", ink: n < row.score ? "dot" : "hollow", x: side + 6 + n * 16, y: middle, r: 5 });
      const people = row.people.join(", ");
      if (people) above.push({ kind: "text", x: side + MOST * 16 + 12, y: middle, lines: [people], small: true, start: true, faint: true });
      right = Math.max(right, side + MOST * 16 + 12 + measure(people));
    }
    y += height + 10;
  }
  marks.push({ kind: "path", ink: "life", d: `M${line} ${begun}V${y - 4}` });
  const told = rows.map(({ section, name, events, score, people }, index) => {
    const first = section && section !== rows[index - 1]?.section ? `${section}: ` : "";
    const with_ = [...(score === undefined ? events : [`${score}/${MOST}`]), ...(people.length ? [`(${people.join(", ")})`] : [])];
    return `${first}${name}${with_.length ? `: ${with_.join(score === undefined ? ", " : " ")}` : ""}`.replaceAll("\n", " ");
  });
  return {
    width: Math.max(right, measure(title) * 1.1 + PAD) + PAD,
    height: y + 2,
    marks: [...marks, ...above],
    title: title || described,
    told: told.join("; ").slice(0, 3_000),
  };
}

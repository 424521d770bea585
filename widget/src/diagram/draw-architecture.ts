// An architecture -> marks: boxes with icons, frames around groups, and lines with right angles between them.
import type { Architecture } from "./architecture.ts";
import { drawLine } from "./draw-line.ts";
import { type Drawing, fitting, type Mark, type Measure, titleOf, wrapped } from "./drawing.ts";
import { iconAt } from "./icon.ts";
import { centre, planOf } from "./plan.ts";
import { type Box, clipped } from "./route.ts";
import { tellGraph } from "./tell-graph.ts";

type Text = ReturnType<typeof wrapped>;

const PAD = 10;
const WRAP = 104;
const LEAST_WIDTH = 92;
const ICON = { service: 34, group: 16, gap: 5 };
/** Small text, and bold text, of what is measured. */
const SMALL = 13 / 14;
const BOLD = 1.08;

export function drawArchitecture(architecture: Architecture, described: string, measure: Measure): Drawing {
  const { graph, icons, lines } = architecture;
  const title = graph.title || described;
  const small: Measure = (line) => measure(line) * SMALL;
  const texts = new Map([...graph.nodes.values()].map(({ id, label }) => [id, wrapped(label, small, WRAP)]));
  const labels = lines.map(({ label }) => wrapped(label, small, WRAP));
  const titles = new Map(
    [...graph.groups.values()].map(({ id, label }) => [id, (iconAt(icons.get(id)) ? ICON.group + ICON.gap : 0) + small(label) * BOLD]),
  );
  const written = labels.filter(({ width }) => width);
  const service = {
    width: Math.max(LEAST_WIDTH, ...[...texts.values()].map(({ width }) => width + PAD * 2)),
    height: Math.max(...[...texts].map(([id, { height }]) => height + PAD * 2 + (iconAt(icons.get(id)) ? ICON.service + ICON.gap : 0))),
  };
  const label = { width: Math.max(0, ...written.map(({ width }) => width)), height: Math.max(0, ...written.map(({ height }) => height)) };
  const plan = planOf(architecture, { service, label, title: (id) => (titles.get(id) ?? 0) + PAD * 2 }, title ? 34 : PAD);
  const marks: Mark[] = [...plan.frames.values()].map((each) => ({ kind: "rect", ink: "group", ...each, round: 8 }));
  const above: Mark[] = titleOf(title);
  for (const [n, line] of lines.entries()) {
    const ends = [line.from, line.to].map(
      (id, end) => (line.grouped[end] && plan.frames.get(graph.nodes.get(id)?.group ?? "")) || plan.boxes.get(id),
    ) as [Box, Box];
    const points = clipped(clipped(plan.ways[n] ?? [], ends[0]).reverse(), ends[1]).reverse();
    drawLine(line, points, labels[n] as Text, marks, above);
  }
  for (const [id, box] of plan.frames) {
    const icon = iconAt(icons.get(id), { x: box.x + PAD + ICON.group / 2, y: box.y + 14 }, ICON.group);
    const x = box.x + PAD + (icon ? ICON.group + ICON.gap : 0);
    const words = fitting(graph.groups.get(id)?.label ?? "", (box.x + box.width - x - PAD) / BOLD, small);
    above.push(...(icon ? [icon] : []), {
      kind: "text",
      x,
      y: box.y + 14,
      lines: [words],
      start: true,
      small: true,
      bold: true,
      halo: true,
    });
  }
  for (const [id, box] of plan.boxes)
    if (graph.nodes.get(id)?.shape === "start") above.push({ kind: "circle", ink: "dot", ...centre(box), r: 4 });
    else drawService(box, texts.get(id) as Text, icons.get(id), above);
  return { ...plan, width: Math.max(plan.width, measure(title) * 1.1 + 24), marks: [...marks, ...above], title, told: tellGraph(graph) };
}

function drawService(box: Box, text: Text, name: string | undefined, marks: Mark[]): void {
  const { x, y } = centre(box);
  const icon = iconAt(name, { x, y: y - (text.height + ICON.gap) / 2 }, ICON.service);
  marks.push({ kind: "rect", ink: "node", ...box, round: 8 });
  if (icon) marks.push(icon);
  marks.push({ kind: "text", x, y: icon ? y + (ICON.service + ICON.gap) / 2 : y, lines: text.lines, small: true });
}

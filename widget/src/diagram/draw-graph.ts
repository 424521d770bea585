// A graph with its places -> marks.
import { cardText, drawCard } from "./card.ts";
import { curve, type Drawing, headAt, type Mark, type Measure, straight, titleOf, wrapped } from "./drawing.ts";
import { framesOf, titleWidth } from "./frames.ts";
import type { Edge, Graph, GraphNode, Shape } from "./graph.ts";
import { layout, type Placed, type Point, type Size } from "./layout.ts";
import { columnsOf, drawRecord } from "./record.ts";
import { tellGraph } from "./tell-graph.ts";

const PAD = { x: 16, y: 10 };
const PORT_GAP = 24;
// What is at the end of a line is up to this long, and straight.
const STUB = 20;
const TITLE_PX = 26;
/** How far a person's head stands out of the box. */
const HEAD_PX = 18;
/** How much lower than the middle of a shape its text stands. */
export const LOWER: Partial<Record<Shape, number>> = { person: HEAD_PX / 2, cylinder: 4 };

export function drawGraph(graph: Graph, measure: Measure): Drawing {
  const texts = new Map([...graph.nodes.values()].map((node) => [node.id, wrapped(node.label, measure)]));
  const labels = new Map(graph.edges.map((edge) => [edge, wrapped(edge.label, measure, 150)]));
  const cards = new Map([...graph.nodes.values()].flatMap((node) => (node.card ? [[node.id, cardText(node, measure)]] : [])));
  const records = new Map([...graph.nodes.values()].flatMap((node) => (node.sections ? [[node.id, columnsOf(node, measure)]] : [])));
  const sizes = new Map(
    [...graph.nodes.values()].map((node) => [
      node.id,
      records.get(node.id)?.size ?? sizeOf(node, cards.get(node.id) ?? (texts.get(node.id) as Size)),
    ]),
  );
  const placed = layout(
    graph,
    (id) => sizes.get(id) as Size,
    (edge) => {
      const { width, height } = labels.get(edge) as Size;
      return { width: width + 12, height: height + 6 };
    },
    new Map([...graph.groups.values()].map(({ id, label }) => [id, titleWidth(label, measure)])),
  );
  const flat = graph.direction === "LR" || graph.direction === "RL";
  spread(placed, sizes, new Set(records.keys()), flat);
  const { room, frames, titles } = framesOf(graph, placed, sizes, measure, graph.title ? TITLE_PX : 0);
  const marks: Mark[] = frames;
  const above: Mark[] = [...titleOf(graph.title), ...titles];
  for (const { edge, points, label } of placed.edges) {
    if (edge.line === "hidden") continue;
    line(edge, points, flat, marks);
    beside(edge, points, flat, above);
    const text = labels.get(edge);
    if (!label || !edge.label || !text) continue;
    const { x, y } = label;
    above.push({
      kind: "rect",
      ink: "mask",
      x: x - text.width / 2 - 4,
      y: y - text.height / 2,
      width: text.width + 8,
      height: text.height,
      round: 4,
    });
    above.push({ kind: "text", x, y, lines: text.lines, small: true });
  }
  for (const node of graph.nodes.values()) {
    const at = placed.at.get(node.id) as Point;
    const record = records.get(node.id);
    if (record) {
      drawRecord(node, at, record, above);
      continue;
    }
    outline(node, at, sizes.get(node.id) as Size, above);
    const card = cards.get(node.id);
    if (card) drawCard(card, { x: at.x, y: at.y + (LOWER[node.shape] ?? 0) }, above);
    else if (node.label) above.push({ kind: "text", x: at.x, y: at.y, lines: texts.get(node.id)?.lines ?? [] });
  }
  return {
    ...room,
    width: Math.max(room.width, measure(graph.title) * 1.1 + 24),
    marks: [...marks, ...above],
    title: graph.title,
    told: tellGraph(graph),
  };
}

/** Lines that end at one side of a record stand beside each other there, so that what is at their ends can be told apart. */
function spread({ edges }: Placed, sizes: ReadonlyMap<string, Size>, records: ReadonlySet<string>, flat: boolean): void {
  const [along, across] = flat ? (["x", "y"] as const) : (["y", "x"] as const);
  const sides = new Map<string, { end: Point; stub: Point; next: Point }[]>();
  for (const { edge, points } of edges) {
    if (edge.from === edge.to) continue;
    const ends = [
      [edge.from, points[0], points[1], 1],
      [edge.to, points.at(-1), points.at(-2), points.length - 1],
    ] as const;
    // From behind, so that the places before stay where they are.
    for (const [id, end, next, at] of ends.toReversed()) {
      if (!end || !next || !records.has(id)) continue;
      const side = `${next[along] > end[along]} ${id}`;
      const stub = { ...end, [along]: end[along] + Math.sign(next[along] - end[along]) * STUB };
      points.splice(at, 0, stub);
      sides.set(side, [...(sides.get(side) ?? []), { end, stub, next }]);
    }
  }
  for (const [side, ends] of sides) {
    const size = sizes.get(side.slice(side.indexOf(" ") + 1)) as Size;
    const step = Math.min(PORT_GAP, ((flat ? size.height : size.width) - PORT_GAP) / Math.max(1, ends.length - 1));
    ends.sort((a, b) => a.next[across] - b.next[across]);
    for (const [index, { end, stub }] of ends.entries()) {
      end[across] += (index - (ends.length - 1) / 2) * step;
      stub[across] = end[across];
    }
  }
}

export function sizeOf({ shape, label }: GraphNode, text: Size): Size {
  if (shape === "start" || shape === "end") return { width: 18, height: 18 };
  if (shape === "double" && !label) return { width: 70, height: 8 };
  const [width, height] = [text.width + PAD.x * 2, text.height + PAD.y * 2];
  if (shape === "diamond") return label ? { width: width * 1.35 + 14, height: height * 1.5 + 10 } : { width: 34, height: 34 };
  if (shape === "circle") return { width: Math.max(width, height), height: Math.max(width, height) };
  if (shape === "person") return { width, height: height + HEAD_PX };
  if (shape === "cylinder") return { width, height: height + 14 };
  if (shape === "box" || shape === "round") return { width: Math.max(width, 56), height };
  return { width: width + 18, height };
}

export function outline({ shape, label, card }: GraphNode, { x, y }: Point, { width: w, height: h }: Size, marks: Mark[]): void {
  const [l, r, t, b] = [x - w / 2, x + w / 2, y - h / 2, y + h / 2];
  const ink = card?.outside ? "outside" : "node";
  const polygon = (...points: [number, number][]) =>
    marks.push({
      kind: "path",
      ink,
      d: straight(
        points.map(([px, py]) => ({ x: px, y: py })),
        true,
      ),
    });
  const rect = (round: number, inset = 0) => marks.push({ kind: "rect", ink, x: l + inset, y: t, width: w - inset * 2, height: h, round });
  if (shape === "start") marks.push({ kind: "circle", ink: "dot", x, y, r: 8 });
  else if (shape === "end") marks.push({ kind: "circle", ink, x, y, r: 9 }, { kind: "circle", ink: "dot", x, y, r: 5 });
  else if (shape === "circle") marks.push({ kind: "circle", ink, x, y, r: w / 2 });
  else if (shape === "diamond") polygon([x, t], [r, y], [x, b], [l, y]);
  else if (shape === "hexagon") polygon([l + 14, t], [r - 14, t], [r, y], [r - 14, b], [l + 14, b], [l, y]);
  else if (shape === "slanted") polygon([l + 12, t], [r, t], [r - 12, b], [l, b]);
  else if (shape === "note") marks.push({ kind: "rect", ink: "note", x: l, y: t, width: w, height: h, round: 4 });
  else if (shape === "flag") polygon([l, t], [r, t], [r, b], [l, b], [l + 12, y]);
  else if (shape === "person") {
    marks.push({ kind: "rect", ink, x: l, y: t + HEAD_PX, width: w, height: h - HEAD_PX, round: 14 });
    marks.push({ kind: "circle", ink, x, y: t + HEAD_PX * 0.6, r: HEAD_PX * 0.6 });
  } else if (shape === "cylinder") {
    const d = `M${l} ${t + 7}v${h - 14}a${w / 2} 7 0 0 0 ${w} 0v${14 - h}`;
    marks.push({ kind: "path", ink, d: `${d}a${w / 2} 7 0 0 0 ${-w} 0a${w / 2} 7 0 0 0 ${w} 0` });
  } else if (shape === "double" && !label) marks.push({ kind: "rect", ink: "dot", x: l, y: t, width: w, height: h, round: 3 });
  else if (shape === "double") {
    rect(3);
    rect(0, 8);
  } else rect(shape === "stadium" ? h / 2 : shape === "round" ? 12 : 4);
}

function line(edge: Edge, points: readonly Point[], flat: boolean, marks: Mark[]): void {
  const ink = edge.line === "solid" ? "edge" : edge.line === "dotted" ? "dotted" : "thick";
  marks.push({ kind: "path", ink, d: curve(points, edge.from === edge.to ? !flat : flat) });
  const ends = [
    [edge.head, points.at(-1), points.at(-2)],
    [edge.tail, points[0], points[1]],
  ] as const;
  for (const [kind, at, from] of ends) {
    if (kind === "none" || !at || !from) continue;
    // A bent line arrives along the direction of the graph.
    const [dx, dy] = edge.from === edge.to ? [at.x - from.x, at.y - from.y] : flat ? [at.x - from.x, 0] : [0, at.y - from.y];
    marks.push(...headAt(kind, at, dx || (flat ? 1 : 0), dy || (flat ? 0 : 1)));
  }
}

/** What is written beside the ends of a line: how many there are of it. */
function beside({ near }: Edge, points: readonly Point[], flat: boolean, marks: Mark[]): void {
  for (const [index, text] of (near ?? []).entries()) {
    const [end, inner] = index === 0 ? [points[0], points[1]] : [points.at(-1), points.at(-2)];
    if (!text || !end || !inner) continue;
    const [back, aside] = [22, 9];
    const away = flat ? Math.sign(inner.x - end.x) || 1 : Math.sign(inner.y - end.y) || 1;
    const at = flat ? { x: end.x + away * back, y: end.y - aside } : { x: end.x + aside, y: end.y + away * back };
    marks.push({ kind: "text", ...at, lines: [text], small: true, ...(flat ? {} : { start: true }) });
  }
}

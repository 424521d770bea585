// A graph with its places -> marks.
import { curve, type Drawing, headAt, LINE, type Mark, type Measure, straight, wrapped } from "./drawing.ts";
import type { Edge, Graph, GraphNode, Head } from "./graph.ts";
import { layout, type Placed, type Point, type Size } from "./layout.ts";
import { columnsOf, drawRecord, tellRecord } from "./record.ts";

const PAD = { x: 16, y: 10 };
const GROUP_PAD = 16;
const PORT_GAP = 24;
// What is at the end of a line is up to this long, and straight.
const STUB = 20;

export function drawGraph(graph: Graph, measure: Measure): Drawing {
  const texts = new Map([...graph.nodes.values()].map((node) => [node.id, wrapped(node.label, measure)]));
  const labels = new Map(graph.edges.map((edge) => [edge, wrapped(edge.label, measure, 150)]));
  const records = new Map([...graph.nodes.values()].flatMap((node) => (node.sections ? [[node.id, columnsOf(node, measure)]] : [])));
  const sizes = new Map(
    [...graph.nodes.values()].map((node) => [node.id, records.get(node.id)?.size ?? sizeOf(node, texts.get(node.id) as Size)]),
  );
  const placed = layout(
    graph,
    (id) => sizes.get(id) as Size,
    (edge) => {
      const { width, height } = labels.get(edge) as Size;
      return { width: width + 12, height: height + 6 };
    },
  );
  const flat = graph.direction === "LR" || graph.direction === "RL";
  spread(placed, sizes, new Set(records.keys()), flat);
  const marks: Mark[] = [];
  const frame = groups(graph, placed, sizes, marks, measure);
  const above: Mark[] = [];
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
    if (node.label) above.push({ kind: "text", x: at.x, y: at.y, lines: texts.get(node.id)?.lines ?? [] });
  }
  return { ...frame, marks: [...marks, ...above], title: graph.title, told: tell(graph) };
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

function sizeOf({ shape, label }: GraphNode, text: Size): Size {
  if (shape === "start" || shape === "end") return { width: 18, height: 18 };
  if (shape === "double" && !label) return { width: 70, height: 8 };
  const [width, height] = [text.width + PAD.x * 2, text.height + PAD.y * 2];
  if (shape === "diamond") return label ? { width: width * 1.35 + 14, height: height * 1.5 + 10 } : { width: 34, height: 34 };
  if (shape === "circle") return { width: Math.max(width, height), height: Math.max(width, height) };
  if (shape === "cylinder") return { width, height: height + 14 };
  if (shape === "box" || shape === "round") return { width: Math.max(width, 56), height };
  return { width: width + 18, height };
}

function outline({ shape, label }: GraphNode, { x, y }: Point, { width: w, height: h }: Size, marks: Mark[]): void {
  const [l, r, t, b] = [x - w / 2, x + w / 2, y - h / 2, y + h / 2];
  const polygon = (...points: [number, number][]) =>
    marks.push({
      kind: "path",
      ink: "node",
      d: straight(
        points.map(([px, py]) => ({ x: px, y: py })),
        true,
      ),
    });
  const rect = (round: number, inset = 0) =>
    marks.push({ kind: "rect", ink: "node", x: l + inset, y: t, width: w - inset * 2, height: h, round });
  if (shape === "start") marks.push({ kind: "circle", ink: "dot", x, y, r: 8 });
  else if (shape === "end") marks.push({ kind: "circle", ink: "node", x, y, r: 9 }, { kind: "circle", ink: "dot", x, y, r: 5 });
  else if (shape === "circle") marks.push({ kind: "circle", ink: "node", x, y, r: w / 2 });
  else if (shape === "diamond") polygon([x, t], [r, y], [x, b], [l, y]);
  else if (shape === "hexagon") polygon([l + 14, t], [r - 14, t], [r, y], [r - 14, b], [l + 14, b], [l, y]);
  else if (shape === "slanted") polygon([l + 12, t], [r, t], [r - 12, b], [l, b]);
  else if (shape === "note") marks.push({ kind: "rect", ink: "note", x: l, y: t, width: w, height: h, round: 4 });
  else if (shape === "flag") polygon([l, t], [r, t], [r, b], [l, b], [l + 12, y]);
  else if (shape === "cylinder") {
    const d = `M${l} ${t + 7}v${h - 14}a${w / 2} 7 0 0 0 ${w} 0v${14 - h}`;
    marks.push({ kind: "path", ink: "node", d: `${d}a${w / 2} 7 0 0 0 ${-w} 0a${w / 2} 7 0 0 0 ${w} 0` });
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

/** A frame around each group's nodes, outer ones first; answers the room that is needed then. */
function groups(graph: Graph, placed: Placed, sizes: ReadonlyMap<string, Size>, marks: Mark[], measure: Measure): Size {
  const depth = (id: string | undefined): number => (id === undefined ? 0 : 1 + depth(graph.groups.get(id)?.parent));
  const holds = (id: string, group: string | undefined): boolean =>
    group !== undefined && (group === id || holds(id, graph.groups.get(group)?.parent));
  const frames: { label: string; l: number; t: number; r: number; b: number; depth: number }[] = [];
  for (const { id, label } of graph.groups.values()) {
    const inside = [...graph.nodes.values()].filter((node) => holds(id, node.group));
    if (!inside.length) continue;
    const boxes = inside.map((node) => ({ at: placed.at.get(node.id) as Point, size: sizes.get(node.id) as Size }));
    const inner = Math.max(...inside.map((node) => depth(node.group))) - depth(id);
    const pad = GROUP_PAD + inner * 12;
    const l = Math.min(...boxes.map(({ at, size }) => at.x - size.width / 2)) - pad;
    const r = Math.max(...boxes.map(({ at, size }) => at.x + size.width / 2)) + pad;
    const spare = Math.max(0, (label ? measure(label) + 20 : 0) - (r - l)) / 2;
    frames.push({
      label,
      l: l - spare,
      r: r + spare,
      t: Math.min(...boxes.map(({ at, size }) => at.y - size.height / 2)) - pad - (label ? LINE * (1 + inner * 0.6) : 0),
      b: Math.max(...boxes.map(({ at, size }) => at.y + size.height / 2)) + pad,
      depth: depth(id),
    });
  }
  // Frames may reach beyond the nodes: everything moves to make room.
  const dx = Math.max(0, ...frames.map(({ l }) => 4 - l));
  const dy = Math.max(0, ...frames.map(({ t }) => 4 - t));
  if (dx || dy) {
    for (const at of placed.at.values()) move(at, dx, dy);
    const moved = new Set<Point>();
    for (const { points, label } of placed.edges)
      for (const each of [...points, ...(label ? [label] : [])])
        if (!moved.has(each)) {
          moved.add(each);
          move(each, dx, dy);
        }
  }
  for (const { label, l, t, r, b } of frames.sort((a, b) => a.depth - b.depth)) {
    marks.push({ kind: "rect", ink: "group", x: l + dx, y: t + dy, width: r - l, height: b - t, round: 8 });
    if (label)
      marks.push({
        kind: "text",
        x: l + dx + 10,
        start: true,
        y: t + dy + 13,
        lines: [label.replaceAll("\n", " ")],
        small: true,
        bold: true,
      });
  }
  return {
    width: Math.max(placed.width + dx, ...frames.map(({ r }) => r + dx + 4)),
    height: Math.max(placed.height + dy, ...frames.map(({ b }) => b + dy + 4)),
  };
}

function move(point: Point, dx: number, dy: number): void {
  point.x += dx;
  point.y += dy;
}

/** The graph in words, for those who do not see it. */
function tell({ nodes, edges }: Graph): string {
  const name = (id: string) => nodes.get(id)?.label.replaceAll("\n", " ") || "●";
  const told = edges.filter((each) => each.line !== "hidden").map((each) => tellEdge(each, name));
  const records = [...nodes.values()].filter((each) => each.sections?.some((rows) => rows.length) || each.above);
  const alone = [...nodes.keys()].filter((id) => !edges.some((each) => each.from === id || each.to === id)).map(name);
  const boxes = records.map(tellRecord);
  return [...boxes, ...told, ...alone.filter((each) => !records.some(({ label }) => label === each))].join("; ").slice(0, 3_000);
}

/** How many stand at an end, as one writes it in a class diagram. */
const MANY: Partial<Record<Head, string>> = { one: "1", maybe: "0..1", some: "1..*", many: "0..*" };
/** What an end is called in such a diagram; the words are the notation's own. */
const KIND: Partial<Record<Head, string>> = { diamond: "◆", hollow: "◇" };

function tellEdge({ from, to, label, line, head, tail, near }: Edge, name: (id: string) => string): string {
  const words = label && ` (${label.replaceAll("\n", " ")})`;
  if (tail === "triangle" || head === "triangle") {
    const [child, parent] = tail === "triangle" ? [to, from] : [from, to];
    return `${name(child)} «${line === "dotted" ? "implements" : "extends"}» ${name(parent)}${words}`;
  }
  // An arrow at its beginning alone points back.
  const [a, b, at, end] = tail === "open" && head === "none" ? [to, from, head, tail] : [from, to, tail, head];
  const [first, last] = a === from ? [near?.[0], near?.[1]] : [near?.[1], near?.[0]];
  const begins = [first || MANY[at], KIND[at]].filter(Boolean).join(" ");
  const ends = [KIND[end], last || MANY[end]].filter(Boolean).join(" ");
  return `${name(a)}${begins && ` ${begins}`} → ${ends && `${ends} `}${name(b)}${words}`;
}

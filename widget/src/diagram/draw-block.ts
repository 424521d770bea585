// Blocks -> marks: shapes as wide as their columns, frames around blocks in blocks, and lines around what is between.
import type { Cell } from "./block.ts";
import { boxesOf, type Gaps, TITLE_PX } from "./columns.ts";
import { LOWER, outline, sizeOf } from "./draw-graph.ts";
import { drawLine } from "./draw-line.ts";
import { type Drawing, fitting, type Mark, type Measure, straight, titleOf, wrapped } from "./drawing.ts";
import type { Graph, GraphNode } from "./graph.ts";
import type { Point, Size } from "./layout.ts";
import { centre, fitted } from "./plan.ts";
import { type Box, clipped, type Lines, routes } from "./route.ts";
import { tellGraph } from "./tell-graph.ts";

type Text = ReturnType<typeof wrapped>;

const GAP = { usual: 14, lines: 34, label: 26 };
const MARGIN = 10;
const WRAP = 150;
/** How long the head of an arrow is, and how far it stands out. */
const HEAD = { along: 18, aside: 8 };
/** Shapes that fill their box. */
const SQUARE = /^(?:box|round|double|cylinder)$/;

export function drawBlocks({ graph, whole }: { graph: Graph; whole: Cell }, title: string, measure: Measure): Drawing {
  const labels = graph.edges.map(({ label }) => wrapped(label, measure, WRAP));
  const text = ({ id, ways, title }: Cell) => wrapped(ways ? title : (graph.nodes.get(id)?.label ?? ""), measure, WRAP);
  const cells = boxesOf(whole, (cell) => leastOf(cell, graph.nodes.get(cell.id), text(cell)), gapsOf(graph, whole, labels));
  const boxes = new Map<string, Box>();
  for (const [cell, box] of cells) {
    if (!cell.framed && !cell.id) cells.delete(cell);
    else boxes.set(cell.id, box);
    if (cell.ways || graph.nodes.get(cell.id)?.shape === "circle") compact(box, cell.ways);
  }
  const ways = waysOf(graph, cells, boxes);
  const room = fitted([...cells.values()], ways.flat(), title ? 34 : MARGIN);
  const marks: Mark[] = [];
  const lines: Mark[] = [];
  const above: Mark[] = [];
  const words: Mark[] = titleOf(title);
  for (const [cell, box] of cells)
    if (cell.framed) frame(box, cell.title, measure, marks);
    else drawCell(cell, box, graph.nodes.get(cell.id), text(cell), above);
  for (const [n, edge] of graph.edges.entries()) {
    const clip = (points: Point[], id: string) => clipped(points, boxes.get(id) as Box).reverse();
    drawLine(edge, clip(clip(ways[n] ?? [], edge.from), edge.to), labels[n] as Text, lines, words);
  }
  const width = Math.max(room.width, measure(title) * 1.1 + 24);
  return { width, height: room.height, marks: [...marks, ...lines, ...above, ...words], title, told: tellGraph(graph) };
}

function leastOf({ ways }: Cell, node: GraphNode | undefined, text: Text): Size {
  if (!node && !ways) return { width: 0, height: 0 };
  const { width, height } = sizeOf(node ?? ({ shape: "box", label: "" } as GraphNode), text);
  const head = (found: RegExp) => (!ways ? 0 : found.test(ways) ? HEAD.along * 2 : HEAD.aside * 2);
  return { width: width + head(/left|right|x/), height: height + head(/up|down|y/) };
}

/** Lines have room between blocks, and so have the words on them where they are short. */
function gapsOf(graph: Graph, whole: Cell, labels: readonly Text[]): Gaps {
  const column = Math.max(0, ...labels.map(({ width }) => width && width + GAP.label));
  const y = graph.edges.length ? GAP.lines : GAP.usual;
  return { x: neighbours(whole, graph) ? Math.max(y, column) : y, y, column };
}

/** Ways around all that stands between; those from or to a frame go through what is in it. */
function waysOf({ nodes, edges }: Graph, cells: ReadonlyMap<Cell, Box>, boxes: ReadonlyMap<string, Box>): Point[][] {
  const obstacles: Box[] = [];
  const open = new Map<string, Box[]>();
  for (const [{ framed, id }, box] of [...cells].reverse()) {
    const { x, y } = centre(box);
    const { along } = HEAD;
    const around = { x: box.x - along / 2, y: box.y - along / 2, width: box.width + along, height: box.height + along };
    // Shapes with corners of their own are reached at the middles of their sides.
    const strips = [
      { ...around, y: y - 1, height: 2 },
      { ...around, x: x - 1, width: 2 },
    ];
    const ends = SQUARE.test(nodes.get(id)?.shape ?? "") ? [around] : strips;
    open.set(id, framed ? obstacles.filter((each) => inside(each, box)) : ends);
    if (!framed) obstacles.push(...ends, around);
  }
  const middles = new Map([...boxes].map(([id, box]) => [id, centre(box)]));
  const lines = (axis: "x" | "y", size: "width" | "height"): Lines =>
    new Map(
      [...cells.values()].flatMap((each) => [-GAP.lines / 2, each[size] / 2, each[size] + GAP.lines / 2].map((at) => [each[axis] + at, 0])),
    );
  return routes(
    edges.map(({ from, to }) => ({
      ...{ from: middles.get(from) as Point, to: middles.get(to) as Point },
      through: [...(open.get(from) ?? []), ...(open.get(to) ?? [])],
    })),
    lines("x", "width"),
    lines("y", "height"),
    obstacles,
  );
}

function drawCell({ ways }: Cell, box: Box, node: GraphNode | undefined, { lines }: Text, marks: Mark[]): void {
  const { x, y } = centre(box);
  if (ways) marks.push({ kind: "path", ink: "node", d: arrow(box, ways) });
  else if (node) outline(node, { x, y }, box, marks);
  marks.push({ kind: "text", x, y: y + ((node && LOWER[node.shape]) ?? 0), lines });
}

/** Whether any two beside each other have a line with words on it. */
function neighbours({ cells }: Cell, graph: Graph): boolean {
  const next = (id: string) => cells[cells.findIndex((each) => each.id === id) + 1]?.id;
  return (
    graph.edges.some(({ from, to, label }) => label && (next(from) === to || next(to) === from)) ||
    cells.some((each) => neighbours(each, graph))
  );
}

function frame(box: Box, title: string, measure: Measure, marks: Mark[]): void {
  const { x, y, width } = box;
  marks.push({ kind: "rect", ink: "group", ...box, round: 8 });
  const lines = [fitting(title.replaceAll("\n", " "), width / 1.1 - MARGIN * 2, measure)];
  if (title) marks.push({ kind: "text", x: x + MARGIN, y: y + TITLE_PX / 2 + 4, lines, start: true, small: true, bold: true });
}

/** A circle is as wide as it is high, and an arrow up or down not much wider. */
function compact(box: Box, ways: string): void {
  const { x, y } = centre(box);
  const most = ways ? (/up|down|y/.test(ways) ? box.height * 2 : box.width) : box.height;
  const [width, height] = [Math.min(box.width, most), ways ? box.height : Math.min(box.width, box.height)];
  Object.assign(box, { x: x - width / 2, y: y - height / 2, width, height });
}

/** The outline of an arrow with heads in some of the four directions. */
function arrow({ x, y, width, height }: Box, ways: string): string {
  const [up, right, down, left] = [/up|y/, /right|x/, /down|y/, /left|x/].map((each) => each.test(ways));
  // Heads stand out where there are none beside them.
  const out = (left || right) && (up || down) ? 0 : HEAD.aside;
  const inset = (head: boolean | undefined, across: boolean | undefined) => (head ? HEAD.along : across ? out : 0);
  const [l, r] = [x + inset(left, up || down), x + width - inset(right, up || down)];
  const [t, b] = [y + inset(up, left || right), y + height - inset(down, left || right)];
  const [cx, cy] = [x + width / 2, y + height / 2];
  const points: [number, number][] = [
    [l, t],
    ...(up
      ? ([
          [l - out, t],
          [cx, y],
          [r + out, t],
        ] as [number, number][])
      : []),
    [r, t],
    ...(right
      ? ([
          [r, t - out],
          [x + width, cy],
          [r, b + out],
        ] as [number, number][])
      : []),
    [r, b],
    ...(down
      ? ([
          [r + out, b],
          [cx, y + height],
          [l - out, b],
        ] as [number, number][])
      : []),
    [l, b],
    ...(left
      ? ([
          [l, b + out],
          [x, cy],
          [l, t - out],
        ] as [number, number][])
      : []),
  ];
  return straight(
    points.map(([x, y]) => ({ x, y })),
    true,
  );
}

function inside(a: Box, b: Box): boolean {
  return a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;
}

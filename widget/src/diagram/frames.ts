// The frames around the groups of a graph, with their titles.
import { LINE, type Mark, type Measure } from "./drawing.ts";
import type { Graph } from "./graph.ts";
import type { Placed, Point, Size } from "./layout.ts";
import { GROUP_PAD, NESTED_PAD, pathOf } from "./nesting.ts";

type Frame = { label: string; l: number; t: number; r: number; b: number; depth: number };

/** How wide the title of a group is. */
export function titleWidth(label: string, measure: Measure): number {
  return label ? measure(label) + 20 : 0;
}

/** A frame around each group's nodes, outer ones first, their titles, and the room that is needed then; all of it leaves `top` free. */
export function framesOf(
  graph: Graph,
  placed: Placed,
  sizes: ReadonlyMap<string, Size>,
  measure: Measure,
  top: number,
): { room: Size; frames: Mark[]; titles: Mark[] } {
  const nodes = [...graph.nodes.values()].map((node) => ({ ...node, path: pathOf(graph, node.group) }));
  const groups = [...graph.groups.values()].map((each) => ({ ...each, depth: pathOf(graph, each.id).length }));
  const found = new Map<string, Frame>();
  // Inner ones first: an outer one goes around them and their titles.
  for (const { id, label, depth } of [...groups].sort((a, b) => b.depth - a.depth)) {
    const inside = nodes.filter(({ path }) => path.includes(id));
    if (!inside.length) continue;
    const boxes = inside.map((node) => ({ at: placed.at.get(node.id) as Point, size: sizes.get(node.id) as Size }));
    const within = groups.flatMap((each) => (each.parent === id ? (found.get(each.id) ?? []) : []));
    const inner = Math.max(...inside.map(({ path }) => path.length)) - depth;
    const pad = GROUP_PAD + inner * NESTED_PAD;
    const l = Math.min(...boxes.map(({ at, size }) => at.x - size.width / 2 - pad), ...within.map((each) => each.l - NESTED_PAD));
    const r = Math.max(...boxes.map(({ at, size }) => at.x + size.width / 2 + pad), ...within.map((each) => each.r + NESTED_PAD));
    const spare = Math.max(0, titleWidth(label, measure) - (r - l)) / 2;
    found.set(id, {
      label,
      l: l - spare,
      r: r + spare,
      t: Math.min(...boxes.map(({ at, size }) => at.y - size.height / 2)) - pad - (label ? LINE * (1 + inner * 0.6) : 0),
      b: Math.max(...boxes.map(({ at, size }) => at.y + size.height / 2)) + pad,
      depth,
    });
  }
  const frames = [...found.values()].sort((a, b) => a.depth - b.depth);
  // Frames may reach beyond the nodes: everything moves to make room.
  const dx = Math.max(0, ...frames.map(({ l }) => 4 - l));
  const dy = top + Math.max(0, ...frames.map(({ t }) => 4 - t));
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
  return {
    room: {
      width: Math.max(placed.width + dx, ...frames.map(({ r }) => r + dx + 4)),
      height: Math.max(placed.height + dy, ...frames.map(({ b }) => b + dy + 4)),
    },
    frames: frames.map(({ l, t, r, b }) => ({ kind: "rect", ink: "group", x: l + dx, y: t + dy, width: r - l, height: b - t, round: 8 })),
    titles: frames.flatMap(({ label, l, t }): Mark[] => {
      const lines = [label.replaceAll("\n", " ")];
      return label ? [{ kind: "text", x: l + dx + 10, y: t + dy + 13, lines, start: true, small: true, bold: true, halo: true }] : [];
    }),
  };
}

function move(point: Point, dx: number, dy: number): void {
  point.x += dx;
  point.y += dy;
}

// The cells of a grid in which what is connected at given sides stands on those sides, and what is in a group stands together.
import type { Line } from "./architecture.ts";
import type { Graph } from "./graph.ts";
import type { Point } from "./layout.ts";
import { type Box, STEPS } from "./route.ts";

/** Something that takes a box of cells, with those of the nodes in it, counted from its own first one. */
type Unit = Box & { cells: Map<string, Point> };
type Link = { from: string; to: string; way: Point };

/** The cell of every node. */
export function cellsOf(graph: Graph, lines: readonly Line[]): Map<string, Point> {
  const links = lines.flatMap(({ from, to, sides: [a, b] }): Link[] => {
    // From the right to another's left is one to the right, from the right to the top of another one to the right and down.
    const way = { x: Math.sign(STEPS[a].x - STEPS[b].x), y: Math.sign(STEPS[a].y - STEPS[b].y) };
    const same = a === b ? STEPS[a] : way;
    return [
      { from, to, way: same },
      { from: to, to: from, way: { x: -same.x, y: -same.y } },
    ];
  });
  const unitOf = (group: string | undefined): Unit => {
    const groups = [...graph.groups.values()].filter(({ parent }) => parent === group).map(({ id }) => unitOf(id));
    const nodes = [...graph.nodes.values()].filter((node) => node.group === group);
    return together([...groups, ...nodes.map(({ id }) => ({ ...box(0, 0, 1, 1), cells: new Map([[id, { x: 0, y: 0 }]]) }))], links);
  };
  return unitOf(undefined).cells;
}

/** Puts units beside each other as they are connected, and answers the one that they are together. */
function together(units: readonly Unit[], links: readonly Link[]): Unit {
  const placed: Unit[] = [];
  const of = (id: string) => units.find(({ cells }) => cells.has(id));
  const outward = links.filter(({ from, to }) => of(from) && !of(to));
  const sideways = outward.filter(({ way }) => way.x && !way.y).length * 2 - outward.length;
  for (const first of units) {
    if (placed.includes(first)) continue;
    const [left, top, right, bottom] = bounds(placed);
    // What all has its lines at its sides stands below each other.
    const below = sideways ? sideways > 0 : right - left > (bottom - top) * 2;
    Object.assign(first, placed.length ? (below ? { x: left, y: bottom } : { x: right, y: top }) : {});
    const queue = [first];
    placed.push(first);
    for (const unit of queue)
      for (const { from, to, way } of links) {
        const [here, there, next] = [unit.cells.get(from), of(to)?.cells.get(to), of(to)];
        if (!here || !there || !next || placed.includes(next)) continue;
        settle(unit, here, next, there, way, placed);
        placed.push(next);
        queue.push(next);
      }
  }
  const [left, top, right, bottom] = bounds(placed);
  const cells = placed.flatMap(({ x, y, cells }) => [...cells].map(([id, at]) => [id, { x: x + at.x - left, y: y + at.y - top }] as const));
  return { ...box(0, 0, right - left, bottom - top), cells: new Map(cells) };
}

/** Moves a unit to where it stands in that direction, the two cells in one line if that way is straight, or to the nearest free place beside. */
function settle(unit: Unit, here: Point, next: Unit, there: Point, way: Point, placed: readonly Unit[]): void {
  const along = (axis: "x" | "y", size: "width" | "height") =>
    way[axis] > 0 ? unit[axis] + unit[size] : way[axis] < 0 ? unit[axis] - next[size] : unit[axis] + here[axis] - there[axis];
  const [x, y] = [along("x", "width"), along("y", "height")];
  for (let n = 0; ; n++) {
    const aside = n % 2 ? (n + 1) / 2 : -n / 2;
    Object.assign(next, way.y ? { x: x + aside, y } : { x, y: y + aside });
    if (!placed.some((each) => overlap(each, next))) return;
  }
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** The first column and row of cells, and those after the last. */
function bounds(boxes: readonly Box[]): [number, number, number, number] {
  return [
    Math.min(...boxes.map(({ x }) => x)),
    Math.min(...boxes.map(({ y }) => y)),
    Math.max(...boxes.map(({ x, width }) => x + width)),
    Math.max(...boxes.map(({ y, height }) => y + height)),
  ];
}

function box(x: number, y: number, width: number, height: number): Box {
  return { x, y, width, height };
}

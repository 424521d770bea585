// Where the boxes, frames and lines of an architecture go: cells of a grid, with room between them for frames and ways.
import type { Architecture } from "./architecture.ts";
import { cellsOf } from "./cells.ts";
import type { Graph } from "./graph.ts";
import type { Point, Size } from "./layout.ts";
import { pathOf } from "./nesting.ts";
import { type Box, type Lines, routes, type Side } from "./route.ts";

/** `ways` are in the order of the lines, each from the middle of a box to that of another. */
export type Plan = Size & { boxes: Map<string, Box>; frames: Map<string, Box>; ways: Point[][] };
/** What it is made for: the size of a service, the largest of a line's label, and how wide the title of a group is. */
type Rooms = { service: Size; label: Size; title: (group: string) => number };
/** A group's frame in cells, from the first ones to the last, and how many frames are in each other there. */
type Frame = { id: string; first: Point; last: Point; levels: number };
/** Where cells begin, how large they are, and where ways go between them. */
type Track = { starts: number[]; sizes: number[]; between: number[] };

const JUNCTION = 8;
const GAP = 44;
/** How far ways between the same cells are from each other. */
const APART = 6;
const ASIDE = [0, 1, -1, 2, -2];
const LABEL_GAP = 26;
const FRAME = 14;
const TITLE_PX = 22;
const MARGIN = 10;

export function planOf({ graph, lines }: Architecture, rooms: Rooms, top: number): Plan {
  const cells = cellsOf(graph, lines);
  const frames = framesIn(graph, cells);
  const sizes = [...graph.nodes.values()].map(
    ({ id, shape }) => [id, shape === "start" ? { width: JUNCTION, height: JUNCTION } : rooms.service] as const,
  );
  const largest = (axis: "x" | "y", side: keyof Size) => {
    const found: number[] = Array(Math.max(...[...cells.values()].map((cell) => cell[axis])) + 1).fill(JUNCTION);
    for (const [id, size] of sizes) {
      const cell = cells.get(id)?.[axis] ?? 0;
      found[cell] = Math.max(found[cell] ?? 0, size[side]);
    }
    return found;
  };
  const across = largest("x", "width");
  // A title has room in a column of its own.
  for (const { id, first, last, levels } of frames)
    if (first.x === last.x) across[first.x] = Math.max(across[first.x] ?? 0, rooms.title(id) - levels * FRAME * 2);
  const columns = track(frames, "x", across, Math.max(GAP, rooms.label.width + LABEL_GAP));
  const rows = track(frames, "y", largest("y", "height"), Math.max(GAP, rooms.label.height + LABEL_GAP), TITLE_PX);
  const boxes = new Map(
    sizes.map(([id, { width, height }]) => {
      const { x, y } = cells.get(id) as Point;
      return [id, { x: middle(columns, x) - width / 2, y: middle(rows, y) - height / 2, width, height }];
    }),
  );
  const middles = new Map([...boxes].map(([id, box]) => [id, centre(box)]));
  const ways = routes(
    lines.map(({ from, to, sides: [leave, side] }) => ({
      ...{ from: middles.get(from) as Point, to: middles.get(to) as Point, leave, arrive: ((side + 2) % 4) as Side },
      through: [boxes.get(from) as Box, boxes.get(to) as Box],
    })),
    linesOf(columns),
    linesOf(rows),
    [...boxes.values()],
  );
  const drawn = new Map(frames.map((frame) => [frame.id, frameBox(frame, columns, rows)]));
  return { boxes, frames: drawn, ways, ...fitted([...boxes.values(), ...drawn.values()], ways.flat(), top) };
}

/** Moves all to where a drawing begins, and answers how large it is. */
export function fitted(boxes: readonly Box[], points: readonly Point[], top: number): Size {
  const least = (axis: "x" | "y") => Math.min(...[...boxes, ...points].map((each) => each[axis]));
  const [dx, dy] = [MARGIN - least("x"), top - least("y")];
  for (const each of new Set([...boxes, ...points])) Object.assign(each, { x: each.x + dx, y: each.y + dy });
  return {
    width: Math.max(...boxes.map(({ x, width }) => x + width), ...points.map(({ x }) => x)) + MARGIN,
    height: Math.max(...boxes.map(({ y, height }) => y + height), ...points.map(({ y }) => y)) + MARGIN,
  };
}

/** The frames around groups, the outermost first. */
function framesIn(graph: Graph, cells: ReadonlyMap<string, Point>): Frame[] {
  const paths = [...graph.nodes.values()].map(({ id, group }) => ({ cell: cells.get(id) as Point, path: pathOf(graph, group) }));
  const frames = [...graph.groups.keys()].map((id) => {
    const inside = paths.filter(({ path }) => path.includes(id));
    const [xs, ys] = [inside.map(({ cell }) => cell.x), inside.map(({ cell }) => cell.y)];
    return {
      id,
      first: { x: Math.min(...xs), y: Math.min(...ys) },
      last: { x: Math.max(...xs), y: Math.max(...ys) },
      levels: Math.max(...inside.map(({ path }) => path.length - path.indexOf(id))),
    };
  });
  return frames.sort((a, b) => b.levels - a.levels);
}

/** Cells one after the other, with a gap and the room for the frames that begin or end there; each frame has a `head`. */
function track(frames: readonly Frame[], axis: "x" | "y", sizes: number[], gap: number, head = 0): Track {
  const most = (end: "first" | "last", n: number) => Math.max(0, ...frames.map((each) => (each[end][axis] === n ? each.levels : 0)));
  const [starts, between]: number[][] = [[], []];
  let at = 0;
  for (const [n, size] of sizes.entries()) {
    between?.push(at - gap / 2);
    at += most("first", n) * (FRAME + head);
    starts?.push(at);
    at += size + most("last", n) * FRAME + gap;
  }
  between?.push(at - gap / 2);
  return { starts: starts ?? [], sizes, between: between ?? [] };
}

function frameBox({ first, last, levels }: Frame, columns: Track, rows: Track): Box {
  const x = (columns.starts[first.x] ?? 0) - levels * FRAME;
  const y = (rows.starts[first.y] ?? 0) - levels * (FRAME + TITLE_PX);
  const end = ({ starts, sizes }: Track, n: number) => (starts[n] ?? 0) + (sizes[n] ?? 0) + levels * FRAME;
  return { x, y, width: end(columns, last.x) - x, height: end(rows, last.y) - y };
}

/** Ways go through the middles of cells, or between them, there best in the middle too. */
function linesOf(cells: Track): Lines {
  const between = ASIDE.flatMap((aside) => cells.between.map((at) => [at + aside * APART, Math.abs(aside)] as const));
  return new Map([...cells.starts.map((_, n) => [middle(cells, n), 0] as const), ...between]);
}

function middle({ starts, sizes }: Track, n: number): number {
  return (starts[n] ?? 0) + (sizes[n] ?? 0) / 2;
}

export function centre({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

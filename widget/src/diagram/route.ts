// Ways with right angles between places, around what stands between them: the shortest, with few bends, and where possible not along others.
import { atMost } from "./graph.ts";
import type { Point } from "./layout.ts";

export type Box = { x: number; y: number; width: number; height: number };
/** A direction of a way: up, right, down, left. */
export type Side = 0 | 1 | 2 | 3;
/** `leave` is the way's first direction and `arrive` its last, where they are told; `through` are obstacles that are none to it. */
export type Way = { from: Point; to: Point; leave?: Side | undefined; arrive?: Side | undefined; through: readonly Box[] };

export const STEPS = [
  { x: 0, y: -1 },
  { x: 1, y: 0 },
  { x: 0, y: 1 },
  { x: -1, y: 0 },
] as const;
/** What a bend costs, in pixels of way. */
const BEND = 40;
/** What it costs to touch another way. */
const CROSSING = 14;
/** What looking at more than so many places would keep the page waiting for. */
const MAX_WORK = 1_500_000;

/** Where the lines are that ways may go along, and what a stretch of each costs beside its length. */
export type Lines = ReadonlyMap<number, number>;

/** Finds ways along lines, on which they must begin and end; a way that cannot be found is straight. */
export function routes(ways: readonly Way[], xs: Lines, ys: Lines, obstacles: readonly Box[]): Point[][] {
  const [columns, rows] = [xs, ys].map((lines) => [...lines.keys()].sort((a, b) => a - b)) as [number[], number[]];
  const width = columns.length;
  atMost(width * rows.length * 4 * ways.length, MAX_WORK);
  const owner = rows.flatMap((y) => columns.map((x) => obstacles.find((each) => within(each, { x, y }))));
  const taken = new Map<number, Way[]>();
  return ways.map((way) => {
    const at = ({ x, y }: Point) => rows.indexOf(y) * width + columns.indexOf(x);
    const point = (place: number): Point => ({ x: columns[place % width] as number, y: rows[Math.floor(place / width)] as number });
    const next = (place: number, side: Side): number => {
      const { x, y } = STEPS[side];
      const [column, row] = [(place % width) + x, Math.floor(place / width) + y];
      const found = column >= 0 && column < width && row >= 0 && row < rows.length ? row * width + column : -1;
      const blocked = owner[found];
      return blocked && !way.through.includes(blocked) ? -1 : found;
    };
    // Ways that begin or end at one place may be one for a while.
    const strange = (key: number) => taken.get(key)?.some(({ from, to }) => from !== way.from && to !== way.to);
    const cost = (from: number, to: number) => {
      const [a, b] = [point(from), point(to)];
      const length = Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
      const dear = (a.x === b.x ? xs.get(a.x) : ys.get(a.y)) ?? 0;
      return dear + length * (strange(stretch(from, to)) ? 2 : 1) + (strange(to * 3) ? CROSSING : 0);
    };
    const places = search(at(way.from), at(way.to), way, next, cost);
    for (const [n, to] of places.entries())
      for (const key of n ? [to * 3, stretch(places[n - 1] as number, to)] : []) taken.set(key, [...(taken.get(key) ?? []), way]);
    return places.length ? corners(places.map(point)) : [{ ...way.from }, { ...way.to }];
  });
}

/** A number for what is between two neighbours; three times a place is the one for that. */
function stretch(a: number, b: number): number {
  return Math.min(a, b) * 3 + (Math.abs(a - b) === 1 ? 1 : 2);
}

/** The cheapest way from place to place; a place is looked at once for each direction one comes from. */
function search(
  from: number,
  to: number,
  { leave, arrive }: Way,
  next: (place: number, side: Side) => number,
  cost: (from: number, to: number) => number,
): number[] {
  const before = new Map<number, number>();
  const best = new Map<number, number>();
  // By what they cost, which is a small whole number.
  const open: number[][] = [[]];
  for (const side of [0, 1, 2, 3] as const) if (leave === undefined || leave === side) open[0]?.push(from * 4 + side);
  for (const state of open[0] ?? []) best.set(state, 0);
  for (let price = 0; price < open.length; price++)
    for (const state of open[price] ?? []) {
      if ((best.get(state) ?? 0) < price) continue;
      const [place, side] = [Math.floor(state / 4), (state % 4) as Side];
      if (place === to && (arrive === undefined || arrive === side)) {
        const found: number[] = [];
        for (let at: number | undefined = state; at !== undefined; at = before.get(at)) found.unshift(Math.floor(at / 4));
        return found;
      }
      for (const turn of place === from ? [0] : [0, 1, 3]) {
        const way = ((side + turn) % 4) as Side;
        const reached = next(place, way);
        const sum = price + (turn ? BEND : 0) + (reached < 0 ? 0 : Math.ceil(cost(place, reached)));
        const then = reached * 4 + way;
        if (reached < 0 || sum >= (best.get(then) ?? Number.POSITIVE_INFINITY)) continue;
        best.set(then, sum);
        before.set(then, state);
        open[sum] ??= [];
        open[sum]?.push(then);
      }
    }
  return [];
}

/** The points at which a way turns, and its ends. */
function corners(points: readonly Point[]): Point[] {
  return points.filter(({ x, y }, n) => {
    const [a, b] = [points[n - 1], points[n + 1]];
    return !a || !b || !((a.x === x && b.x === x) || (a.y === y && b.y === y));
  });
}

/** A way from where it leaves a box. */
export function clipped(points: readonly Point[], { x, y, width, height }: Box): Point[] {
  const out = points.findIndex((each) => !within({ x, y, width, height }, each));
  const [a, b] = [points[out - 1], points[out]];
  if (!a || !b) return [...points];
  const edge = { x: Math.max(x, Math.min(x + width, b.x)), y: Math.max(y, Math.min(y + height, b.y)) };
  return [edge, ...points.slice(out)];
}

function within({ x, y, width, height }: Box, point: Point): boolean {
  return point.x > x && point.x < x + width && point.y > y && point.y < y + height;
}

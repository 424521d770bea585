// The order of what stands in one rank of a graph, and where each is in it.
import { framesBetween, roomForFrames, sharedPath } from "./nesting.ts";

export const GAP = 28;
export const MARGIN = 12;
const SWEEPS = 12;

/** A node or a stretch of an edge: `across` its rank and `along` the direction of the graph; `path` are the groups it is in. */
export type Slot = {
  id: string | undefined;
  across: number;
  along: number;
  rank: number;
  x: number;
  y: number;
  before: Slot[];
  after: Slot[];
  path: readonly string[];
};

function mean(values: readonly number[], otherwise: number): number {
  return values.length ? values.reduce((sum, each) => sum + each, 0) / values.length : otherwise;
}

/** Puts each rank in the order of what its slots are connected to, those of one group together. */
export function order(ranks: Slot[][]): void {
  const number = (rank: Slot[]) => {
    for (const [index, each] of rank.entries()) each.x = index;
  };
  for (const rank of ranks) number(rank);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    for (const rank of down ? ranks : ranks.toReversed()) {
      const key = new Map(
        rank.map((each) => [
          each,
          mean(
            (down ? each.before : each.after).map((other) => other.x),
            each.x,
          ),
        ]),
      );
      const groups = new Map<string, number[]>();
      for (const each of rank) for (const id of each.path) groups.set(id, [...(groups.get(id) ?? []), key.get(each) as number]);
      const of = (each: Slot, id: string | undefined) => (id === undefined ? (key.get(each) as number) : mean(groups.get(id) ?? [], 0));
      rank.sort((a, b) => {
        const level = sharedPath(a.path, b.path).length;
        const [inA, inB] = [a.path[level], b.path[level]];
        return of(a, inA) - of(b, inB) || (inA === inB ? 0 : (inA ?? "") < (inB ?? "") ? -1 : 1);
      });
      number(rank);
    }
  }
}

/** Moves every slot as near as its neighbours in the rank let it to the middle of what it is connected to. */
export function place(ranks: Slot[][], gap: number): void {
  for (const rank of ranks) {
    let x = 0;
    for (const each of rank) {
      each.x = x + each.across / 2;
      x += each.across + GAP;
    }
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (const rank of sweep % 2 ? ranks.toReversed() : ranks)
      settle(
        rank,
        rank.map((each) =>
          mean(
            [...(sweep % 2 ? each.after : each.before), ...(sweep > 2 ? [...each.before, ...each.after] : [])].map((other) => other.x),
            each.x,
          ),
        ),
      );
  const frames = roomForFrames(ranks);
  let y = MARGIN;
  for (const [n, rank] of ranks.entries()) {
    const along = Math.max(...rank.map((each) => each.along));
    const { before = 0, after = 0 } = frames[n] ?? {};
    y += n ? before : 0;
    for (const each of rank) each.y = y + along / 2;
    y += along + gap + after;
  }
}

function gapBetween(a: Slot, b: Slot): number {
  const frames = framesBetween(a.path, b.path);
  return frames ? Math.max(GAP * 2, frames + GAP / 2) : GAP;
}

/** The places nearest to the wanted ones that keep order and distance: blocks of slots that touch share their mean. */
function settle(rank: readonly Slot[], wanted: readonly number[]): void {
  const blocks: { sum: number; count: number }[] = [];
  const offsets: number[] = [];
  let offset = 0;
  for (const [index, each] of rank.entries()) {
    const before = rank[index - 1];
    if (before) offset += (before.across + each.across) / 2 + gapBetween(before, each);
    offsets.push(offset);
    blocks.push({ sum: (wanted[index] as number) - offset, count: 1 });
    for (;;) {
      const [a, b] = [blocks.at(-2), blocks.at(-1)];
      if (!a || !b || a.sum / a.count <= b.sum / b.count) break;
      blocks.pop();
      a.sum += b.sum;
      a.count += b.count;
    }
  }
  let index = 0;
  for (const { sum, count } of blocks)
    for (let i = 0; i < count; i++, index++) (rank[index] as Slot).x = sum / count + (offsets[index] as number);
}

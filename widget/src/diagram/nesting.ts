// What groups in groups ask of the places of their nodes: to stand together, and room for the frames and titles around them.
import type { Graph } from "./graph.ts";

export const GROUP_PAD = 16;
/** What each frame inside another adds to that one's padding. */
export const NESTED_PAD = 12;
const TITLE_PX = 24;

/** The groups that something is in, the outermost first. */
export function pathOf(graph: Graph, group: string | undefined): string[] {
  const path: string[] = [];
  for (let id = group; id !== undefined && !path.includes(id); id = graph.groups.get(id)?.parent) path.unshift(id);
  return path;
}

export function sharedPath(a: readonly string[], b: readonly string[]): string[] {
  const end = a.findIndex((each, n) => each !== b[n]);
  return end < 0 ? [...a] : a.slice(0, end);
}

/** The room that the frames between two neighbours take. */
export function framesBetween(a: readonly string[], b: readonly string[]): number {
  const shared = sharedPath(a, b).length;
  const pad = (count: number) => (count ? GROUP_PAD + (count - 1) * NESTED_PAD : 0);
  return pad(a.length - shared) + pad(b.length - shared);
}

type Member = { path: readonly string[]; rank: number; across: number };

/** Widens places so that the titles of groups, where they are wider than what is in them, cover no other group. */
export function widenForTitles(members: readonly Member[], titles: ReadonlyMap<string, number>, gap: number): void {
  const depth = (id: string) => members.find(({ path }) => path.includes(id))?.path.indexOf(id) ?? 0;
  for (const [id, width] of [...titles].sort(([a], [b]) => depth(b) - depth(a))) {
    const ranks = new Map<number, Member[]>();
    for (const each of members) if (each.path.includes(id)) ranks.set(each.rank, [...(ranks.get(each.rank) ?? []), each]);
    const room = (rank: readonly Member[]) => rank.reduce((sum, each) => sum + each.across + gap, -gap);
    const [widest] = [...ranks.values()].sort((a, b) => room(b) - room(a));
    const [first] = widest ?? [];
    if (widest && first) first.across += Math.max(0, width - room(widest) - GROUP_PAD * 2);
  }
}

/** For each rank the room that frames which begin or end there take beyond that of one frame. */
export function roomForFrames(ranks: readonly (readonly Member[])[]): { before: number; after: number }[] {
  const [first, last] = [new Map<string, number>(), new Map<string, number>()];
  for (const [n, rank] of ranks.entries())
    for (const id of rank.flatMap(({ path }) => path)) {
      if (!first.has(id)) first.set(id, n);
      last.set(id, n);
    }
  return ranks.map((rank, n) => {
    const most = (ends: ReadonlyMap<string, number>) =>
      Math.max(0, ...rank.map(({ path }) => path.filter((id) => ends.get(id) === n).length - 1));
    return { before: most(first) * TITLE_PX, after: most(last) * NESTED_PAD };
  });
}

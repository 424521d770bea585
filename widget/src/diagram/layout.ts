// Where the nodes of a graph go: ranks from one side to the other, each ordered by what it is connected to, edges bent around what is
// between. Long edges and labels take places of their own in the ranks they cross.
import { atMost, type Edge, type Graph } from "./graph.ts";
import { pathOf, sharedPath, widenForTitles } from "./nesting.ts";
import { GAP, MARGIN, order, place, type Slot } from "./placing.ts";

export type Size = { width: number; height: number };
export type Point = { x: number; y: number };
export type Placed = {
  width: number;
  height: number;
  at: Map<string, Point>;
  edges: { edge: Edge; points: Point[]; label: Point | undefined }[];
};

const RANK_GAP = 34;
// Frames and their labels want room between the ranks, and so does what is at the ends of lines between records.
const WIDE_GAP = 50;
// Nodes and bends together; what needs more would keep the page waiting.
const MAX_SLOTS = 3_000;

/** `sizeOf` tells the room of a node, `labelSize` that of an edge's label; `titles` how wide those of groups are. */
export function layout(
  graph: Graph,
  sizeOf: (id: string) => Size,
  labelSize: (edge: Edge) => Size,
  titles: ReadonlyMap<string, number> = new Map(),
): Placed {
  const flat = graph.direction === "LR" || graph.direction === "RL";
  const slots = new Map<string, Slot>();
  for (const { id, group } of graph.nodes.values()) {
    const { width, height } = sizeOf(id);
    slots.set(id, { ...slot(id, pathOf(graph, group)), across: flat ? height : width, along: flat ? width : height });
  }
  const backward = backEdges(graph);
  const forward = graph.edges.filter((edge) => edge.from !== edge.to);
  const ends = (edge: Edge): [Slot, Slot] => {
    const [a, b] = [slots.get(edge.from) as Slot, slots.get(edge.to) as Slot];
    return backward.has(edge) ? [b, a] : [a, b];
  };
  assignRanks(
    slots,
    forward.map((edge) => [...ends(edge), edge.label ? 2 : 1]),
  );

  const all = [...slots.values()];
  if (!flat) widenForTitles(all, titles, GAP);
  const routes = new Map<Edge, { chain: Slot[]; label: Slot | undefined }>();
  for (const edge of forward) {
    const [from, to] = ends(edge);
    const chain = [from];
    const middle = Math.floor((from.rank + to.rank) / 2);
    let label: Slot | undefined;
    for (let rank = from.rank + 1; rank < to.rank; rank++) {
      const bend = { ...slot(undefined, sharedPath(from.path, to.path)), rank };
      if (edge.label && rank === middle) {
        const { width, height } = labelSize(edge);
        [bend.across, bend.along] = flat ? [height, width] : [width, height];
        label = bend;
      }
      link(chain.at(-1) as Slot, bend);
      chain.push(bend);
      all.push(bend);
      atMost(all.length, MAX_SLOTS);
    }
    link(chain.at(-1) as Slot, to);
    chain.push(to);
    routes.set(edge, { chain, label });
  }
  const ranks = inRanks(all);
  order(ranks);
  const roomy = graph.groups.size > 0 || [...graph.nodes.values()].some((each) => each.sections);
  place(ranks, roomy ? WIDE_GAP : RANK_GAP);
  return placed(graph, slots, routes, backward, ranks, flat);
}

function slot(id: string | undefined, path: readonly string[]): Slot {
  return { id, across: 0, along: 0, rank: 0, x: 0, y: 0, before: [], after: [], path };
}

function link(a: Slot, b: Slot): void {
  a.after.push(b);
  b.before.push(a);
}

/** The edges that close a circle, found without recursion. */
function backEdges(graph: Graph): Set<Edge> {
  const out = new Map<string, Edge[]>();
  for (const edge of graph.edges) out.set(edge.from, [...(out.get(edge.from) ?? []), edge]);
  const found = new Set<Edge>();
  const state = new Map<string, "open" | "done">();
  for (const root of graph.nodes.keys()) {
    if (state.has(root)) continue;
    const stack = [{ id: root, next: 0 }];
    state.set(root, "open");
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const edge = out.get(top.id)?.[top.next++];
      if (!edge) {
        state.set(top.id, "done");
        stack.pop();
      } else if (state.get(edge.to) === "open") found.add(edge);
      else if (!state.has(edge.to)) {
        state.set(edge.to, "open");
        stack.push({ id: edge.to, next: 0 });
      }
    }
  }
  return found;
}

function assignRanks(slots: Map<string, Slot>, edges: [Slot, Slot, number][]): void {
  for (let round = 0, changed = true; changed && round <= slots.size; round++) {
    changed = false;
    for (const [from, to, length] of edges)
      if (to.rank < from.rank + length) {
        to.rank = from.rank + length;
        changed = true;
      }
  }
  // What only leads on stands right before where it leads.
  for (const node of slots.values()) {
    if (edges.some(([, to]) => to === node)) continue;
    const next = edges.filter(([from]) => from === node).map(([, to, length]) => to.rank - length);
    if (next.length) node.rank = Math.min(...next);
  }
}

function inRanks(all: readonly Slot[]): Slot[][] {
  const ranks: Slot[][] = [];
  for (const each of all) {
    ranks[each.rank] ??= [];
    (ranks[each.rank] as Slot[]).push(each);
  }
  return ranks.filter((rank) => rank?.length);
}

function placed(
  graph: Graph,
  slots: Map<string, Slot>,
  routes: Map<Edge, { chain: Slot[]; label: Slot | undefined }>,
  backward: ReadonlySet<Edge>,
  ranks: Slot[][],
  flat: boolean,
): Placed {
  const all = ranks.flat();
  const left = Math.min(...all.map((each) => each.x - each.across / 2)) - MARGIN;
  const across = Math.max(...all.map((each) => each.x + each.across / 2)) - left + MARGIN;
  const along = Math.max(...all.map((each) => each.y + each.along / 2)) + MARGIN;
  const mirrored = graph.direction === "BT" || graph.direction === "RL";
  const point = (x: number, y: number): Point => {
    const [a, b] = [x - left, mirrored ? along - y : y];
    return flat ? { x: b, y: a } : { x: a, y: b };
  };
  const edges = graph.edges.map((edge) => {
    const route = routes.get(edge);
    if (!route) {
      const self = slots.get(edge.from) as Slot;
      const [right, top, bottom] = [self.x + self.across / 2, self.y - self.along / 4, self.y + self.along / 4];
      return { edge, points: [point(right, top), point(right + 22, self.y), point(right, bottom)], label: point(right + 24, self.y) };
    }
    const { chain, label } = route;
    const points = chain.flatMap((each, index) => {
      if (index === 0) return [point(each.x, each.y + each.along / 2)];
      if (index === chain.length - 1) return [point(each.x, each.y - each.along / 2)];
      return each.along ? [point(each.x, each.y - each.along / 2), point(each.x, each.y + each.along / 2)] : [point(each.x, each.y)];
    });
    if (backward.has(edge)) points.reverse();
    return { edge, points, label: label && point(label.x, label.y) };
  });
  const at = new Map([...slots].map(([id, each]) => [id, point(each.x, each.y)]));
  return { width: flat ? along : across, height: flat ? across : along, at, edges };
}

// What flowcharts, state, class and entity diagrams are: nodes, edges, and groups of nodes.

export type Shape =
  | "box"
  | "round"
  | "stadium"
  | "circle"
  | "diamond"
  | "hexagon"
  | "cylinder"
  | "slanted"
  | "double"
  | "start"
  | "end"
  | "flag"
  | "note"
  | "person"
  | "record";
/** A record has a line `above` its name and sections of rows of cells below; a card has its kind and a text, and may be from outside. */
export type GraphNode = {
  id: string;
  label: string;
  shape: Shape;
  group: string | undefined;
  above?: string;
  sections?: string[][][];
  card?: { kind: string; text: string; outside: boolean };
};
/** The last four say how many stand at an end: one, none or one, one or more, any number. */
export type Head = "none" | "arrow" | "open" | "circle" | "cross" | "triangle" | "diamond" | "hollow" | "one" | "maybe" | "some" | "many";
/** `near` stands beside the line's beginning and its end. */
export type Edge = {
  from: string;
  to: string;
  label: string;
  line: "solid" | "dotted" | "thick" | "hidden";
  head: Head;
  tail: Head;
  near?: [string, string];
};
export type Group = { id: string; label: string; parent: string | undefined };
export type Direction = "TB" | "BT" | "LR" | "RL";

export type Graph = {
  kind: "graph";
  direction: Direction;
  nodes: Map<string, GraphNode>;
  edges: Edge[];
  groups: Map<string, Group>;
  title: string;
};

// More than that nobody can read, and laying it out would keep the page waiting.
export const MAX_NODES = 150;
export const MAX_EDGES = 300;

/** What cannot be read as a diagram. Its source stays as code. */
export class NotADiagram extends Error {}

/** Refuses what is more than anybody can read, or than the page can wait for. */
export function atMost(count: number, most: number): void {
  if (count > most) refuse("too much");
}

/** Refuses a source, with the line that cannot be read, or what it lacks. */
export function refuse(why: string): never {
  throw new NotADiagram(why);
}

export function newGraph(): Graph {
  return { kind: "graph", direction: "TB", nodes: new Map(), edges: [], groups: new Map(), title: "" };
}

/** The node of that id, made if there is none yet. */
export function nodeOf(graph: Graph, id: string, group: string | undefined): GraphNode {
  let node = graph.nodes.get(id);
  if (!node) {
    node = { id, label: id, shape: "box", group };
    graph.nodes.set(id, node);
    atMost(graph.nodes.size, MAX_NODES);
  }
  return node;
}

export function connect(graph: Graph, edge: Edge): void {
  graph.edges.push(edge);
  atMost(graph.edges.length, MAX_EDGES);
}

/** Edges may name a group: they then begin at its last node or end at its first. */
export function resolveGroups(graph: Graph): void {
  const within = (id: string, group: string | undefined): boolean =>
    group !== undefined && (group === id || within(id, graph.groups.get(group)?.parent));
  const inside = (id: string) => [...graph.nodes.values()].filter((node) => node.shape !== "start" && within(id, node.group));
  for (const edge of graph.edges)
    for (const end of ["from", "to"] as const) {
      const id = edge[end];
      if (graph.nodes.has(id)) continue;
      const node = inside(id).at(end === "from" ? -1 : 0) ?? nodeOf(graph, id, graph.groups.get(id)?.parent);
      edge[end] = node.id;
    }
}

/** A group around nothing is a box of its own. */
export function fillGroups(graph: Graph): void {
  const used = new Set([...graph.nodes.values()].map(({ group }) => group));
  for (const { id, label, parent } of [...graph.groups.values()].reverse()) {
    if (used.has(id)) used.add(parent);
    else {
      graph.groups.delete(id);
      Object.assign(nodeOf(graph, id, parent), { label, group: parent });
      used.add(parent);
    }
  }
}

/** A label as it is shown: its line breaks, quotes and character names resolved. Other markup is text. */
export function labelOf(written: string): string {
  return written
    .trim()
    .replace(/^"([\s\S]*)"$/, "$1")
    .replace(/^`([\s\S]*)`$/, "$1")
    .replace(/<br[ \t]*\/?>|\\n/gi, "\n")
    .replace(/[#&](quot|amp|lt|gt|nbsp|#?\d{1,6});/g, (whole, name: string) => NAMED[name] ?? character(name) ?? whole)
    .slice(0, 400);
}

const NAMED: Record<string, string> = { quot: '"', amp: "&", lt: "<", gt: ">", nbsp: "\u00a0" };

function character(name: string): string | undefined {
  const code = Number(name.replace("#", ""));
  return code > 31 && code < 0x110000 && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : undefined;
}

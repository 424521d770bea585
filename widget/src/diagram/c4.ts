// Mermaid's C4 diagrams, read as a graph: people, systems, containers and components within boundaries, and what they are to each other.
import { atMost, connect, fillGroups, type Graph, labelOf, newGraph, nodeOf, refuse, resolveGroups, type Shape } from "./graph.ts";

type Args = { plain: string[]; named: Map<string, string> };

const CALL = /^(\w+)[ \t]*\((.*)\)[ \t]*(\{?)$/;
const ELEMENT = /^(Person|System|Container|Component)(Db|Queue)?(_Ext)?$/;
const BOUNDARY = /^(?:(Enterprise|System|Container)_)?Boundary$/;
const PLACE = /^(?:Deployment_)?Node(?:_[LR])?$/;
const RELATION = /^(Bi)?Rel(Index)?(?:_(\w+))?$/;
/** How it is laid out and looks is ours. */
const IGNORED = /^(?:update|lay_|add|show_|hide_|layout_|set_?|increment|title\b)/i;
const ARGUMENT = /(?:\$(\w+)[ \t]*=[ \t]*)?("[^"]*"|[^,"$]+)/g;
const SHAPES: Record<string, Shape> = { Person: "person", Db: "cylinder", Queue: "stadium" };
const MAX_BOUNDARIES = 60;
const MAX_DEPTH = 8;

export function readC4(head: string, lines: readonly string[]): Graph {
  const graph = newGraph();
  const open: string[] = [];
  let opens: string | undefined;
  let relations = 0;
  for (const line of lines) {
    if (opens !== undefined && line === "{") open.push(opens);
    opens = undefined;
    const [, word = "", written = "", brace = ""] = CALL.exec(line) ?? [];
    const args = argumentsOf(written);
    const group = open.at(-1);
    const [, base, kept, outside] = ELEMENT.exec(word) ?? [];
    const relation = RELATION.exec(word);
    if (/^title\b/.test(line)) graph.title = line.replace(/^title:?[ \t]*/, "");
    else if (line === "}") open.pop() ?? refuse(line);
    else if (base) {
      const technical = base === "Container" || base === "Component";
      const technique = technical ? argument(args, 2, "techn") : "";
      const kind = [technique || (kept === "Db" ? "Database" : (kept ?? ""))].filter(Boolean);
      element(graph, args, group, {
        shape: SHAPES[kept ?? base] ?? "box",
        kind: [`${outside ? "External " : ""}${base}`, ...kind].join(": "),
        text: argument(args, technical ? 3 : 2, "descr"),
        outside: outside !== undefined,
      });
    } else if (BOUNDARY.test(word) || PLACE.test(word)) {
      const id = boundary(graph, args, group, BOUNDARY.exec(word)?.[1]);
      if (brace) open.push(id);
      else opens = id;
      atMost(open.length, MAX_DEPTH);
      atMost(graph.groups.size, MAX_BOUNDARIES);
    } else if (relation) relate(graph, args, relation, head === "C4Dynamic" ? ++relations : 0);
    else if (line !== "{" && !IGNORED.test(line)) refuse(line);
  }
  if (open.length) refuse("a boundary without end");
  fillGroups(graph);
  for (const { from, to } of graph.edges) for (const id of [from, to]) if (!graph.nodes.has(id) && !graph.groups.has(id)) refuse(id);
  resolveGroups(graph);
  return graph;
}

function element(
  graph: Graph,
  args: Args,
  group: string | undefined,
  { shape, ...card }: { shape: Shape; kind: string; text: string; outside: boolean },
): void {
  const id = args.plain[0] || refuse("no name");
  Object.assign(nodeOf(graph, id, group), { label: argument(args, 1, "label") || id, shape, group, card });
}

function boundary(graph: Graph, args: Args, parent: string | undefined, kind: string | undefined): string {
  const id = args.plain[0] || refuse("no name");
  if (graph.groups.has(id) || graph.nodes.has(id)) refuse(id);
  const type = kind ?? argument(args, 2, "type");
  graph.groups.set(id, { id, label: `${argument(args, 1, "label") || id}${type && ` [${type}]`}`, parent });
  return id;
}

function relate(graph: Graph, args: Args, [, both, index, way = ""]: RegExpExecArray, number: number): void {
  const plain = index ? args.plain.slice(1) : args.plain;
  const [from = "", to = ""] = plain;
  const given = { ...args, plain };
  const [label, technique] = [argument(given, 2, "label"), argument(given, 3, "techn")];
  const back = /^back/i.test(way);
  // Who stands above whom is the layout's: an arrow up is one whose line is drawn from its end.
  const [above, below] = /^up?$/i.test(way) ? [to, from] : [from, to];
  const turned = back || above !== from;
  connect(graph, {
    from: above,
    to: below,
    label: [number ? `${number}: ${label}` : label, technique && `[${technique}]`].filter(Boolean).join("\n"),
    line: "solid",
    head: turned && !both ? "none" : "arrow",
    tail: turned || both ? "arrow" : "none",
  });
}

function argumentsOf(written: string): Args {
  const args: Args = { plain: [], named: new Map() };
  for (const [, name, value = ""] of written.matchAll(ARGUMENT)) {
    const text = labelOf(value);
    if (name) args.named.set(name, text);
    else if (value.trim()) args.plain.push(text);
  }
  return args;
}

function argument({ plain, named }: Args, place: number, name: string): string {
  return named.get(name) ?? plain[place] ?? "";
}

// Mermaid's architecture: services with icons in groups, and which of their sides are connected.
import { atMost, connect, type Edge, fillGroups, type Graph, labelOf, newGraph, nodeOf, refuse } from "./graph.ts";
import type { Side } from "./route.ts";

/** The sides that an edge leaves and arrives at, and whether it does so at the frame of a group. */
export type Line = Edge & { sides: [Side, Side]; grouped: [boolean, boolean] };
/** `icons` are those of services and groups; a junction's node is a start without a label. */
export type Architecture = { graph: Graph; icons: Map<string, string>; lines: Line[] };

const NAME = String.raw`[\w-]{1,80}`;
const DECLARED = new RegExp(
  String.raw`^(group|service|junction)[ \t]+(${NAME})[ \t]*(?:\(([^)]*)\))?[ \t]*(?:\[([^\]]*)\])?(?:[ \t]*\bin[ \t]+(${NAME}))?$`,
);
const EDGE = new RegExp(
  String.raw`^(${NAME})(\{group\})?[ \t]*:[ \t]*([TRBL])[ \t]*(<?)-(?:-|\[([^\]]*)\]-)(>?)[ \t]*([TRBL])[ \t]*:[ \t]*(${NAME})(\{group\})?$`,
);
const MAX_SERVICES = 80;
const MAX_DEPTH = 6;

export function readArchitecture(lines: readonly string[]): Architecture {
  const graph = newGraph();
  const icons = new Map<string, string>();
  const drawn: Line[] = [];
  for (const line of lines) {
    const edge = EDGE.exec(line);
    const title = /^title[ \t]+(.*)$/.exec(line)?.[1];
    if (title) graph.title = title;
    else if (edge) {
      const [, from = "", leaves, a = "", back, label = "", on, b = "", to = "", arrives] = edge;
      if (!graph.nodes.has(from) || !graph.nodes.has(to) || from === to) refuse(line);
      drawn.push({
        ...{ from, to, label: labelOf(label), line: "solid", head: on ? "arrow" : "none", tail: back ? "arrow" : "none" },
        sides: ["TRBL".indexOf(a) as Side, "TRBL".indexOf(b) as Side],
        grouped: [!!leaves, !!arrives],
      });
      connect(graph, drawn.at(-1) as Line);
    } else if (!/^align\b/.test(line)) declare(graph, icons, line);
  }
  fillGroups(graph);
  if (!graph.nodes.size) refuse("nothing");
  return { graph, icons, lines: drawn };
}

function declare(graph: Graph, icons: Map<string, string>, line: string): void {
  const [, kind, id = "", icon = "", written = id, parent] = DECLARED.exec(line) ?? refuse(line);
  if (graph.nodes.has(id) || graph.groups.has(id) || (parent && !graph.groups.has(parent))) refuse(line);
  const label = labelOf(written);
  icons.set(id, icon.trim());
  if (kind === "group") {
    graph.groups.set(id, { id, label: label.replaceAll("\n", " "), parent });
    let depth = 0;
    for (let up: string | undefined = id; up; up = graph.groups.get(up)?.parent) depth++;
    atMost(depth, MAX_DEPTH);
    atMost(graph.groups.size, MAX_SERVICES);
  } else {
    Object.assign(nodeOf(graph, id, parent), kind === "service" ? { label } : { label: "", shape: "start" });
    atMost(graph.nodes.size, MAX_SERVICES);
  }
}

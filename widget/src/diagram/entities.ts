// Mermaid's entity relationship diagram, read as a graph of tables.
import { atMost, connect, type Direction, type Graph, type GraphNode, type Head, labelOf, newGraph, nodeOf, refuse } from "./graph.ts";

const NAME = String.raw`"[^"]+"|[\p{L}\p{N}_]+(?:[.-][\p{L}\p{N}_]+)*`;
const RELATION = new RegExp(
  String.raw`^(${NAME})[ \t]*(\|o|\|\||\}o|\}\|)(--|\.\.|\.-|-\.)(o\||\|\||o\{|\|\{)[ \t]*(${NAME})[ \t]*(?::[ \t]*(.*))?$`,
  "u",
);
const DECLARED = new RegExp(String.raw`^(${NAME})(?:\[("[^"]*"|[^\]"]*)\])?(?::::[\w-]+)?[ \t]*(\{[ \t]*(\})?)?$`, "u");
const ATTRIBUTE = /^(\S+)[ \t]+(\S+)(?:[ \t]+((?:PK|FK|UK)(?:[ \t]*,[ \t]*(?:PK|FK|UK))*))?(?:[ \t]+"([^"]*)")?$/;
const IGNORED = /^(?:classDef|class|style|title)\b/;
const ENDS: Record<string, Head> = { "||": "one", "|o": "maybe", "o|": "maybe", "}|": "some", "|{": "some", "}o": "many", "o{": "many" };
const MAX_ATTRIBUTES = 60;

export function readEntities(lines: readonly string[]): Graph {
  const graph = newGraph();
  let inside: GraphNode | undefined;
  for (const line of lines) {
    if (inside) {
      if (line === "}") inside = undefined;
      else attribute(inside, line);
      continue;
    }
    const relation = RELATION.exec(line);
    const declared = DECLARED.exec(line);
    if (relation) {
      const [, a = "", tail = "", stroke, head = "", b = "", label = ""] = relation;
      connect(graph, {
        from: entity(graph, a).id,
        to: entity(graph, b).id,
        label: labelOf(label),
        line: stroke === "--" ? "solid" : "dotted",
        head: ENDS[head] ?? "none",
        tail: ENDS[tail] ?? "none",
      });
    } else if (/^direction[ \t]/.test(line)) graph.direction = (/\b(TB|BT|LR|RL)\b/.exec(line)?.[1] as Direction | undefined) ?? "TB";
    else if (IGNORED.test(line)) continue;
    else if (declared) {
      const node = entity(graph, declared[1] as string);
      if (declared[2]) node.label = labelOf(declared[2]);
      if (declared[3] && !declared[4]) inside = node;
    } else refuse(line);
  }
  return graph;
}

function entity(graph: Graph, written: string): GraphNode {
  const id = labelOf(written);
  const node = nodeOf(graph, id, undefined);
  node.shape = "record";
  node.sections ??= [[]];
  return node;
}

function attribute(node: GraphNode, line: string): void {
  const found = ATTRIBUTE.exec(line);
  if (!found) refuse(line);
  const [, type = "", name = "", keys = "", comment = ""] = found;
  const rows = node.sections?.[0] ?? [];
  rows.push([name, type, keys.replace(/\s/g, ""), comment].map((each) => each.slice(0, 60)));
  atMost(rows.length, MAX_ATTRIBUTES);
}

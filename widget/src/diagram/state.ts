// Mermaid's state diagram, read as a graph.
import { connect, type Graph, labelOf, newGraph, nodeOf, refuse, resolveGroups, type Shape } from "./graph.ts";

const ID = String.raw`\[\*\]|[\p{L}\p{N}_.-]+`;
const ARROW = new RegExp(String.raw`^(${ID})[ \t]*-->[ \t]*(${ID})[ \t]*(?::[ \t]*(.*))?$`, "u");
const DECLARED = /^state[ \t]+(?:"([^"]*)"[ \t]+as[ \t]+)?([\p{L}\p{N}_.-]+)[ \t]*(?:<<(\w+)>>)?[ \t]*(\{)?$/u;
const DESCRIBED = /^([\p{L}\p{N}_.-]+)[ \t]*:[ \t]*(.*)$/u;
const ALONE = /^[\p{L}\p{N}_.-]+$/u;
const KINDS: Record<string, Shape> = { choice: "diamond", fork: "double", join: "double" };

export function readStates(lines: readonly string[]): Graph {
  const graph = newGraph();
  const open: string[] = [];
  for (const line of lines) {
    const [, label, id = "", , brace] = DECLARED.exec(line) ?? [];
    if (brace && !graph.groups.has(id)) graph.groups.set(id, { id, label: labelOf(label ?? id), parent: undefined });
  }
  let note = false;
  for (const line of lines) {
    if (note) note = !/^end note$/.test(line);
    else if (/^note\b/.test(line)) note = !line.includes(":");
    else if (/^direction\b/.test(line)) {
      if (!open.length) graph.direction = (/\b(TB|BT|LR|RL)\b/.exec(line)?.[1] as Graph["direction"] | undefined) ?? "TB";
    } else if (line === "}") open.pop();
    else if (!/^(?:classDef|class|style|hide|scale|--)/.test(line)) statement(graph, line, open);
  }
  resolveGroups(graph);
  return graph;
}

function statement(graph: Graph, line: string, open: string[]): void {
  const group = open.at(-1);
  const arrow = ARROW.exec(line);
  if (arrow) {
    const [, from = "", to = "", label = ""] = arrow;
    connect(graph, {
      from: state(graph, from, group, "start"),
      to: state(graph, to, group, "end"),
      label: labelOf(label),
      line: "solid",
      head: "arrow",
      tail: "none",
    });
    return;
  }
  const declared = DECLARED.exec(line);
  if (declared) {
    const [, label, id = "", kind, brace] = declared;
    if (brace) {
      const made = graph.groups.get(id);
      if (made && !open.includes(id)) made.parent = group;
      open.push(id);
      if (open.length > 8) refuse("states too deep");
      return;
    }
    const node = nodeOf(graph, state(graph, id, group, "start"), group);
    if (label) node.label = labelOf(label);
    if (kind) {
      node.shape = KINDS[kind] ?? node.shape;
      node.label = "";
    }
    return;
  }
  const described = DESCRIBED.exec(line);
  const id = described?.[1] ?? (ALONE.test(line) ? line : undefined);
  if (id === undefined) refuse(line);
  const node = nodeOf(graph, state(graph, id, group, "start"), group);
  if (described) node.label = node.label === id ? labelOf(described[2] as string) : `${node.label}\n${labelOf(described[2] as string)}`;
}

/** The node of a state: `[*]` is the start where an arrow leaves it, the end where one arrives; a composite one stays its group. */
function state(graph: Graph, id: string, group: string | undefined, star: "start" | "end"): string {
  if (id !== "[*]") {
    if (graph.groups.has(id)) return id;
    const node = nodeOf(graph, id, group);
    if (node.shape === "box") node.shape = "round";
    return id;
  }
  const node = nodeOf(graph, `${star} ${group ?? ""}`, group);
  node.shape = star;
  node.label = "";
  return node.id;
}

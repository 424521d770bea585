// Mermaid's class diagram, read as a graph of boxes with members.
import {
  atMost,
  connect,
  type Direction,
  type Edge,
  type Graph,
  type GraphNode,
  type Head,
  labelOf,
  newGraph,
  nodeOf,
  refuse,
} from "./graph.ts";

const NAME = String.raw`(?:\x60[^\x60]+\x60|[\p{L}\p{N}_]+(?:[.-][\p{L}\p{N}_]+)*)(?:~[^~\s]*(?:~[^~\s]*~)?~)?`;
const MANY = String.raw`(?:"([^"]*)"[ \t]*)?`;
const RELATION = new RegExp(
  String.raw`^(${NAME})[ \t]*${MANY}(<\|?|\*|(?<![\p{L}\p{N}_])o|\(\))?(--|\.\.)(\|?>|\*|o(?![\p{L}\p{N}_])|\(\))?[ \t]*${MANY}(${NAME})[ \t]*(?::[ \t]*(.*))?$`,
  "u",
);
const DECLARED = new RegExp(String.raw`^class[ \t]+(${NAME})(?:\["([^"]*)"\])?(?:[ \t]*:::[\w-]+)?[ \t]*(\{[ \t]*(\})?)?$`, "u");
const MEMBER = new RegExp(String.raw`^(${NAME})[ \t]*:[ \t]*(.+)$`, "u");
const STEREOTYPE = new RegExp(String.raw`^<<([^<>]+)>>[ \t]*(${NAME})?$`, "u");
const NOTE = new RegExp(String.raw`^note[ \t]+(?:for[ \t]+(${NAME})[ \t]+)?"([^"]*)"$`, "u");
const IGNORED = /^(?:classDef|cssClass|style|link|click|callback|title)\b/;
const HEADS: Record<string, Head> = {
  "<|": "triangle",
  "|>": "triangle",
  "*": "diamond",
  o: "hollow",
  "<": "open",
  ">": "open",
  "()": "circle",
};

export function readClasses(lines: readonly string[]): Graph {
  const graph = newGraph();
  let group: string | undefined;
  let inside: GraphNode | undefined;
  for (const line of lines) {
    if (inside) {
      if (line === "}") inside = undefined;
      else member(inside, line);
      continue;
    }
    const space = /^namespace[ \t]+([\p{L}\p{N}_.-]+)[ \t]*\{$/u.exec(line)?.[1];
    const declared = DECLARED.exec(line);
    const stereotype = STEREOTYPE.exec(line);
    const note = NOTE.exec(line);
    const relation = RELATION.exec(line);
    const described = MEMBER.exec(line);
    if (space) {
      group = space;
      graph.groups.set(space, { id: space, label: space, parent: undefined });
    } else if (line === "}") group = undefined;
    else if (/^direction\b/.test(line)) graph.direction = (/\b(TB|BT|LR|RL)\b/.exec(line)?.[1] as Direction | undefined) ?? "TB";
    else if (declared) {
      const node = classOf(graph, declared[1] as string, group);
      if (declared[2]) node.label = labelOf(declared[2]);
      if (declared[3] && !declared[4]) inside = node;
    } else if (stereotype?.[2]) classOf(graph, stereotype[2], group).above = `«${(stereotype[1] as string).trim()}»`;
    else if (note) {
      const node = nodeOf(graph, `note ${graph.nodes.size}`, group);
      node.shape = "note";
      node.label = labelOf(note[2] as string);
      if (note[1]) {
        const to = classOf(graph, note[1], group).id;
        connect(graph, { from: node.id, to, label: "", line: "dotted", head: "none", tail: "none" });
      }
    } else if (relation) relate(graph, relation, group);
    else if (described) member(classOf(graph, described[1] as string, group), described[2] as string);
    else if (!IGNORED.test(line)) refuse(line);
  }
  return graph;
}

function relate(graph: Graph, found: RegExpExecArray, group: string | undefined): void {
  const [, a = "", aMany = "", tail = "", stroke, head = "", bMany = "", b = "", label = ""] = found;
  const edge: Edge = {
    from: classOf(graph, a, group).id,
    to: classOf(graph, b, group).id,
    label: labelOf(label),
    line: stroke === "--" ? "solid" : "dotted",
    head: HEADS[head] ?? "none",
    tail: HEADS[tail] ?? "none",
    near: [labelOf(aMany), labelOf(bMany)],
  };
  connect(graph, edge);
}

function classOf(graph: Graph, written: string, group: string | undefined): GraphNode {
  const [, name = "", of] = /^(.*?)(?:~(.*)~)?$/.exec(written.replaceAll("`", "")) ?? [];
  const node = nodeOf(graph, name, group);
  if (node.shape !== "record") {
    node.shape = "record";
    node.sections = [[], []];
  }
  node.group ??= group;
  if (of) node.label = `${name}<${of.replaceAll("~", "")}>`;
  return node;
}

const MAX_MEMBERS = 60;

/** What has parentheses is a method, and stands below the attributes. */
function member(node: GraphNode, written: string): void {
  const stereotype = STEREOTYPE.exec(written);
  if (stereotype) {
    node.above = `«${(stereotype[1] as string).trim()}»`;
    return;
  }
  const method = written.includes("(");
  const text = labelOf(written)
    .replace(/[$*]$/, "")
    .replace(/~([^~\s]*)~/g, "<$1>")
    .replace(/\)[ \t]*(?=[\p{L}\p{N}_])/u, "): ");
  const rows = node.sections?.[method ? 1 : 0];
  rows?.push([text.slice(0, 90)]);
  atMost(rows?.length ?? 0, MAX_MEMBERS);
}

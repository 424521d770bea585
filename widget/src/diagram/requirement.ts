// Mermaid's requirement diagram, read as a graph of boxes: requirements, what fulfils them, and what they are to each other.
import { atMost, connect, type Graph, type GraphNode, labelOf, newGraph, nodeOf, refuse } from "./graph.ts";

const NAME = String.raw`("[^"]*"|\w[^{}<>"=:-]*?)`;
const OPENED = new RegExp(String.raw`^(\w*[rR]equirement|designConstraint|element)[ \t]+${NAME}[ \t]*(?::::[\w,-]*[ \t]*)?\{[ \t]*(\})?$`);
const TO = new RegExp(String.raw`^${NAME}[ \t]*-[ \t]*(\w+)[ \t]*->[ \t]*${NAME}$`);
const FROM = new RegExp(String.raw`^${NAME}[ \t]*<-[ \t]*(\w+)[ \t]*-[ \t]*${NAME}$`);
const DIRECTION = /^direction[ \t]+(TB|TD|BT|LR|RL)$/;
const KINDS = /^(?:requirement|(?:functional|interface|performance|physical)Requirement|designConstraint|element)$/;
const RELATIONS = /^(?:contains|copies|derives|satisfies|verifies|refines|traces)$/;
const IGNORED = /^(?:style|classDef|class)\b/;
const MAX_CHARS = 1_000;
const WRAP_CHARS = 34;
const MAX_ROWS = 14;

export function readRequirements(lines: readonly string[]): Graph {
  const graph = newGraph();
  const relations: { from: string; to: string; kind: string }[] = [];
  let open: GraphNode | undefined;
  for (const line of lines) {
    atMost(line.length, MAX_CHARS);
    const opened = OPENED.exec(line);
    const direction = DIRECTION.exec(line)?.[1];
    const [, first = "", kind = "", last = ""] = TO.exec(line) ?? [];
    const [, to = "", back = "", from = ""] = FROM.exec(line) ?? [];
    if (open && line === "}") open = undefined;
    else if (open) rows(open, line);
    else if (opened) {
      const [, type = "", name = "", closed] = opened;
      if (!KINDS.test(type)) refuse(line);
      const node = nodeOf(graph, labelOf(name), undefined);
      Object.assign(node, { shape: "record", above: `«${type}»`, sections: [[]] });
      if (!closed) open = node;
    } else if (direction) graph.direction = direction === "TD" ? "TB" : (direction as "LR");
    else if (first) relations.push({ from: labelOf(first), to: labelOf(last), kind });
    else if (from) relations.push({ from: labelOf(from), to: labelOf(to), kind: back });
    else if (!IGNORED.test(line)) refuse(line);
  }
  if (open) refuse("a box without end");
  for (const { from, to, kind } of relations) {
    if (!RELATIONS.test(kind) || !graph.nodes.has(from) || !graph.nodes.has(to)) refuse(`${from} ${kind} ${to}`);
    const within = kind === "contains";
    connect(graph, {
      from,
      to,
      label: kind,
      line: within ? "solid" : "dotted",
      head: within ? "none" : "open",
      tail: within ? "circle" : "none",
    });
  }
  return graph;
}

/** What is written in a box: a word and what it says, in rows of its own where that is long. */
function rows({ sections }: GraphNode, line: string): void {
  const [, word = "", value = ""] = /^(id|text|risk|verify[mM]ethod|type|doc[rR]ef)[ \t]*:[ \t]*(.*)$/i.exec(line) ?? refuse(line);
  const cells = sections?.[0];
  let open = "";
  const all: string[] = [];
  for (const part of labelOf(value).split(/\s+/)) {
    if (open && open.length + part.length >= WRAP_CHARS) {
      all.push(open);
      open = part;
    } else open += (open && " ") + part;
  }
  for (const [n, text] of [...all, open].entries()) cells?.push([n ? "" : word, text]);
  atMost(cells?.length ?? 0, MAX_ROWS);
}

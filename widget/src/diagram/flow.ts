// Mermaid's flowchart: lines of nodes and the links between them, in groups.
import {
  atMost,
  connect,
  type Direction,
  type Graph,
  type Head,
  labelOf,
  newGraph,
  nodeOf,
  refuse,
  resolveGroups,
  type Shape,
} from "./graph.ts";

const ID = /[\p{L}\p{N}_]+(?:[-.](?=[\p{L}\p{N}_])[\p{L}\p{N}_]+)*/uy;
const IGNORED = /^(?:classDef|class|style|linkStyle|click|direction)\b/;
const CLASS = /:::[\w-]+/y;
const LINK = /([<xo])?(--+|==+|-\.+-?|~~~+)([>xo](?![\p{L}\p{N}_]))?(>)?/uy;
const LINK_END = /(--+|==+|\.+-)([>xo])?/g;
const LINK_TEXT = /\|("[^"]*"|[^|\n]*)\|/y;

/** Each opener with its closers and the shape they make; longer openers first. */
const SHAPES: [string, string[], Shape][] = [
  ["(((", [")))"], "circle"],
  ["((", ["))"], "circle"],
  ["([", ["])"], "stadium"],
  ["(", [")"], "round"],
  ["[[", ["]]"], "double"],
  ["[(", [")]"], "cylinder"],
  ["[/", ["/]", "\\]"], "slanted"],
  ["[\\", ["\\]", "/]"], "slanted"],
  ["[", ["]"], "box"],
  ["{{", ["}}"], "hexagon"],
  ["{", ["}"], "diamond"],
  [">", ["]"], "flag"],
];
const HEADS: Record<string, Head> = { ">": "arrow", "<": "arrow", x: "cross", o: "circle" };

export function readFlow(head: string, lines: readonly string[]): Graph {
  const graph = newGraph();
  graph.direction = directionOf(head);
  const open: string[] = [];
  const all = lines.flatMap(statements);
  const groups = new Set(all.flatMap((line) => /^subgraph\s+([^[\s]+)/.exec(line)?.[1] ?? []));
  for (const line of all) {
    const group = /^subgraph\b[ \t]*(.*)$/.exec(line);
    if (group) {
      const [, id = "", shown] = /^([^[\s]+)?[ \t]*(?:\[(.*)\])?$/.exec(group[1] as string) ?? [];
      const written = shown ?? (group[1] as string);
      const key = id || `group ${graph.groups.size}`;
      if (!graph.groups.has(key)) graph.groups.set(key, { id: key, label: labelOf(written), parent: open.at(-1) });
      open.push(key);
      atMost(open.length, 8);
    } else if (/^end$/.test(line)) open.pop();
    else if (!IGNORED.test(line)) new Statement(graph, line, open.at(-1), groups).read();
  }
  resolveGroups(graph);
  return graph;
}

export function directionOf(head: string): Direction {
  const found = /\b(TB|TD|BT|LR|RL)\b/.exec(head)?.[1];
  return found === "TD" || !found ? "TB" : (found as Direction);
}

/** The statements of a line: a semicolon ends one, unless it is in quotes or brackets. */
function statements(line: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '"') quoted = !quoted;
    else if (line[at] === ";" && !quoted && !/[#&][a-z\d]{1,8}$/.test(line.slice(Math.max(0, at - 9), at))) {
      parts.push(line.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, line.slice(from)].map((each) => each.trim()).filter(Boolean);
}

/** A line that is read from one end to the other. */
export class Statement {
  graph: Graph;
  line: string;
  #at = 0;
  #group: string | undefined;
  #groups: ReadonlySet<string>;

  constructor(graph: Graph, line: string, group: string | undefined, groups: ReadonlySet<string>) {
    this.#groups = groups;
    this.graph = graph;
    this.line = line;
    this.#group = group;
  }

  read(): void {
    let from = this.#nodes();
    while (this.skip() < this.line.length) {
      const link = this.link();
      const to = this.#nodes();
      for (const a of from) for (const b of to) connect(this.graph, { ...link, from: a, to: b });
      from = to;
    }
  }

  skip(): number {
    while (this.line[this.#at] === " " || this.line[this.#at] === "\t") this.#at++;
    return this.#at;
  }

  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.skip();
    const found = pattern.exec(this.line);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }

  #nodes(): string[] {
    const ids = [this.node()];
    while (this.line[this.skip()] === "&") {
      this.#at++;
      ids.push(this.node());
    }
    return ids;
  }

  node(): string {
    const id = this.match(ID)?.[0];
    if (!id) refuse(`expected a node in ${this.line}`);
    if (this.#groups.has(id)) return id;
    const node = nodeOf(this.graph, id, this.#group);
    node.group ??= this.#group;
    const rest = this.line.slice(this.#at);
    const data = /^@\{([^}]*)\}/.exec(rest);
    if (data) {
      node.label = labelOf(/label:[ \t]*("[^"]*"|[^,]*)/.exec(data[1] as string)?.[1] ?? node.label);
      this.#at += data[0].length;
    }
    const shape = SHAPES.find(([opener]) => rest.startsWith(opener));
    if (shape) {
      const [opener, closers, kind] = shape;
      const inside = this.#at + opener.length;
      const quoteEnd = this.line[inside] === '"' ? this.line.indexOf('"', inside + 1) : -1;
      const ends = closers.map((each) => this.line.indexOf(each, quoteEnd < 0 ? inside : quoteEnd)).filter((each) => each >= 0);
      if (!ends.length) refuse(`expected ${closers[0]} in ${this.line}`);
      const end = Math.min(...ends);
      node.label = labelOf(this.line.slice(inside, end));
      node.shape = kind;
      this.#at = end + (closers[0] as string).length;
    }
    this.match(CLASS);
    return id;
  }

  link(): { label: string; line: "solid" | "dotted" | "thick" | "hidden"; head: Head; tail: Head } {
    const start = this.match(LINK);
    if (!start) refuse(`expected a link in ${this.line}`);
    const body = start[2] as string;
    let head = start[3] ?? start[4];
    let label = "";
    if (!head && (body === "--" || body === "==" || body === "-.")) {
      LINK_END.lastIndex = this.#at;
      const end = LINK_END.exec(this.line);
      if (!end) refuse(`expected the end of a link in ${this.line}`);
      label = labelOf(this.line.slice(this.#at, end.index));
      head = end[2];
      this.#at = LINK_END.lastIndex;
    } else label = labelOf(this.match(LINK_TEXT)?.[1] ?? "");
    const line = body.startsWith("=") ? "thick" : body.includes(".") ? "dotted" : body.startsWith("~") ? "hidden" : "solid";
    return { label, line, head: HEADS[head ?? ""] ?? "none", tail: HEADS[start[1] ?? ""] ?? "none" };
  }
}

// Mermaid's blocks: in columns as they are written, some with blocks in them, and lines between them.
import { Statement } from "./flow.ts";
import { atMost, connect, type Graph, labelOf, newGraph, refuse } from "./graph.ts";

/** A place for a node, for cells in so many `columns`, or 0 for all in one row, or for nothing; `ways` are those in which an arrow points. */
export type Cell = { id: string; span: number; columns: number; cells: Cell[]; title: string; framed: boolean; ways: string };

const IGNORED = /^(?:classDef|class|style|title)\b/;
const COLUMNS = /columns[ \t]+(auto|\d{1,2})(?![\p{L}\p{N}_])/uy;
const SPACE = /space(?::(\d{1,2}))?(?=[ \t]|$)/y;
const BLOCK = /block(?:(:)|(?=[ \t]|$))/y;
const END = /end(?=[ \t]|$)/y;
const SPAN = /:(\d{1,2})/y;
const ARROW = /<\[("[^"]*"|[^\]"]*)\]>[ \t]*\(([a-z, \t]*)\)/y;
const LINK = /[<xo]?(?:--|==|-\.|~~~)/y;
const MAX_CELLS = 200;
const MAX_DEPTH = 8;

export function readBlocks(lines: readonly string[]): { graph: Graph; whole: Cell } {
  const graph = newGraph();
  const whole = cellOf("", 1);
  const open = [whole];
  const cells = new Map<string, Cell>();
  for (const line of lines) if (!IGNORED.test(line)) new Blocks(graph, line, undefined, new Set()).into(open, cells);
  if (open.length > 1 || !graph.nodes.size) refuse("no end, or nothing");
  // What only holds others has no name of its own.
  for (const { id, title, framed, ways } of cells.values())
    if ((framed || ways) && !title && !graph.edges.some(({ from, to }) => from === id || to === id)) graph.nodes.delete(id);
  return { graph, whole };
}

class Blocks extends Statement {
  into(open: Cell[], cells: Map<string, Cell>): void {
    while (this.skip() < this.line.length) {
      const within = open.at(-1) as Cell;
      const [columns, space, block] = [this.match(COLUMNS)?.[1], this.match(SPACE), this.match(BLOCK)];
      if (columns) within.columns = Number(columns) || 0;
      else if (space) within.cells.push(cellOf("", Number(space[1] ?? 1)));
      else if (block) {
        const inner = block[1] ? this.#cell(within, cells) : cellOf("", 1);
        const label = this.graph.nodes.get(inner.id)?.label ?? "";
        Object.assign(inner, { framed: true, title: label === inner.id ? "" : label });
        if (!block[1]) within.cells.push(inner);
        atMost(open.push(inner), MAX_DEPTH);
      } else if (this.match(END)) {
        if (open.length < 2) refuse(this.line);
        open.pop();
      } else this.#chain(within, cells);
      atMost(within.cells.length, MAX_CELLS);
    }
  }

  #chain(within: Cell, cells: Map<string, Cell>): void {
    let { id } = this.#cell(within, cells);
    for (LINK.lastIndex = this.skip(); LINK.test(this.line); LINK.lastIndex = this.skip()) {
      const link = this.link();
      const to = this.#cell(within, cells).id;
      connect(this.graph, { ...link, from: id, to });
      id = to;
    }
  }

  /** The cell of the block that comes next, made where it is first named. */
  #cell(within: Cell, cells: Map<string, Cell>): Cell {
    const id = this.node();
    const [, label, ways] = this.match(ARROW) ?? [];
    const span = Number(this.match(SPAN)?.[1] ?? 1);
    const cell = cells.get(id) ?? cellOf(id, span);
    if (!cells.has(id)) within.cells.push(cell);
    cells.set(id, cell);
    if (ways !== undefined) {
      cell.ways = ways;
      cell.title = labelOf(label ?? "").trim();
      Object.assign(this.graph.nodes.get(id) ?? {}, { label: cell.title });
    }
    return cell;
  }
}

function cellOf(id: string, span: number): Cell {
  return { id, span: Math.max(1, span), columns: 0, cells: [], title: "", framed: false, ways: "" };
}

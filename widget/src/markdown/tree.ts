// What reading a text leaves, one piece after the other -> a tree of plain data.
import type { Run } from "./delimiters.ts";

/** An element, or one of ours: `code-block` (attrs.lang), `image` (attrs.src, alt, title), `citation` (attrs.n), `task`, `math`. */
export type MdNode = { tag: string; attrs: Readonly<Record<string, string>>; children: MdChild[] };
export type MdChild = MdNode | string;

/** A stretch of text, a node, a run of delimiters, the beginning of a link or its end. `verbatim` text stands in the source as it is. */
export type Piece = { pos: number; text?: string; verbatim?: boolean; node?: MdNode; run?: Run; open?: MdNode; close?: boolean };

/** Elements inside more of them than that are shown without their own. */
const MAX_DEPTH = 20;

/** Top-level text as it stands in the source, or with no length the beginning of something else: where, and where in the nodes. */
export type Span = { pos: number; length: number; index: number; offset: number };

export function treeOf(pieces: readonly Piece[]): { nodes: MdChild[]; spans: Span[] } {
  const nodes: MdChild[] = [];
  const spans: Span[] = [];
  const stack: MdChild[][] = [nodes];
  // What would lie deeper than MAX_DEPTH is shown without its element.
  let ignored = 0;
  let links = 0;
  const enter = (node: MdNode) => {
    if (stack.length > MAX_DEPTH) {
      ignored++;
      return;
    }
    stack.at(-1)?.push(node);
    stack.push(node.children);
  };
  const leave = () => {
    if (ignored) ignored--;
    else if (stack.length > 1) stack.pop();
  };
  const span = (pos: number, length: number, offset: number) => spans.push({ pos, length, index: nodes.length - 1, offset });
  const add = (text: string, piece: Piece, whole: boolean) => {
    const into = stack.at(-1) as MdChild[];
    const last = into.at(-1);
    const merged = typeof last === "string";
    if (merged) into[into.length - 1] = last + text;
    else into.push(text);
    if (whole && into === nodes) span(piece.pos, piece.verbatim ? text.length : 0, merged ? last.length : 0);
  };
  for (const piece of pieces) {
    const top = stack.length === 1;
    if (piece.text !== undefined) add(piece.text, piece, true);
    else if (piece.run) {
      const { closes, count, char, opens } = piece.run;
      for (let i = 0; i < closes; i++) leave();
      if (count) add(char.repeat(count), piece, !closes && !opens.length);
      for (let i = opens.length - 1; i >= 0; i--) enter({ tag: opens[i] as string, attrs: {}, children: [] });
    } else if (piece.open) {
      links++;
      enter({ ...piece.open, children: [] });
      if (top) span(piece.pos, 0, 0);
    } else if (piece.close) {
      links--;
      leave();
    } else if (piece.node?.tag === "a" && links) add(piece.node.children[0] as string, piece, false);
    else if (piece.node) {
      stack.at(-1)?.push(piece.node);
      if (top) span(piece.pos, 0, 0);
    }
  }
  return { nodes, spans };
}

export function plainText(nodes: readonly MdChild[]): string {
  return nodes
    .map((each) =>
      typeof each === "string" ? each : each.tag === "br" ? "\n" : each.tag === "image" ? (each.attrs.alt ?? "") : plainText(each.children),
    )
    .join("");
}

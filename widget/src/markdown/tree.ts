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

/** The tree, and into `spans`, if they are asked for, where its top-level text stands in the source. */
export function treeOf(pieces: readonly Piece[], spans?: Span[]): MdChild[] {
  const tree = new Tree(spans);
  for (const piece of pieces) tree.take(piece);
  return tree.nodes;
}

class Tree {
  readonly nodes: MdChild[] = [];
  #stack = [this.nodes];
  /** The last of them: what is added to. */
  #into = this.nodes;
  #spans: Span[] | undefined;
  /** What would lie deeper than MAX_DEPTH is shown without its element. */
  #ignored = 0;
  #links = 0;

  constructor(spans: Span[] | undefined) {
    this.#spans = spans;
  }

  take(piece: Piece): void {
    const { text, run, open, node } = piece;
    if (text !== undefined) this.#add(text, piece, true);
    else if (run) {
      for (let i = 0; i < run.closes; i++) this.#leave();
      if (run.count) this.#add(run.char.repeat(run.count), piece, !run.closes && !run.opens.length);
      for (let i = run.opens.length - 1; i >= 0; i--) this.#enter({ tag: run.opens[i] as string, attrs: {}, children: [] });
    } else if (open) {
      const into = this.#into;
      this.#links++;
      this.#enter(open);
      this.#span(into, piece);
    } else if (piece.close) {
      this.#links--;
      this.#leave();
    } else if (node?.tag === "a" && this.#links) this.#add(node.children[0] as string, piece, false);
    else if (node) {
      this.#into.push(node);
      this.#span(this.#into, piece);
    }
  }

  #enter(node: MdNode): void {
    if (this.#stack.length > MAX_DEPTH) {
      this.#ignored++;
      return;
    }
    this.#into.push(node);
    this.#into = node.children;
    this.#stack.push(this.#into);
  }

  #leave(): void {
    if (this.#ignored) this.#ignored--;
    else if (this.#stack.length > 1) {
      this.#stack.pop();
      this.#into = this.#stack.at(-1) as MdChild[];
    }
  }

  #add(text: string, piece: Piece, whole: boolean): void {
    const into = this.#into;
    const before = typeof into.at(-1) === "string" ? (into.pop() as string) : "";
    into.push(before + text);
    if (whole) this.#span(into, piece, piece.verbatim ? text.length : 0, before.length);
  }

  #span(into: MdChild[], { pos }: Piece, length = 0, offset = 0): void {
    if (into === this.nodes) this.#spans?.push({ pos, length, index: this.nodes.length - 1, offset });
  }
}

export function plainText(nodes: readonly MdChild[]): string {
  return nodes
    .map((each) =>
      typeof each === "string" ? each : each.tag === "br" ? "\n" : each.tag === "image" ? (each.attrs.alt ?? "") : plainText(each.children),
    )
    .join("");
}

// Markdown that grows: write() and finish() turn source into elements under one root, never through an HTML string.
//
// Only the unfinished end of the source is parsed again, and its tree is laid over the elements that are there: text is appended, new
// nodes are added, what is equal is not touched. A selection inside a streaming answer therefore survives.
import { type Citation, insertCitations } from "./citations.ts";
import { firstHeading, make, patch, type Rendered, type Scope } from "./dom.ts";
import { heal } from "./heal.ts";
import { type MdBlock, parseBlocks, type References } from "./parse.ts";

// A render that takes longer than this would be felt in every frame; it is then followed by a rest of twice its length, so that one
// enormous list or table slows its own growth and not the page.
const CHEAP_MS = 6;

export class MarkdownStream {
  #root: HTMLElement;
  #scope: Scope;
  #text = "";
  #citations: readonly Citation[] = [];
  #marked = "";
  #from = 0;
  #references: References = {};
  #done: Rendered[] = [];
  #tail: Rendered[] = [];
  #restUntil = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement, scope: Scope) {
    this.#root = root;
    this.#scope = scope;
  }

  get text(): string {
    return this.#text;
  }

  /** Appends to the source and shows it. */
  write(delta: string): void {
    this.#text += delta;
    if (!this.#citations.length) this.#marked += delta;
    this.#show();
  }

  #show(): void {
    const start = performance.now();
    if (start < this.#restUntil) {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#show();
      }, this.#restUntil - start);
      return;
    }
    if (this.#citations.length) this.#rebuild();
    else this.#render();
    const cost = performance.now() - start;
    if (cost > CHEAP_MS) this.#restUntil = start + 3 * cost;
  }

  /** Where the numbered sources are cited. */
  cite(citations: readonly Citation[]): void {
    this.#citations = citations;
    this.#rebuild();
  }

  /** Everything has been written: shows the source exactly as a single parse of all of it would. */
  finish(): void {
    clearTimeout(this.#timer);
    this.#marked = insertCitations(this.#text, this.#citations);
    this.#from = 0;
    const blocks = parseBlocks(this.#marked);
    this.#tail = patch(this.#root, [...this.#done, ...this.#tail], nodesOf(blocks), this.#scopeFor(blocks, []));
    this.#done = [];
  }

  #rebuild(): void {
    this.#marked = insertCitations(this.#text, this.#citations);
    this.#tail = [...this.#done, ...this.#tail];
    this.#done = [];
    this.#from = 0;
    this.#references = {};
    this.#render();
  }

  #render(): void {
    const source = this.#marked.slice(this.#from);
    const blocks = parseBlocks(heal(source), { ...this.#references });
    this.#tail = patch(this.#root, this.#tail, nodesOf(blocks), this.#scopeFor(blocks, this.#done));
    this.#settle(source, blocks);
  }

  #scopeFor(blocks: MdBlock[], done: readonly Rendered[]): Scope {
    return { ...this.#scope, firstHeading: firstHeading(done.map((each) => each.node)) ?? firstHeading(nodesOf(blocks)) };
  }

  /** Lets go of the blocks that nothing to come can change: those before one that has at least one whole line of its own. */
  #settle(source: string, blocks: MdBlock[]): void {
    const wholeLines = source.split("\n").length - 1;
    let last = blocks.length - 1;
    while (last > 0 && (blocks[last] as MdBlock).startLine >= wholeLines) last--;
    if (last <= 0) return;
    const line = (blocks[last] as MdBlock).startLine;
    const offset = offsetOfLine(source, line);
    parseBlocks(source.slice(0, offset), this.#references);
    this.#from += offset;
    this.#done.push(...this.#tail.slice(0, last));
    this.#tail = this.#tail.slice(last);
  }
}

/** The whole of a finished text at once. */
export function renderMarkdown(root: HTMLElement, text: string, citations: readonly Citation[], scope: Scope): void {
  const fragment = root.ownerDocument.createDocumentFragment();
  const nodes = nodesOf(parseBlocks(insertCitations(text, citations)));
  const levelled = { ...scope, firstHeading: firstHeading(nodes) };
  for (const node of nodes) fragment.append(make(node, levelled).el);
  root.replaceChildren(fragment);
}

function nodesOf(blocks: MdBlock[]) {
  return blocks.map((each) => each.node);
}

function offsetOfLine(source: string, line: number): number {
  let offset = 0;
  for (let i = 0; i < line; i++) offset = source.indexOf("\n", offset) + 1;
  return offset;
}

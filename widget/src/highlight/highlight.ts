// Colours for finished blocks of code, drawn by the browser over the text as it stands: no element is made, so nothing moves and a selection
// stays. Only what is near the window has its ranges, which also lets go of blocks that have left the page.

import css from "./highlight.css";
import { grammarOf, type Kind } from "./languages.ts";
import { type Token, tokensOf } from "./tokens.ts";

export { css };

const PREFIX = "chatdock-";
const NEAR = "800px";
const SLICE_MS = 5;

type Block = { language: string; ranges?: [Kind, StaticRange][] };

const blocks = new WeakMap<Element, Block>();
const waiting = new Set<Element>();
let scheduled = false;
let watch: IntersectionObserver | undefined;

/** Colours a block once it is near the window and the page has nothing else to do. */
export function show(code: HTMLElement, language: string): void {
  if (!grammarOf(language)) return;
  blocks.set(code, { language });
  // `scrollMargin` is for the transcript's own scrolling; browsers that do not know it colour what is seen.
  watch ??= new IntersectionObserver(look, { rootMargin: NEAR, scrollMargin: NEAR } as IntersectionObserverInit);
  watch.observe(code);
}

function look(entries: IntersectionObserverEntry[]): void {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) waiting.add(target);
    else leave(target);
  }
  schedule();
}

function schedule(): void {
  if (scheduled || !waiting.size) return;
  scheduled = true;
  const idle = globalThis.requestIdleCallback ?? ((work: () => void) => setTimeout(work, 30));
  idle(work, { timeout: 500 });
}

function work(): void {
  scheduled = false;
  const start = performance.now();
  for (const code of waiting) {
    waiting.delete(code);
    colour(code);
    if (performance.now() - start > SLICE_MS) break;
  }
  schedule();
}

function colour(code: Element): void {
  const block = blocks.get(code);
  const grammar = block && grammarOf(block.language);
  const text = code.firstChild;
  if (!grammar || !(text instanceof Text) || !code.isConnected) return;
  const { highlights } = CSS;
  if (!highlights) {
    wrap(code, text, tokensOf(text.data, grammar));
    watch?.unobserve(code);
    return;
  }
  block.ranges ??= tokensOf(text.data, grammar).map(({ kind, start, end }) => [
    kind,
    new StaticRange({ startContainer: text, startOffset: start, endContainer: text, endOffset: end }),
  ]);
  for (const [kind, range] of block.ranges) named(kind).add(range);
}

function leave(code: Element): void {
  waiting.delete(code);
  for (const [kind, range] of blocks.get(code)?.ranges ?? []) named(kind).delete(range);
}

function named(kind: Kind): Highlight {
  const name = PREFIX + kind;
  let found = CSS.highlights.get(name);
  if (!found) {
    found = new Highlight();
    CSS.highlights.set(name, found);
  }
  return found;
}

/** For browsers without highlights of their own: an element for each token, unless the block is selected. */
function wrap(code: Element, text: Text, tokens: readonly Token[]): void {
  const selection = getSelection();
  if (selection && !selection.isCollapsed && selection.containsNode(code, true)) return;
  const source = text.data;
  const parts = document.createDocumentFragment();
  let at = 0;
  for (const { kind, start, end } of tokens) {
    if (start > at) parts.append(source.slice(at, start));
    const span = document.createElement("span");
    span.dataset.kind = kind;
    span.textContent = source.slice(start, end);
    parts.append(span);
    at = end;
  }
  parts.append(source.slice(at));
  code.replaceChildren(parts);
}

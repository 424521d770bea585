// Colours for finished blocks of code near the window. A short block gets an element for each token. What is long, or may be selected, stays
// one text, and the browser draws the colours over it: nothing is made, and a selection stays. But those ranges are all gone through again
// with every frame of an answer that grows, so only what is near the window has them.

import css from "./highlight.css";
import { type Grammar, grammarOf, type Kind } from "./languages.ts";
import { MAX_CHARS, readTokens, type Token, tokensOf } from "./tokens.ts";

export { css };

const PREFIX = "chatdock-";
const NEAR = "400px";
/** Elements for more than this would be worth a task of their own. */
const SHORT_CHARS = 4_096;
const SLICE_MS = 5;
/** Read, and drawn, at a time within a slice. */
const STEP_CHARS = 2_048;
const STEP_RANGES = 512;

/** The ranges of what has been read of a block, and how many of them are drawn. */
type Block = { language: string; read: number; ranges: [Kind, StaticRange][]; drawn: number };

const blocks = new WeakMap<Element, Block>();
const waiting = new Set<Element>();
let scheduled = false;
let watch: IntersectionObserver | undefined;

/** Colours a block once it is near the window and the page has nothing else to do. */
export function show(code: HTMLElement, language: string): void {
  if (!grammarOf(language)) return;
  blocks.set(code, { language, read: 0, ranges: [], drawn: 0 });
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
  const until = performance.now() + SLICE_MS;
  for (const code of waiting) {
    if (performance.now() > until || !colour(code, until)) break;
    waiting.delete(code);
  }
  schedule();
}

/** Colours a block until then, and tells whether all of it is coloured. */
function colour(code: Element, until: number): boolean {
  const block = blocks.get(code);
  const grammar = block && grammarOf(block.language);
  const text = code.firstChild;
  if (!grammar || !(text instanceof Text) || !code.isConnected) return true;
  const held = isHeld(code);
  if (!CSS.highlights || (!held && !block.drawn && text.length <= SHORT_CHARS)) {
    if (!held) wrap(code, text, tokensOf(text.data, grammar));
    watch?.unobserve(code);
    return true;
  }
  while (block.drawn < block.ranges.length || block.read < Math.min(text.length, MAX_CHARS)) {
    if (performance.now() > until) return false;
    if (block.drawn === block.ranges.length) readMore(block, text, grammar);
    for (const [kind, range] of block.ranges.slice(block.drawn, block.drawn + STEP_RANGES)) named(kind).add(range);
    block.drawn = Math.min(block.ranges.length, block.drawn + STEP_RANGES);
  }
  return true;
}

function readMore(block: Block, text: Text, grammar: Grammar): void {
  const tokens: Token[] = [];
  block.read = readTokens(text.data, grammar, { from: block.read, to: block.read + STEP_CHARS }, tokens);
  for (const { kind, start, end } of tokens)
    block.ranges.push([kind, new StaticRange({ startContainer: text, startOffset: start, endContainer: text, endOffset: end })]);
}

function leave(code: Element): void {
  waiting.delete(code);
  const block = blocks.get(code);
  if (!block) return;
  for (const [kind, range] of block.ranges.slice(0, block.drawn)) named(kind).delete(range);
  block.drawn = 0;
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

/** Whether something is selected, or about to be, that would be lost with the block's text. */
function isHeld(code: Element): boolean {
  // Chromium knows a selection within a shadow root only from the root itself.
  const root = code.getRootNode() as Document | (ShadowRoot & Partial<Pick<Document, "getSelection">>);
  const selection = root.getSelection?.() ?? getSelection();
  return selection?.type === "Range" || code.contains(selection?.anchorNode ?? null);
}

/** An element for each token. */
function wrap(code: Element, text: Text, tokens: readonly Token[]): void {
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

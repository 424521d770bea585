// Markdown that grows: write() and finish() turn source into elements under one root, never through an HTML string.
//
// What has been shown for good is never parsed, compared or touched again: a selection in it survives, and a write costs what it brings.
import type { Target } from "./addresses.ts";
import { BlockParser, type Top } from "./blocks.ts";
import { type Citation, insertCitations, stripCitations } from "./citations.ts";
import { append, type Maker, makerFor, type Outline, type Scope } from "./dom.ts";
import { loadNames, namesWanted } from "./entities.ts";
import type { Host, Work } from "./host.ts";
import type { GrowingText } from "./text.ts";

/** More than that of one text is shown as it was written, in one paragraph; the text itself is kept whole. */
const MAX_PARSED_CHARS = 256 * 1024;
/** So is what comes after as many lines, quotes and items: a page with ten times as many would stand still. */
const MAX_BEGUN = 16_000;
const BEGINNING = /\n|[-+*>][ \t]/g;
/** And more than that is not shown. */
const MAX_SHOWN_CHARS = 1024 * 1024;
/** A longer text is not parsed again for each definition that comes after it, but once, at the end. */
const MAX_REDONE_CHARS = 8_192;

export class MarkdownStream {
  /** What has been done so far, for the tests that hold it down. */
  readonly work: Work = { lineChars: 0, inlineChars: 0, renders: 0 };
  #root: ParentNode;
  #outline: Outline = {};
  #host: Host;
  #text = "";
  #citations: readonly Citation[] = [];
  /** Some citations lie beyond the end of the text. */
  #early = false;
  /** The text with its citations marked and its lines ended by line feeds, and how much of that has been parsed. */
  #source = "";
  #parsed = 0;
  /** The end of the source, with all that is not parsed: to read in a text that has just grown costs what the whole of it is long. */
  #tail = "";
  #afterReturn = false;
  /** Lines and markers counted, and up to where in the source. */
  #begun = { count: 0, to: 0 };
  #parser: BlockParser;
  #surplus: Text | undefined;
  #finished = false;
  #lacksNames = false;
  #references = new Map<string, Target & { offset: number }>();
  #defined = false;
  #waiting = new Set<GrowingText>();

  constructor(root: ParentNode, scope: Scope, maker?: Maker) {
    this.#root = root;
    this.#host = {
      ...(maker ?? makerFor(scope, this.#outline)),
      work: this.work,
      math: scope.math !== undefined,
      reference: (label) => this.#references.get(label),
      awaits: (text) => this.#waiting.add(text),
      codeDone: (code, language) => scope.codeDone?.(code, language),
    };
    this.#parser = this.#parserAt(0, []);
  }

  get text(): string {
    return this.#text;
  }

  /** Appends to the source and shows it. */
  write(delta: string): void {
    this.#text += delta;
    if (this.#early) this.#mark();
    else {
      const fresh = this.#lines(insertCitations(delta, []).marked);
      this.#source += fresh;
      this.#tail += fresh;
    }
    this.#show();
  }

  /** Where the numbered sources are cited. */
  cite(citations: readonly Citation[]): void {
    this.#citations = citations;
    this.#mark();
    this.#show();
  }

  /** Everything has been written: shows the source exactly as a single parse of all of it would. */
  finish(): void {
    this.#finished = true;
    this.#reading(() => {
      this.#parser.finish();
      this.#resolve(Number.POSITIVE_INFINITY);
    });
    this.#waiting.clear();
  }

  /** Shows everything again if names of characters were missing that have come since. */
  #reading(read: () => void): void {
    const wanted = namesWanted();
    read();
    if (this.#lacksNames || namesWanted() === wanted) return;
    this.#lacksNames = true;
    void loadNames().then((came) => {
      this.#lacksNames = !came;
      if (!came || this.#parser.tops[0]?.el.parentNode !== this.#root) return;
      this.#rewind(0);
      this.#show();
      if (this.#finished) this.finish();
    });
  }

  /** A finished text at once. */
  readAll(text: string, citations: readonly Citation[]): void {
    this.#text = text;
    this.#citations = citations;
    this.#mark();
    this.#reading(() => this.#feed());
    this.finish();
  }

  #show(): void {
    this.work.renders++;
    this.#reading(() => {
      this.#feed();
      if (this.#surplus) return;
      this.#parser.render();
      if (this.#defined) this.#resolve(MAX_REDONE_CHARS);
    });
  }

  #feed(): void {
    const tailAt = this.#source.length - this.#tail.length;
    const end = this.#end(tailAt);
    if (end > this.#parsed) this.#parser.feed(this.#tail.slice(this.#parsed - tailAt, end - tailAt));
    this.#parsed = Math.max(this.#parsed, end);
    if (this.#source.length > this.#parsed) this.#feedSurplus();
    this.#tail = this.#tail.slice(-1);
  }

  /** How far the source is parsed. */
  #end(tailAt: number): number {
    const end = Math.min(this.#source.length, MAX_PARSED_CHARS);
    BEGINNING.lastIndex = Math.max(0, this.#begun.to - tailAt);
    while (this.#begun.count < MAX_BEGUN) {
      const found = BEGINNING.test(this.#tail);
      // The last character may be the first half of one.
      this.#begun.to = found ? tailAt + BEGINNING.lastIndex : Math.max(this.#begun.to, end - 1);
      if (!found) return end;
      this.#begun.count++;
    }
    return Math.min(this.#begun.to, end);
  }

  #feedSurplus(): void {
    const text = stripCitations(this.#source.slice(this.#parsed, MAX_SHOWN_CHARS));
    this.#parsed = this.#source.length;
    if (this.#surplus) {
      this.#surplus.appendData(text);
      return;
    }
    this.#parser.finish();
    this.#surplus = this.#host.document.createTextNode(text);
    append(this.#root, this.#host, "p").inner.appendChild(this.#surplus);
  }

  /** One delta with line feeds for every kind of line's end, the two halves of one in two deltas included. */
  #lines(delta: string): string {
    const text = this.#afterReturn && delta.startsWith("\n") ? delta.slice(1) : delta;
    if (delta) this.#afterReturn = delta.endsWith("\r");
    return text.replace(/\r\n?/g, "\n").replace(/\0/g, "\uFFFD");
  }

  /** Marks the citations anew, and takes back the blocks from the first that has changed. */
  #mark(): void {
    const { marked, missing } = insertCitations(this.#text, this.#citations);
    this.#early = missing;
    this.#afterReturn = false;
    const before = this.#source;
    this.#source = this.#tail = this.#lines(marked);
    this.#begun = { count: 0, to: 0 };
    let same = Math.min(before.length, this.#source.length);
    if (!this.#source.startsWith(before)) {
      same = 0;
      while (before.charCodeAt(same) === this.#source.charCodeAt(same)) same++;
    }
    if (same < this.#parsed) this.#rewind(same);
  }

  /** Takes back the block that holds that place, and what it might join on to: all that began where it did or stands right above. */
  #rewind(to: number): void {
    const { tops } = this.#parser;
    let top: Top | undefined;
    while (tops.length) {
      const last = tops.at(-1) as Top;
      const joins = top && (last.offset === top.offset || !/(?:^|\n)[ \t]*\n$/.test(this.#source.slice(last.offset, top.offset)));
      if (top && top.offset <= to && !joins) break;
      top = tops.pop();
    }
    while (this.#root.lastChild && this.#root.lastChild !== top?.el) this.#root.removeChild(this.#root.lastChild);
    top?.el.remove();
    this.#parsed = top && top.offset <= to ? top.offset : 0;
    this.#tail = this.#source;
    this.#parser = this.#parserAt(this.#parsed, tops);
    // A definition that may be gone has perhaps been used above: then all is shown again.
    if ([...this.#references.values()].some(({ offset }) => offset > this.#parsed)) {
      this.#references.clear();
      if (this.#parsed) {
        this.#rewind(0);
        return;
      }
    }
    this.#surplus = undefined;
    if (!this.#root.querySelector("h1,h2,h3,h4,h5,h6")) this.#outline.first = undefined;
  }

  #parserAt(offset: number, tops: Top[]): BlockParser {
    return new BlockParser(this.#host, this.#root, {
      offset,
      tops,
      define: (label, target, end) => this.#define(label, { ...target, offset: end }),
    });
  }

  #define(label: string, target: Target & { offset: number }): void {
    if (this.#references.has(label)) return;
    this.#references.set(label, target);
    this.#defined = true;
  }

  /** Shows finished texts again whose labels have been defined since. */
  #resolve(maxChars: number): void {
    this.#defined = false;
    for (const text of [...this.#waiting]) {
      if (text.text.length > maxChars || ![...(text.missing ?? [])].some((label) => this.#references.has(label))) continue;
      this.#waiting.delete(text);
      text.missing = undefined;
      text.clear();
      text.finish();
    }
  }
}

/** The whole of a finished text at once, out of the page: there each element would be taken in by itself. */
export function renderMarkdown(root: HTMLElement, text: string, citations: readonly Citation[], scope: Scope): void {
  const { parentNode, nextSibling } = root;
  root.remove();
  root.replaceChildren();
  new MarkdownStream(root, scope).readAll(text, citations);
  parentNode?.insertBefore(root, nextSibling);
}

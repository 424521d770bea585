// The inside of a paragraph, a heading or a cell: text -> a tree of plain data. CommonMark with GFM's strikethrough and bare addresses;
// raw HTML is text. Time is linear: nothing reaches further than REACH_CHARS, and nothing is looked for twice in the same place.
//
// While the text grows, markers that are still open are shown as if they closed at its end, and half of a marker is not shown.
import {
  at,
  type Bare,
  bareMail,
  bareWeb,
  characterReference,
  encode,
  inlineTarget,
  linkLabel,
  normalizeLabel,
  type Target,
  UNFINISHED,
} from "./addresses.ts";
import { characterAt, isAsciiPunctuation, isSpace, REACH_CHARS } from "./characters.ts";
import { plainCode, stripCitations } from "./citations.ts";
import { type Run, Runs, runAt } from "./delimiters.ts";
import { type MdChild, type Piece, plainText, type Span, treeOf } from "./tree.ts";

export type Surroundings = {
  /** What a label that has been defined stands for. The label is normalised. */
  reference(label: string): Target | undefined;
  /** Whether `$` and `$$` enclose formulas. */
  math: boolean;
};

/** Up to here nothing that is written later can change the nodes: the index of a top-level string among them, and an offset in it. */
export type Settled = { pos: number; index: number; offset: number };

export type Inline = { nodes: MdChild[]; settled?: Settled | undefined; missing?: ReadonlySet<string> | undefined };

type Bracket = { pos: number; piece: number; image: boolean; floor: Run | undefined; inner: boolean; lastImage: number };

const PLAIN = /[^\n\\`*_~[\]!<&:.@$\uE200]+/y;
const CODE_RUN = /`+/g;
const BRACKETED_URL = /<([a-z][a-z0-9+.-]{1,31}:[^\s<>]*)>/iy;
const BRACKETED_MAIL =
  /<([a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,256}@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*)>/iy;
const HALF_URL = /<[a-z][a-z0-9+.-]*:[^\s<>]*$/iy;
const HALF_REFERENCE = /&(?:#x?)?[a-z0-9]{0,31}$/iy;
const CITATION = /\uE200(\d+)\uE201/y;

/** The nodes of `text` from `from` on; what stands before `from` is looked at only as a neighbour. */
export function parseInline(text: string, from: number, surroundings: Surroundings, growing: boolean): Inline {
  PLAIN.lastIndex = from;
  // Most cells and items of a list hold no marker at all.
  if (!growing && PLAIN.test(text) && PLAIN.lastIndex === text.length) return { nodes: [text.slice(from)] };
  return new Parser(text, from, surroundings, growing).parse();
}

class Parser {
  #text: string;
  #at: number;
  /** Where the plain text that has not become a piece yet begins. */
  #start: number;
  #from: number;
  #end: number;
  #surroundings: Surroundings;
  #growing: boolean;
  #pieces: Piece[] = [];
  #runs = new Runs();
  #brackets: Bracket[] = [];
  /** Link brackets below this height are inside-out: a link may not hold a link. */
  #linkFloor = 0;
  /** Nothing from here on is settled. */
  #limit: number;
  /** Stretches that are only right when parsed as one. */
  #bound: { from: number; to: number }[] = [];
  #missing: Set<string> | undefined;

  constructor(text: string, from: number, surroundings: Surroundings, growing: boolean) {
    this.#text = text;
    this.#from = this.#at = this.#start = from;
    this.#end = this.#limit = text.length;
    this.#surroundings = surroundings;
    this.#growing = growing;
  }

  parse(): Inline {
    while (this.#at < this.#end) {
      PLAIN.lastIndex = this.#at;
      if (PLAIN.test(this.#text)) this.#at = PLAIN.lastIndex;
      if (this.#at < this.#end) this.#special(this.#text[this.#at] as string);
    }
    this.#flush(this.#end);
    this.#runs.pair(undefined);
    if (this.#growing) this.#closeForTheEye();
    return this.#build();
  }

  #special(char: string): void {
    const next = this.#text[this.#at + 1];
    if (char === "\n") this.#newline();
    else if (char === "\\") this.#escape(next);
    else if (char === "`") this.#code();
    else if (char === "*" || char === "_" || char === "~") this.#delimiters();
    else if (char === "[") this.#open(false);
    else if (char === "!" && next === "[") this.#open(true);
    else if (char === "]") this.#close();
    else if (char === "<") this.#angle();
    else if (char === "&") this.#reference();
    else if (char === "@") this.#bare(bareMail);
    else if (char === ":" ? this.#text.startsWith("://", this.#at) : char === "." && this.#wwwBefore()) this.#bare(bareWeb);
    else if (char === "$" && this.#surroundings.math) this.#math(next);
    else if (char === "\uE200") this.#citation();
    else this.#literal(1);
  }

  #wwwBefore(): boolean {
    return /^www$/i.test(this.#text.slice(this.#at - 3, this.#at));
  }

  #literal(length: number): void {
    this.#at += length;
  }

  /** What stands between the last piece and `end` becomes one; reading goes on at `next`. */
  #flush(end: number, next = end): void {
    if (end > this.#start) this.#pieces.push({ pos: this.#start, text: this.#text.slice(this.#start, end), verbatim: true });
    this.#at = this.#start = next;
  }

  #node(tag: string, attrs: Record<string, string>, children: MdChild[], next: number, pos = this.#at): void {
    this.#flush(pos, next);
    this.#pieces.push({ pos, node: { tag, attrs, children } });
  }

  #newline(): void {
    let end = this.#at;
    while (end > this.#start && this.#text[end - 1] === " ") end--;
    const spaces = this.#at - end;
    if (spaces >= 2) {
      this.#node("br", {}, [], this.#at + 1, end);
      return;
    }
    if (spaces) this.#flush(end, this.#at);
    this.#literal(1);
  }

  #escape(next: string | undefined): void {
    const math = this.#surroundings.math && (next === "(" || next === "[");
    if (math && this.#formula(this.#text.slice(this.#at, this.#at + 2), next === "(" ? "\\)" : "\\]")) return;
    if (next === "\n") {
      this.#node("br", {}, [], this.#at + 2);
      return;
    }
    if (next === undefined && this.#growing) {
      this.#flush(this.#at, this.#end);
      return;
    }
    if (!isAsciiPunctuation(next)) {
      this.#literal(1);
      return;
    }
    this.#flush(this.#at, this.#at + 1);
    this.#literal(1);
  }

  #code(): void {
    const open = this.#at;
    let inside = open;
    while (this.#text[inside] === "`") inside++;
    const length = inside - open;
    CODE_RUN.lastIndex = inside;
    for (let run = CODE_RUN.exec(this.#text); run && run.index - open <= REACH_CHARS; run = CODE_RUN.exec(this.#text))
      if (run[0].length === length) {
        this.#node("code", {}, [codeText(this.#text.slice(inside, run.index))], CODE_RUN.lastIndex);
        return;
      }
    if (!this.#growing || open + 2 * REACH_CHARS < this.#end) {
      this.#literal(length);
      return;
    }
    this.#keepOpen(open);
    // The closing run may be half here.
    let end = this.#end;
    while (this.#text[end - 1] === "`") end--;
    const shown = end > inside && codeText(this.#text.slice(inside, end));
    if (shown) this.#node("code", {}, [shown], this.#end);
    else this.#flush(open, this.#end);
  }

  #keepOpen(pos: number): void {
    if (pos + 2 * REACH_CHARS >= this.#end) this.#limit = Math.min(this.#limit, pos);
  }

  #delimiters(): void {
    const run = runAt(this.#text, this.#at);
    const end = this.#at + run.length;
    const half = this.#growing && end === this.#end && (run.opensWord || this.#awaits(run.char));
    if (half) {
      this.#keepOpen(run.pos);
      this.#flush(this.#at, end);
      return;
    }
    if (!run.canOpen && !run.canClose) {
      this.#literal(run.length);
      return;
    }
    this.#flush(this.#at, end);
    this.#pieces.push({ pos: run.pos, run });
    this.#runs.push(run);
  }

  #awaits(char: string): boolean {
    for (let run = this.#runs.last; run; run = run.before) if (run.char === char && run.canOpen) return true;
    return false;
  }

  #open(image: boolean): void {
    const pos = this.#at;
    const below = this.#brackets.at(-1);
    if (below) below.inner = true;
    this.#flush(pos, pos + (image ? 2 : 1));
    this.#brackets.push({
      pos,
      piece: this.#pieces.length,
      image,
      floor: this.#runs.last,
      inner: false,
      lastImage: image ? pos : (below?.lastImage ?? -Infinity),
    });
    this.#pieces.push({ pos, text: image ? "![" : "[" });
  }

  #close(): void {
    const bracket = this.#brackets.pop();
    if (!bracket) {
      this.#literal(1);
      return;
    }
    const active = bracket.image || this.#brackets.length >= this.#linkFloor;
    this.#linkFloor = Math.min(this.#linkFloor, this.#brackets.length);
    const here = this.#at;
    if (!active || here - bracket.pos > REACH_CHARS) {
      this.#literal(1);
      return;
    }
    const target = this.#target(bracket, here);
    if (target === UNFINISHED) {
      if (this.#growing) {
        this.#keepOpen(bracket.pos);
        this.#halfLink(bracket);
        return;
      }
    } else if (target) {
      this.#link(bracket, target, target.end);
      return;
    }
    this.#literal(1);
  }

  #target(bracket: Bracket, here: number): (Target & { end: number }) | typeof UNFINISHED | undefined {
    const reach = bracket.pos + REACH_CHARS;
    const next = this.#text[here + 1];
    if (next === undefined && this.#growing) return UNFINISHED;
    if (next === "(") {
      const found = inlineTarget(this.#text.slice(here + 1, reach), 0);
      if (typeof found === "object") return { ...found, end: here + 1 + found.end };
      if (found && this.#growing && reach > this.#end) return found;
    }
    let label = bracket.inner ? "" : this.#text.slice(bracket.pos + (bracket.image ? 2 : 1), here);
    let end = here + 1;
    if (next === "[") {
      const second = linkLabel(this.#text, here + 1);
      if (second === UNFINISHED && this.#growing) return UNFINISHED;
      if (typeof second === "object") {
        end = second.end;
        if (second.label) label = second.label;
      }
    }
    if (!label.trim() || label.length > 999) return undefined;
    const name = normalizeLabel(label);
    const reference = this.#surroundings.reference(name);
    if (reference) return { ...reference, end };
    this.#missing ??= new Set();
    this.#missing.add(name);
    return undefined;
  }

  #link(bracket: Bracket, { href, title }: Target, end: number): void {
    this.#flush(this.#at, end);
    this.#runs.pair(bracket.floor);
    this.#runs.dropAfter(bracket.floor);
    const attrs: Record<string, string> = bracket.image ? { src: stripCitations(href) } : { href: stripCitations(href) };
    if (title) attrs.title = stripCitations(title);
    if (bracket.image) {
      attrs.alt = stripCitations(plainText(treeOf(this.#pieces.splice(bracket.piece).slice(1))));
      this.#pieces.push({ pos: bracket.pos, node: { tag: "image", attrs, children: [] } });
      return;
    }
    this.#pieces[bracket.piece] = { pos: bracket.pos, open: { tag: "a", attrs, children: [] } };
    this.#pieces.push({ pos: this.#at, close: true });
    if (this.#at - (this.#brackets.at(-1)?.lastImage ?? -Infinity) > REACH_CHARS) this.#brackets.length = 0;
    this.#linkFloor = this.#brackets.length;
  }

  /** For the eye: a link's text alone, and nothing of an image that has no address yet. */
  #halfLink(bracket: Bracket): void {
    this.#flush(this.#at, this.#end);
    if (bracket.image) this.#pieces.length = bracket.piece;
    else this.#pieces[bracket.piece] = { pos: bracket.pos };
  }

  #angle(): void {
    const url = at(BRACKETED_URL, this.#text, this.#at);
    const mail = url ? null : at(BRACKETED_MAIL, this.#text, this.#at);
    const match = url ?? mail;
    if (match) {
      const written = stripCitations(match[1] as string);
      this.#node("a", { href: encode(url ? written : `mailto:${written}`) }, [written], this.#at + match[0].length);
      return;
    }
    if (this.#growing && at(HALF_URL, this.#text, this.#at)) this.#flush(this.#at, this.#at + 1);
    else this.#literal(1);
  }

  #reference(): void {
    const found = characterReference(this.#text, this.#at);
    if (found && found.meant !== found.written) {
      const pos = this.#at;
      this.#flush(pos, pos + found.written.length);
      this.#pieces.push({ pos, text: found.meant });
    } else if (this.#growing && at(HALF_REFERENCE, this.#text, this.#at)) this.#flush(this.#at, this.#end);
    else this.#literal(1);
  }

  #bare(find: (text: string, from: number, index: number) => Bare | undefined): void {
    const bracket = this.#brackets.at(-1);
    if (bracket && this.#at - bracket.pos <= REACH_CHARS) {
      // What may become a link's text holds no links; whether it does could not be told from a place between here and the bracket.
      if (this.#growing) this.#bound.push({ from: bracket.pos, to: this.#at });
      this.#literal(1);
      return;
    }
    const found = find(this.#text, this.#start, this.#at);
    if (found) this.#node("a", { href: found.href }, [this.#text.slice(found.start, found.end)], found.end, found.start);
    else this.#literal(1);
  }

  #math(next: string | undefined): void {
    const mark = next === "$" ? "$$" : "$";
    if (!this.#formula(mark, mark)) this.#literal(mark.length);
  }

  /** A formula between two marks; between single dollars it touches both, and no digit follows: prices are not formulas. */
  #formula(open: string, close: string): boolean {
    const inside = this.#at + open.length;
    const single = open === "$";
    if (single && isSpace(characterAt(this.#text, inside))) return false;
    const end = this.#text.slice(0, this.#at + REACH_CHARS).indexOf(close, inside);
    const atEnd = this.#growing && end + close.length === this.#end;
    if (single && end >= 0 && this.#price(inside, end)) return false;
    if (end > inside && !(atEnd && single)) {
      const display: Record<string, string> = open === "$$" || open === "\\[" ? { display: "" } : {};
      this.#node("math", display, [stripCitations(this.#text.slice(inside, end))], end + close.length);
      return true;
    }
    if (this.#growing) this.#keepOpen(this.#at);
    return false;
  }

  /** "$5 or $10", "$HOME and $PATH", "$5 or 10$" are no formulas. */
  #price(inside: number, end: number): boolean {
    const text = this.#text.slice(inside, end + 2);
    return /\s\$.?$|\$\d$|^\d[\d.,]*\s+[a-z]{2}/i.test(text);
  }

  #citation(): void {
    const match = at(CITATION, this.#text, this.#at);
    if (match) this.#node("citation", { n: match[1] as string }, [], this.#at + match[0].length);
    else this.#flush(this.#at, this.#at + 1);
  }

  /** What is open at the end of unfinished text: it holds the settling back, and is shown as if it were closed. */
  #closeForTheEye(): void {
    for (const run of this.#runs) {
      if (!run.canOpen) continue;
      this.#keepOpen(run.pos);
      if (!run.opensWord || run.pos + REACH_CHARS < this.#end) continue;
      for (; run.count > 1 && run.char !== "~"; run.count -= 2) run.opens.push("strong");
      if (run.count) run.opens.push(run.char === "~" ? "del" : "em");
      run.count = 0;
    }
    for (const [height, bracket] of this.#brackets.entries()) {
      if (!bracket.image && height < this.#linkFloor) continue;
      this.#keepOpen(bracket.pos);
      if (bracket.pos + REACH_CHARS < this.#end || /\w/.test(this.#text[bracket.pos - 1] ?? "")) continue;
      this.#pieces[bracket.piece] = { pos: bracket.pos };
      if (!bracket.image) continue;
      this.#pieces.length = bracket.piece;
      break;
    }
  }

  #build(): Inline {
    const spans: Span[] | undefined = this.#growing ? [] : undefined;
    const nodes = treeOf(this.#pieces, spans);
    return { nodes, settled: spans && this.#settle(spans), missing: this.#missing };
  }

  /** The last place before the limit where a word begins, or two characters of a script without blanks meet, in top-level text. */
  #settle(spans: readonly Span[]): Settled | undefined {
    for (let i = spans.length - 1; i >= 0; i--) {
      const { pos, length, index, offset } = spans[i] as Span;
      const last = Math.min(pos + length, this.#limit, this.#end - 1);
      for (let q = last; q > this.#from && (length ? q > pos : q === pos); q--)
        if ((length ? this.#divides(q) : this.#isFar(q)) && !this.#bound.some(({ from, to }) => from < q && q <= to))
          return { pos: q, index, offset: offset + q - pos };
    }
    return undefined;
  }

  #isFar(q: number): boolean {
    return q + 2 * REACH_CHARS < this.#end;
  }

  #divides(q: number): boolean {
    const before = this.#text.charCodeAt(q - 1);
    const after = this.#text.charCodeAt(q);
    const blank = before === 0x20 || before === 0x0a || before === 0x09;
    if (blank) return after !== 0x20 && after !== 0x0a && after !== 0x09;
    if (before >= 0xd800 && before < 0xdc00) return false;
    return this.#isFar(q) || (before >= 0x80 && after >= 0x80 && !isSpace(characterAt(this.#text, q)));
  }
}

function codeText(inside: string): string {
  const text = plainCode(inside).replace(/\n/g, " ");
  return text.length > 2 && text.startsWith(" ") && text.endsWith(" ") && /[^ ]/.test(text) ? text.slice(1, -1) : text;
}

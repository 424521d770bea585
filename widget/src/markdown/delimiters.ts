// Emphasis and strikethrough: runs of `*`, `_` and `~`, paired as CommonMark's appendix says, in linear time.
import { characterAt, characterBefore, isPunctuation, isSpace, REACH_CHARS } from "./characters.ts";

/** A run of one delimiter. What it opens is listed innermost first; it closes before it opens. */
export type Run = {
  pos: number;
  char: string;
  length: number;
  /** How many of its characters are still text. */
  count: number;
  canOpen: boolean;
  canClose: boolean;
  /** It stands where a word begins, so that a reader of unfinished text may take it for an opener. */
  opensWord: boolean;
  opens: string[];
  closes: number;
  before: Run | undefined;
  after: Run | undefined;
};

/** The run of delimiters at `pos`. */
export function runAt(text: string, pos: number): Run {
  const char = text[pos] as string;
  let end = pos + 1;
  while (text[end] === char) end++;
  const left = characterBefore(text, pos);
  const right = characterAt(text, end);
  const spaceLeft = isSpace(left);
  const spaceRight = isSpace(right);
  const punctuationLeft = isPunctuation(left);
  const punctuationRight = isPunctuation(right);
  const flanksLeft = !spaceRight && (!punctuationRight || spaceLeft || punctuationLeft);
  const flanksRight = !spaceLeft && (!punctuationLeft || spaceRight || punctuationRight);
  const length = end - pos;
  const tooLong = char === "~" && length > 2;
  return {
    pos,
    char,
    length,
    count: length,
    canOpen: flanksLeft && !tooLong && (char !== "_" || !flanksRight || punctuationLeft),
    canClose: flanksRight && !tooLong && (char !== "_" || !flanksLeft || punctuationRight),
    opensWord: spaceLeft || punctuationLeft,
    opens: [],
    closes: 0,
    before: undefined,
    after: undefined,
  };
}

/** The runs that may still pair, in order. */
export class Runs {
  last: Run | undefined;
  #first: Run | undefined;

  push(run: Run): void {
    run.before = this.last;
    if (this.last) this.last.after = run;
    else this.#first = run;
    this.last = run;
  }

  *[Symbol.iterator](): Generator<Run> {
    for (let run = this.#first; run; run = run.after) yield run;
  }

  /** Pairs the runs after `floor`. */
  pair(floor: Run | undefined): void {
    if (this.last === floor) return;
    // Below these, a closer of that kind has looked in vain.
    const floors = new Map<string, Run | undefined>();
    let closer = floor ? floor.after : this.#first;
    while (closer) {
      const kind = closer.char + (closer.char === "~" ? closer.length : closer.canOpen) + (closer.length % 3);
      const opener = closer.canClose ? opening(closer, floor, floors.get(kind)) : undefined;
      if (opener) {
        const size = closer.char === "~" ? closer.count : Math.min(2, opener.count, closer.count);
        opener.opens.push(closer.char === "~" ? "del" : size === 2 ? "strong" : "em");
        closer.closes++;
        opener.count -= size;
        closer.count -= size;
        opener.after = closer;
        closer.before = opener;
        if (!opener.count) this.#remove(opener);
        if (closer.count) continue;
        this.#remove(closer);
      } else if (closer.canClose) {
        floors.set(kind, closer.before);
        if (!closer.canOpen) this.#remove(closer);
      }
      closer = closer.after;
    }
  }

  /** Forgets the runs after `floor`: what is inside a link is settled with it. */
  dropAfter(floor: Run | undefined): void {
    this.last = floor;
    if (floor) floor.after = undefined;
    else this.#first = undefined;
  }

  #remove(run: Run): void {
    if (run.before) run.before.after = run.after;
    else this.#first = run.after;
    if (run.after) run.after.before = run.before;
    else this.last = run.before;
  }
}

function opening(closer: Run, floor: Run | undefined, vain: Run | undefined): Run | undefined {
  for (let run = closer.before; run && run !== floor && run !== vain; run = run.before) {
    if (closer.pos - run.pos > REACH_CHARS) return undefined;
    if (run.char === closer.char && run.canOpen && agree(run, closer)) return run;
  }
  return undefined;
}

function agree(opener: Run, closer: Run): boolean {
  if (opener.char === "~") return opener.length === closer.length;
  const both = opener.canClose || closer.canOpen;
  return !both || (opener.length + closer.length) % 3 !== 0 || (opener.length % 3 === 0 && closer.length % 3 === 0);
}

// The text of one paragraph, heading or cell, while it grows: what is settled is in the page for good, only the rest is parsed again.
import { trimmedEnd } from "./characters.ts";
import { fill, patch, type Rendered } from "./dom.ts";
import type { Host } from "./host.ts";
import { parseInline } from "./inline.ts";

export class GrowingText {
  text = "";
  into: Rendered | undefined;
  missing: ReadonlySet<string> | undefined;
  /** Whether `#` at the end only closes the heading. */
  heading = false;
  /** Nodes in front that are not the text's: a task's box. */
  kept = 0;
  #host: Host;
  /** Where what is shown begins: after definitions, and after a task's brackets. */
  #start = 0;
  #from = 0;
  #tail: readonly Rendered[] = [];
  #changed = false;
  /** Past the last character that is no blank. */
  #solid = 0;

  constructor(host: Host, into: Rendered | undefined) {
    this.#host = host;
    this.into = into;
  }

  get start(): number {
    return this.#start;
  }

  append(text: string): void {
    if (!this.into) return;
    const end = trimmedEnd(text, text.length);
    if (end) this.#solid = this.text.length + end;
    this.text += text;
    this.#changed = true;
  }

  /** Becomes another text, of which nothing is shown yet. */
  become(text: string): void {
    this.clear();
    this.text = text;
    this.#solid = trimmedEnd(text, text.length);
  }

  /** Shows the text from there on only. Nothing before it may have been shown. */
  startAt(start: number): void {
    this.#start = this.#from = start;
    this.#changed = true;
  }

  /** Takes away what was shown. */
  clear(): void {
    const inner = this.into?.inner;
    while (inner?.lastChild && inner.childNodes.length > this.kept) inner.removeChild(inner.lastChild);
    this.#tail = [];
    this.#from = this.#start;
    this.#changed = true;
  }

  /** Shows what is new, up to `end`. */
  render(end = this.text.length): void {
    if (this.#changed) this.#render(true, end);
  }

  finish(): void {
    this.#render(false);
    this.#tail = [];
    if (this.missing) this.#host.awaits(this);
  }

  #render(growing: boolean, upTo = this.text.length): void {
    if (!this.into) return;
    this.#changed = false;
    const text = this.text.slice(0, this.#end(upTo));
    if (text.length < this.#from) return;
    this.#host.work.inlineChars += text.length - this.#from;
    const { nodes, settled, missing } = parseInline(text, this.#from, this.#host, growing);
    if (missing) this.missing = new Set([...(this.missing ?? []), ...missing]);
    if (!growing && !this.#tail.length) {
      fill(this.into.inner as Element, nodes, this.#host);
      return;
    }
    // The first text goes on where settled text ended, in the same node.
    const carried = this.#tail[0]?.base ? 1 : 0;
    if (carried && typeof nodes[0] !== "string") nodes.unshift("");
    this.#tail = patch(this.into.inner, this.#tail, nodes, this.#host);
    if (!settled) return;
    const index = settled.index + (carried && nodes[0] === "" ? 1 : 0);
    this.#from = settled.pos;
    this.#tail = this.#tail.slice(index);
    const first = this.#tail[0] as Rendered;
    if (typeof first.node !== "string") return;
    first.base += settled.offset;
    first.node = first.node.slice(settled.offset);
  }

  #end(upTo: number): number {
    let end = upTo < this.#solid ? trimmedEnd(this.text, upTo) : this.#solid;
    if (!this.heading) return end;
    let marks = end;
    while (marks && this.text[marks - 1] === "#") marks--;
    if (marks < end && (!marks || /[ \t]/.test(this.text[marks - 1] as string))) end = trimmedEnd(this.text, marks);
    return end;
  }
}

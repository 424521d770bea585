// A block of code, fenced or indented, and a block that is one formula: text that is only ever appended to.
import { plainCode, stripCitations } from "./citations.ts";
import type { Rendered } from "./dom.ts";
import type { Host } from "./host.ts";

export type Fence = { char: string; length: number; indent: number };

export class CodeLeaf {
  readonly kind = "code";
  readonly fence: Fence | undefined;
  #host: Host;
  #block: Rendered;
  #language: string;
  #text: Text | undefined;
  #fresh = "";
  /** Ends of lines that belong to the code only if more of it follows. */
  #held = "";
  /** On the line of the opening fence, which is no code. */
  #opening: boolean;

  constructor(host: Host, block: Rendered, fence: Fence | undefined, language: string) {
    this.#opening = fence !== undefined;
    this.#host = host;
    this.#block = block;
    this.fence = fence;
    this.#language = language;
  }

  extend(text: string): void {
    this.#fresh += this.#held + plainCode(text);
    this.#held = "";
  }

  extendBlank(text: string): void {
    this.#held += plainCode(text);
  }

  endLine(): void {
    if (!this.#opening) this.#held += "\n";
    this.#opening = false;
  }

  render(): void {
    if (!this.#fresh) return;
    if (this.#text) this.#text.appendData(this.#fresh);
    else {
      this.#text = this.#block.inner.ownerDocument?.createTextNode(this.#fresh);
      if (this.#text) this.#block.inner.appendChild(this.#text);
    }
    this.#fresh = "";
  }

  finish(): void {
    const some = this.#text || this.#fresh || this.#held;
    this.#fresh += this.fence ? this.#held : some ? "\n" : "";
    this.render();
    if (this.fence && this.#language) this.#host.codeDone(this.#block.inner as HTMLElement, this.#language);
  }
}

export class FormulaLeaf {
  readonly kind = "formula";
  #host: Host;
  #block: Rendered;
  #source = "";

  constructor(host: Host, block: Rendered) {
    this.#host = host;
    this.#block = block;
  }

  extend(text: string): void {
    this.#source += stripCitations(text);
  }

  endLine(): void {
    this.#source += "\n";
  }

  render(): void {}

  finish(): void {
    this.#block.inner.appendChild(this.#host.make({ tag: "math", attrs: { display: "" }, children: [this.#source.trim()] }).el);
  }
}

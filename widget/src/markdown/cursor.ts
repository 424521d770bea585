// A place in a line, counted in characters and in columns: a tab reaches to the next multiple of four, and may be taken in part.

export class Cursor {
  readonly line: string;
  index = 0;
  /** Where the first character that is no blank stands. */
  next = 0;
  /** How many columns of blanks stand before it. */
  indent = 0;
  blank = false;
  #column = 0;
  /** Columns of the tab at `index` that are still to be taken. */
  #left = 0;

  constructor(line: string) {
    this.line = line;
    this.look();
  }

  /** The character that a block would begin with. */
  get char(): string {
    return this.line[this.next] ?? "";
  }

  /** From the first character that is no blank. */
  get text(): string {
    return this.line.slice(this.next);
  }

  /** Everything not taken yet, blanks included. */
  get rest(): string {
    return this.#left ? " ".repeat(this.#left) + this.line.slice(this.index + 1) : this.line.slice(this.index);
  }

  look(): void {
    let next = this.index;
    let column = this.#column;
    for (; ; next++) {
      const char = this.line[next];
      if (char === " ") column++;
      else if (char === "\t") column += next === this.index && this.#left ? this.#left : 4 - (column % 4);
      else break;
    }
    this.next = next;
    this.indent = column - this.#column;
    this.blank = next >= this.line.length;
  }

  /** Takes up to that many columns of blanks. */
  takeColumns(count: number): void {
    for (let left = count; left > 0; ) {
      const char = this.line[this.index];
      if (char !== " " && char !== "\t") break;
      const width = char === " " ? 1 : this.#left || 4 - (this.#column % 4);
      const taken = Math.min(width, left);
      this.#column += taken;
      left -= taken;
      this.#left = width - taken;
      if (!this.#left) this.index++;
    }
    this.look();
  }

  /** Takes the blanks before the next character, and that many characters. */
  takeMarker(length: number): void {
    this.#column += this.indent + length;
    this.index = this.next + length;
    this.#left = 0;
    this.look();
  }
}

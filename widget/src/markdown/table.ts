// GFM's tables: rows into cells, cells as they arrive.
import { append, type Rendered } from "./dom.ts";
import type { Host } from "./host.ts";
import { GrowingText } from "./text.ts";

/** More columns than that is no table. */
const MAX_COLUMNS = 50;
/** Cells that no row wrote, in one table. Two characters of source may ask for fifty of them; beyond this a row has its own cells only. */
const MAX_FILLED = 200 * MAX_COLUMNS;
/** Rows in one body. A table of several bodies grows in its last only: the others are neither painted nor looked through again. */
const BODY_ROWS = 100;
/** What ends a cell, or takes the meaning of the next character. */
const MARK = /[|\\]/g;

/** The cells of a whole row, as they are written and with the bars after them. */
export function cellsOf(row: string): string[] {
  const inner = row.trim().replace(/^\|/, "");
  // At the end there is always one more, with nothing in it.
  return (inner.match(/(?:\\.|[^|])*(?:\||$)/g) as string[]).slice(0, -1);
}

/** The alignments a delimiter row gives, or undefined if it is none. */
export function alignments(row: string): string[] | undefined {
  if (!/^[-|: \t]+$/.test(row) || !/[|:]/.test(row)) return undefined;
  const aligns: string[] = [];
  for (const cell of cellsOf(row)) {
    const match = /^\s*(:?)-+(:?)\s*\|?$/.exec(cell);
    if (!match) return undefined;
    aligns.push(match[1] ? (match[2] ? "center" : "left") : match[2] ? "right" : "");
  }
  return aligns.length > 0 && aligns.length <= MAX_COLUMNS ? aligns : undefined;
}

export class TableLeaf {
  readonly kind = "table";
  readonly frame: Rendered;
  #host: Host;
  #aligns: readonly string[];
  #body: Rendered | undefined;
  #row: Rendered | undefined;
  #rows = 0;
  #count = 0;
  #filled = 0;
  #cell: GrowingText | undefined;
  /** A bar has been read, and nothing after it yet. */
  #barred = false;
  #escaped = false;

  constructor(host: Host, frame: Rendered, aligns: readonly string[], header: string) {
    this.#host = host;
    this.frame = frame;
    this.#aligns = aligns;
    this.#row = append(append(frame.inner, host, "thead").inner, host, "tr");
    this.extend(header);
    this.endLine();
  }

  beginLine(): void {
    if (!this.#body || this.#rows % BODY_ROWS === 0) this.#body = append(this.frame.inner, this.#host, "tbody");
    this.#rows++;
    this.#row = append(this.#body.inner, this.#host, "tr");
  }

  extend(text: string): void {
    let from = 0;
    const add = (to: number) => {
      const part = text.slice(from, to);
      if (!part) return;
      if (!this.#cell && /[^ \t]/.test(part)) this.#openCell();
      this.#cell?.append(this.#cell.text ? part : part.replace(/^[ \t]+/, ""));
    };
    for (let i = 0; i < text.length; i++) {
      if (this.#escaped) {
        this.#escaped = false;
        if (text[i] !== "|") this.#push("\\");
        from = i;
        continue;
      }
      MARK.lastIndex = i;
      if (!MARK.test(text)) break;
      i = MARK.lastIndex - 1;
      add(i);
      from = i + 1;
      this.#escaped = text[i] === "\\";
      if (this.#escaped) continue;
      if (this.#barred && !this.#cell) this.#openCell();
      this.#closeCell();
      this.#barred = true;
    }
    add(text.length);
  }

  #push(text: string): void {
    if (!this.#cell) this.#openCell();
    this.#cell?.append(text);
  }

  #openCell(): void {
    const index = this.#count++;
    this.#barred = false;
    const align = this.#aligns[index];
    // A cell too many is read and not shown.
    this.#cell = new GrowingText(this.#host, align === undefined ? undefined : this.#make(align));
  }

  #make(align: string): Rendered {
    const attrs: Record<string, string> = this.#body ? {} : { scope: "col" };
    if (align) attrs["data-align"] = align;
    return append((this.#row as Rendered).inner, this.#host, this.#body ? "td" : "th", attrs);
  }

  #closeCell(): void {
    this.#cell?.finish();
    this.#cell = undefined;
  }

  render(): void {
    this.#cell?.render();
  }

  endLine(): void {
    if (!this.#row) return;
    if (this.#escaped) this.#push("\\");
    this.#escaped = this.#barred = false;
    this.#closeCell();
    for (; this.#count < this.#aligns.length && this.#filled < MAX_FILLED; this.#count++, this.#filled++)
      this.#make(this.#aligns[this.#count] as string);
    this.#count = 0;
    this.#row = undefined;
  }

  finish(): void {
    this.endLine();
  }
}

// What the parser asks of the answer it writes into.
import type { Maker } from "./dom.ts";
import type { Surroundings } from "./inline.ts";
import type { GrowingText } from "./text.ts";

/** What has been done so far: the numbers that tests hold, where milliseconds would flutter. */
export type Work = { lineChars: number; inlineChars: number; renders: number };

export type Host = Maker &
  Surroundings & {
    readonly work: Work;
    /** A finished text uses labels that nothing defines yet. */
    awaits(text: GrowingText): void;
    /** A block of code, or a formula's, is complete. */
    codeDone(code: HTMLElement, language: string): void;
  };

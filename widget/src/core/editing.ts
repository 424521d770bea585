// What changes the composer's text besides typing.
import type { Composer } from "./composer.ts";
import type { Tagging } from "./tags.ts";
import type { TagPart } from "./types.ts";

export function insertTag(composer: Composer, tagging: Tagging, from: number, to: number, part: TagPart): void {
  composer.tagging = tagging;
  composer.write(tagging.withTag(composer.text.value, composer.tags.value, from, to, part), true);
}

/** Puts text in the place of a range, as typing would. */
export function replace(composer: Composer, from: number, to: number, text: string): void {
  const before = composer.text.value;
  composer.write(composer.edited(before.slice(0, from) + text + before.slice(to), from + text.length), true);
}

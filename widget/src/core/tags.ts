// Tags in the text being written: ranges that move with the edits around them, and go as a whole when one is deleted.
import type { TagPart, UserContent } from "./types.ts";

export type Tag = { start: number; end: number; part: TagPart };
export type Written = { text: string; tags: readonly Tag[]; caret: number };

/** What an edit from `before` to `after`, which left the caret at `caret`, makes of the text and its tags. */
export function edited(before: string, tags: readonly Tag[], after: string, caret: number): Written {
  if (!tags.length) return { text: after, tags, caret };
  // The edit ends at the caret: that tells apart "aa" -> "a" at either end.
  let kept = 0;
  const most = Math.min(before.length, after.length - caret);
  while (kept < most && before[before.length - 1 - kept] === after[after.length - 1 - kept]) kept++;
  let from = 0;
  while (from < Math.min(before.length, after.length) - kept && before[from] === after[from]) from++;
  const to = before.length - kept;
  const grown = after.length - before.length;
  const inserted = after.length - kept - from;

  const cut = tags.filter((tag) => tag.start < to && tag.end > from);
  const rest = tags
    .filter((tag) => !cut.includes(tag) && !(inserted && tag.start < from && tag.end > from))
    .map((tag) => (tag.start >= to ? { ...tag, start: tag.start + grown, end: tag.end + grown } : tag));
  if (inserted || !cut.length) return { text: after, tags: rest, caret };
  // A deletion that touched a tag takes all of it.
  const left = Math.min(from, ...cut.map((tag) => tag.start));
  const right = Math.max(to, ...cut.map((tag) => tag.end));
  return remove(before, tags, left, right);
}

function remove(text: string, tags: readonly Tag[], from: number, to: number): Written {
  return {
    text: text.slice(0, from) + text.slice(to),
    tags: tags
      .filter((tag) => tag.end <= from || tag.start >= to)
      .map((tag) => (tag.start >= to ? { ...tag, start: tag.start - (to - from), end: tag.end - (to - from) } : tag)),
    caret: from,
  };
}

/** The text with a tag in the place of `from` to `to`, and a space to go on after. */
export function withTag(text: string, tags: readonly Tag[], from: number, to: number, part: TagPart): Written {
  const gone = remove(text, tags, from, to);
  const space = /^\s/.test(gone.text.slice(from)) ? "" : " ";
  const grown = part.text.length + space.length;
  const moved = gone.tags.map((tag) => (tag.start >= from ? { ...tag, start: tag.start + grown, end: tag.end + grown } : tag));
  return {
    text: gone.text.slice(0, from) + part.text + space + gone.text.slice(from),
    tags: [...moved, { start: from, end: from + part.text.length, part }].sort((a, b) => a.start - b.start),
    caret: from + part.text.length + 1,
  };
}

export function toContent(text: string, tags: readonly Tag[]): UserContent[] {
  const content: UserContent[] = [];
  let at = 0;
  const say = (part: string) => {
    if (part) content.push({ type: "input_text", text: part });
  };
  for (const tag of tags) {
    const before = text.slice(at, tag.start);
    say(content.length ? before : before.trimStart());
    content.push(tag.part);
    at = tag.end;
  }
  const last = text.slice(at).trimEnd();
  say(content.length ? last : last.trimStart());
  return content;
}

export function fromContent(content: readonly UserContent[]): { text: string; tags: Tag[] } {
  let text = "";
  const tags: Tag[] = [];
  for (const part of content) {
    if (part.type === "input_tag") tags.push({ start: text.length, end: text.length + part.text.length, part });
    text += part.text;
  }
  return { text, tags };
}

/** All of it, for the composer, which has it only once there may be a tag. */
export const tagging = { edited, withTag, toContent, fromContent };

export type Tagging = typeof tagging;

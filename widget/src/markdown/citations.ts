// Inline citations: a number's place in the source, carried through the parser by two private-use characters around it.
import type { MdChild } from "./parse.ts";

/** `offset` counts code points, as the protocol does; `label` is what the chip shows. */
export type Citation = { offset: number; n: number };

const OPEN = "\uE200";
const CLOSE = "\uE201";
const MARKS = /\uE200\d+\uE201|[\uE200\uE201]/g;

export function insertCitations(source: string, citations: readonly Citation[]): string {
  const clean = stripCitations(source);
  if (!citations.length) return clean;
  const sorted = [...citations].sort((a, b) => a.offset - b.offset);
  let out = "";
  let at = 0;
  let codePoints = 0;
  for (const { offset, n } of sorted) {
    const from = at;
    while (codePoints < offset && at < clean.length) {
      at += (clean.codePointAt(at) as number) > 0xffff ? 2 : 1;
      codePoints++;
    }
    if (codePoints < offset) {
      at = from === at ? at : at;
      out += clean.slice(from, at);
      break;
    }
    out += `${clean.slice(from, at)}${OPEN}${n}${CLOSE}`;
  }
  return out + clean.slice(at);
}

export function splitCitations(text: string): MdChild[] {
  if (!text.includes(OPEN)) return [text];
  return text
    .split(/\uE200(\d+)\uE201/)
    .map((piece, index) => (index % 2 ? { tag: "citation", attrs: { n: piece }, children: [] } : piece));
}

export function stripCitations(text: string): string {
  return text.includes(OPEN) || text.includes(CLOSE) ? text.replace(MARKS, "") : text;
}

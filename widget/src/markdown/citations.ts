// Inline citations: a number's place in the source, carried through the parser by two private-use characters around it.
/** `offset` counts code points, as the protocol does; `label` is what the chip shows. */
export type Citation = { offset: number; n: number };

const OPEN = "\uE200";
const CLOSE = "\uE201";
const OWN = /[\uE200\uE201]/g;
const MARKS = /\uE200\d+\uE201|[\uE200\uE201]/g;

/** The source with a mark for each citation; `missing` if some lie beyond its end. Marks of the source's own are dropped. */
export function insertCitations(source: string, citations: readonly Citation[]): { marked: string; missing: boolean } {
  const clean = source.replace(OWN, "");
  let marked = "";
  let at = 0;
  let codePoints = 0;
  for (const { offset, n } of [...citations].sort((a, b) => a.offset - b.offset)) {
    const from = at;
    while (codePoints < offset && at < clean.length) {
      at += (clean.codePointAt(at) as number) > 0xffff ? 2 : 1;
      codePoints++;
    }
    marked += clean.slice(from, at);
    if (codePoints < offset) return { marked: marked + clean.slice(at), missing: true };
    marked += `${OPEN}${n}${CLOSE}`;
  }
  return { marked: marked + clean.slice(at), missing: false };
}

export function stripCitations(text: string): string {
  return text.includes(OPEN) || text.includes(CLOSE) ? text.replace(MARKS, "") : text;
}

// What turns the order of letters round or takes no room: code would be read as another than is copied and run. Joiners stay: words need them.
const HIDDEN = /[^\P{Cf}\u200c\u200d]/gu;

/** Code as it is shown and copied: without the marks of citations, and with nothing in it unseen. */
export function plainCode(text: string): string {
  return stripCitations(text).replace(HIDDEN, "\uFFFD");
}

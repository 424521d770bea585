// One language at a time: English is here, every other is a file of its own, loaded when a page asks for it.
import { en } from "./en.ts";
import type { MoreTerms, PlainTerms, Terms } from "./terms.ts";

/** English comes without the terms of the parts that load later: they bring them, see all-terms.ts. */
export type Language = {
  code: string;
  terms: PlainTerms & Partial<MoreTerms>;
  explained?: typeof import("./explained.ts").explained;
};
export const ENGLISH: Language = { code: "en", terms: en };

/** The first of the wanted languages there is; English when there is none. */
export async function loadLanguage(wanted: readonly string[]): Promise<Language> {
  for (const tag of wanted) {
    // Who reads English needs no list of the others.
    const others = /^en(?![a-z])/i.test(tag) ? undefined : await load<typeof import("./nearest.ts")>("nearest");
    const found = others ? others.nearest(tag) : "en";
    if (!found) continue;
    const code = new Intl.Locale(tag.trim().replaceAll("_", "-")).toString();
    if (!others || found === "en") return { code, terms: en };
    return { code, terms: (await load<{ terms: Terms }>(found)).terms, explained: others.explained };
  }
  return ENGLISH;
}

// One name for all languages but for their codes: sixty names with a hash each would be carried by everybody who reads none of them.
const load = <M>(name: string): Promise<M> => {
  const file = `./${name}-${__WORDS__}.js`;
  return import(file) as Promise<M>;
};

/** The language with the page's own words in place of some of its terms. */
export function withTerms(language: Language, own: unknown): Language {
  const words = Object.entries(Object(own)).filter(([name, value]) => name !== "dir" && (typeof value === "string" || isCounted(value)));
  return words.length ? { ...language, terms: { ...language.terms, ...Object.fromEntries(words) } } : language;
}

function isCounted(value: unknown): boolean {
  return typeof (value as { other?: unknown } | null)?.other === "string";
}

/** `fill("Hello {name}", {name: "Ada"})`. */
export function fill(term: string, values: Record<string, string | number>): string {
  return term.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

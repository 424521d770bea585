// Numbers of things, in the words and digits of a language.
import { fill } from "./locale.ts";
import type { Counted } from "./terms.ts";

export function number(value: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** `counted({one: "{n} file", other: "{n} files"}, 2, "en")` is "2 files". */
export function counted(term: Counted | string, n: number, locale: string): string {
  return fill(typeof term === "string" ? term : (term[new Intl.PluralRules(locale).select(n)] ?? term.other), { n: number(n, locale) });
}

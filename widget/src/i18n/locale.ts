// One language at a time: English is here, every other is a file of its own, loaded when a page asks for it.
import { en } from "./en.ts";
import type { MoreTerms, PlainTerms, Terms } from "./terms.ts";

const LOADERS: Record<string, () => Promise<{ terms: Terms }>> = {
  ar: () => import("./ar.ts"),
  de: () => import("./de.ts"),
  es: () => import("./es.ts"),
  fr: () => import("./fr.ts"),
};

/** English comes without the terms of the parts that load later: they bring them, see all-terms.ts. */
export type Language = { code: string; terms: PlainTerms & Partial<MoreTerms> };
export const ENGLISH: Language = { code: "en", terms: en };

/** The first of the wanted languages there is, by its full tag or its first part; English when there is none. */
export async function loadLanguage(wanted: readonly string[]): Promise<Language> {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split("-")[0] ?? "";
    if (base === "en") return { code: tag, terms: en };
    const load = Object.hasOwn(LOADERS, base) ? LOADERS[base] : undefined;
    if (load) return { code: tag, terms: (await load()).terms };
  }
  return ENGLISH;
}

/** `fill("Hello {name}", {name: "Ada"})`. */
export function fill(term: string, values: Record<string, string | number>): string {
  return term.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function duration(seconds: number, locale: string): string {
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "long" }).format(value);
  if (seconds < 60) return unit(Math.max(1, Math.round(seconds)), "second");
  const rest = Math.round(seconds % 60);
  return rest ? `${unit(Math.floor(seconds / 60), "minute")} ${unit(rest, "second")}` : unit(Math.floor(seconds / 60), "minute");
}

export function fileSize(bytes: number, locale: string): string {
  const [value, unit] = bytes >= 1024 * 1024 ? [bytes / 1024 / 1024, "megabyte"] : [bytes / 1024, "kilobyte"];
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

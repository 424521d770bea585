// Numbers of things, durations and sizes, in the words and digits of a language.
import { fill } from "./locale.ts";
import type { Counted } from "./terms.ts";

export function number(value: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** `counted({one: "{n} file", other: "{n} files"}, 2, "en")` is "2 files"; where there are `more`, "2+ files". */
export function counted(term: Counted | string, n: number, locale: string, more = false): string {
  const text = typeof term === "string" ? term : (term[new Intl.PluralRules(locale).select(n)] ?? term.other);
  return fill(text, { n: number(n, locale) + (more ? "+" : "") });
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
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(Math.max(value, 0.1));
}

// What a language has to say: every term, with the same placeholders as in English.
import type { en } from "./en.ts";
import type { more } from "./more.ts";

/** A term about a number of things, in each form the language has for it; `{n}` is the number. */
export type Counted = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** The terms of a plain conversation, which are there from the start. */
export type PlainTerms = { [K in keyof typeof en]: K extends "dir" ? "ltr" | "rtl" : string };
/** The terms of the parts that are loaded later. */
export type MoreTerms = { [K in keyof typeof more]: (typeof more)[K] extends string ? string : Counted };
export type Terms = PlainTerms & MoreTerms;

// Every term of a language, for the parts that are loaded later; a plain conversation has no need of this file.
import type { Language } from "./locale.ts";
import { more } from "./more.ts";
import type { PlainTerms, Terms } from "./terms.ts";

const whole = new WeakMap<PlainTerms, Terms>();

export function allTerms({ terms }: Language): Terms {
  let all = whole.get(terms);
  if (!all) {
    all = { ...more, ...terms };
    whole.set(terms, all);
  }
  return all;
}

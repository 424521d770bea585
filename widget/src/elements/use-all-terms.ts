// The terms for what is loaded later. What a plain conversation shows uses `useTerms`, whose terms are there from the start.
import { allTerms } from "../i18n/all-terms.ts";
import type { Terms } from "../i18n/terms.ts";
import { useView } from "./context.ts";

export function useAllTerms(): Terms {
  return allTerms(useView().language.value);
}

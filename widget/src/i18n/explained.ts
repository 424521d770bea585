// What the service says in English, in the language of who reads another.
import type { Failure } from "../core/failure.ts";
import type { PlainTerms } from "./terms.ts";

// As terms are named: what a restart cut short was cut off. A sentence that names a tool which may have done its work is not like that.
const ALIKE: Record<string, string> = { run_expired: "timeout", "The server was restarted during this answer.": "cut" };

/**
 * Each code has its term, "model_timeout" is `errorTimeout`. What a workflow of the operator's tells its users comes under a code without one,
 * and stays as it is.
 */
export function explained({ kind, code, message = "" }: Failure, terms: PlainTerms): string | undefined {
  if (!code) return undefined;
  if (kind === "rate_limit") return terms.errorRateLimit;
  if (kind === "load") return terms.errorLoad;
  const name = (ALIKE[code] ?? ALIKE[message] ?? code.replace(/^model_/, "")).replace(/(?:^|_)(\w)/g, (_, c: string) => c.toUpperCase());
  return (terms as unknown as Record<string, string | undefined>)[`error${name}`];
}

// What the service says in English, in the language of who reads another.
import type { Failure } from "../core/failure.ts";
import type { PlainTerms } from "./terms.ts";

/**
 * Each code has its term, "model_timeout" is `errorTimeout`. What a workflow of the operator's tells its users comes under a code without one,
 * and stays as it is.
 */
export function explained({ kind, code }: Failure, terms: PlainTerms): string | undefined {
  if (!code) return undefined;
  if (kind === "rate_limit") return terms.errorRateLimit;
  if (kind === "load") return terms.errorLoad;
  const name = (code === "run_expired" ? "timeout" : code.replace(/^model_/, "")).replace(/(?:^|_)(\w)/g, (_, c: string) =>
    c.toUpperCase(),
  );
  return (terms as unknown as Record<string, string | undefined>)[`error${name}`];
}

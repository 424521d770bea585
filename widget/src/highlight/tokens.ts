// Code -> where its comments, strings, keywords and so on are. Plain data: no markup is made of it.
import type { Grammar, Kind } from "./languages.ts";

export type Token = { kind: Kind; start: number; end: number };

// What is longer is coloured up to here: a few milliseconds' work.
export const MAX_CHARS = 64 * 1024;

/** The tokens of `code`, in order, none overlapping another. */
export function tokensOf(code: string, grammar: Grammar): Token[] {
  const tokens: Token[] = [];
  const end = Math.min(code.length, MAX_CHARS);
  for (let at = 0; at < end; ) {
    const next = tokenAt(code, at, grammar, tokens);
    at = next > at ? next : at + 1;
  }
  return tokens;
}

function tokenAt(code: string, at: number, grammar: Grammar, tokens: Token[]): number {
  if (code.charCodeAt(at) <= 32) return at + 1;
  for (const [kind, pattern] of grammar) {
    pattern.lastIndex = at;
    const match = pattern.exec(code);
    if (!match) continue;
    const end = at + (match[1] ?? match[0]).length;
    if (kind !== "skip") tokens.push({ kind, start: at, end });
    return end;
  }
  return at + 1;
}

// Code -> where its comments, strings, keywords and so on are. Plain data: no markup is made of it.
import type { Grammar, Kind } from "./languages.ts";

export type Token = { kind: Kind; start: number; end: number };

/** What is longer is coloured up to here. */
export const MAX_CHARS = 64 * 1024;

/** The tokens of `code`, in order, none overlapping another. */
export function tokensOf(code: string, grammar: Grammar): Token[] {
  const tokens: Token[] = [];
  readTokens(code, grammar, { from: 0, to: MAX_CHARS }, tokens);
  return tokens;
}

/** Adds the tokens that begin in a part of `code`, which begins where the part before it was read to, and gives how far it has read. */
export function readTokens(code: string, grammar: Grammar, { from, to }: { from: number; to: number }, tokens: Token[]): number {
  const end = Math.min(code.length, to, MAX_CHARS);
  let at = from;
  while (at < end) {
    const next = tokenAt(code, at, grammar, tokens);
    at = next > at ? next : at + 1;
  }
  return at;
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

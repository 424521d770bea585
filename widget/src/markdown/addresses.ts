// The parts of links as they are written: destinations, titles, labels, definitions, and bare addresses in running text.
import { namedCharacter } from "./entities.ts";

export type Target = { href: string; title: string };
/** A target and where its writing ends. */
export type Found = Target & { end: number };
/** The text ended before it could be told. */
export const UNFINISHED = "unfinished";

// Each ends at its closer, or, with nothing in the second group, at the end of the text.
const POINTED = /<((?:[^<>\n\\]|\\.)*)(>|\\?$)/y;
const TITLES: Record<string, RegExp> = {
  '"': /"((?:[^"\\]|\\[\s\S])*)("|\\?$)/y,
  "'": /'((?:[^'\\]|\\[\s\S])*)('|\\?$)/y,
  "(": /\(((?:[^()\\]|\\[\s\S])*)(\)|\\?$)/y,
};
const BLANKS = /[ \t\n]*/y;
const LABEL = /\[((?:[^[\]\\]|\\[\s\S]){0,999})\]/y;
const MAX_PARENTHESES = 32;
const REFERENCE = /&(?:#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z][a-z0-9]{1,31});/iy;
const ESCAPES = /\\([!-/:-@[-`{-~])|&(?:#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z][a-z0-9]{1,31});/gi;

export function at(pattern: RegExp, text: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}

/** The character reference at `index`, as written and as meant. */
export function characterReference(text: string, index: number): { written: string; meant: string } | undefined {
  const written = at(REFERENCE, text, index)?.[0];
  return written ? { written, meant: decode(written) } : undefined;
}

function decode(reference: string): string {
  if (reference[1] !== "#") return namedCharacter(reference);
  const digits = reference.slice(2, -1);
  const code = /^x/i.test(digits) ? Number.parseInt(digits.slice(1), 16) : Number(digits);
  return code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? "\uFFFD" : String.fromCodePoint(code);
}

export function plainly(text: string): string {
  return /[\\&]/.test(text) ? text.replace(ESCAPES, (written, char?: string) => char ?? decode(written)) : text;
}

export function normalizeLabel(label: string): string {
  return label.trim().replace(/\s+/g, " ").toLowerCase().toUpperCase();
}

/** What stands between square brackets at `index`. */
export function linkLabel(text: string, index: number): { label: string; end: number } | typeof UNFINISHED | undefined {
  const match = at(LABEL, text, index);
  if (match) return { label: match[1] as string, end: index + match[0].length };
  return text.length - index < 1_000 && text[index] === "[" && !/[[\]]/.test(text.slice(index + 1).replace(/\\[\s\S]/g, ""))
    ? UNFINISHED
    : undefined;
}

/** `(destination "title")` at `index`. */
export function inlineTarget(text: string, index: number): Found | typeof UNFINISHED | undefined {
  const start = blanks(text, index + 1);
  const destination = linkDestination(text, start);
  if (typeof destination !== "object") return destination;
  let end = blanks(text, destination.end);
  let title = "";
  const pattern = TITLES[text[end] ?? ""];
  if (end > destination.end && pattern) {
    const match = at(pattern, text, end);
    if (!match) return undefined;
    if (!closed(match)) return UNFINISHED;
    title = plainly(match[1] as string);
    end = blanks(text, end + match[0].length);
  }
  if (end >= text.length) return UNFINISHED;
  return text[end] === ")" ? { href: destination.href, title, end: end + 1 } : undefined;
}

function closed(match: RegExpExecArray): boolean {
  return match[2] !== "" && match[2] !== "\\";
}

function blanks(text: string, index: number): number {
  at(BLANKS, text, index);
  return BLANKS.lastIndex;
}

function linkDestination(text: string, index: number): { href: string; end: number } | typeof UNFINISHED | undefined {
  if (text[index] === "<") {
    const match = at(POINTED, text, index);
    if (!match) return undefined;
    return closed(match) ? { href: encode(plainly(match[1] as string)), end: index + match[0].length } : UNFINISHED;
  }
  let open = 0;
  let end = index;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code <= 0x20 || code === 0x7f) break;
    if (code === 0x5c && /[!-/:-@[-`{-~]/.test(text[end + 1] ?? "")) end++;
    else if (code === 0x28 && ++open > MAX_PARENTHESES) return undefined;
    else if (code === 0x29 && --open < 0) break;
  }
  if (end >= text.length) return UNFINISHED;
  return open > 0 ? undefined : { href: encode(plainly(text.slice(index, end))), end };
}

export function encode(url: string): string {
  try {
    return encodeURI(url).replace(/%25([0-9a-f]{2})/gi, "%$1");
  } catch {
    return url; // A lone surrogate, which no encoding has a form for.
  }
}

/** `[label]: destination "title"` at `index` of a text that ends with a line's end, past the end of its line. */
export function definition(text: string, index: number): (Found & { label: string }) | undefined {
  const name = linkLabel(text, index);
  if (typeof name !== "object" || !name.label.trim() || text[name.end] !== ":") return undefined;
  const start = blanks(text, name.end + 1);
  if (start >= text.length) return undefined;
  const destination = linkDestination(text, start);
  if (typeof destination !== "object") return undefined;
  const plainEnd = lineEnd(text, destination.end);
  const end = blanks(text, destination.end);
  const pattern = TITLES[text[end] ?? ""];
  if (pattern && end > destination.end) {
    const match = at(pattern, text, end);
    const titleEnd = match && closed(match) ? lineEnd(text, end + match[0].length) : -1;
    if (match && titleEnd >= 0) return { label: name.label, href: destination.href, title: plainly(match[1] as string), end: titleEnd };
  }
  return plainEnd < 0 ? undefined : { label: name.label, href: destination.href, title: "", end: plainEnd };
}

/** Past the line's end, if nothing but blanks comes before it; else -1. */
function lineEnd(text: string, index: number): number {
  let end = index;
  while (text[end] === " " || text[end] === "\t") end++;
  return text[end] === "\n" ? end + 1 : -1;
}

// An address in running text ends at a blank, a bracket, a citation's mark or the punctuation of a script without blanks.
const WEB = /(?:https?:\/\/|www\.)[\p{L}\p{N}][^\s<\uE200\uE201\u3000-\u303F\uFF00-\uFFEF]{0,8191}/iuy;
const DOMAIN = /[a-z0-9_-]+(?:\.[a-z0-9_-]+)+/iy;
const MAX_LOCAL_CHARS = 256;

export type Bare = { start: number; end: number; href: string };

/** The address whose `://` or `.` after `www` is at `index`; it may begin no earlier than `from`. */
export function bareWeb(text: string, from: number, index: number): Bare | undefined {
  const scheme = text[index] === "." ? "www" : /https?$/i.exec(text.slice(Math.max(from, index - 5), index))?.[0];
  const start = index - (scheme?.length ?? 0);
  if (!scheme || start < from || /[\w/@.-]/.test(text[start - 1] ?? "")) return undefined;
  const match = at(WEB, text, start)?.[0];
  if (!match) return undefined;
  const written = withoutSentence(match);
  return { start, end: start + written.length, href: encode(scheme.length === 3 ? `http://${written}` : written) };
}

/** The e-mail address whose `@` is at `index`. */
export function bareMail(text: string, from: number, index: number): Bare | undefined {
  const limit = Math.max(from, index - MAX_LOCAL_CHARS);
  let start = index;
  while (start > limit && /[\w.+-]/.test(text[start - 1] as string)) start--;
  const domain = start < index && at(DOMAIN, text, index + 1)?.[0];
  if (!domain || /[-_]$/.test(domain)) return undefined;
  let end = index + 1 + domain.length;
  const scheme = /(?:mailto|xmpp):$/i.exec(text.slice(Math.max(from, start - 7), start))?.[0] ?? "";
  if (/^x/i.test(scheme)) end += /^(?:\/[a-z0-9@.]+)?/i.exec(text.slice(end, end + MAX_LOCAL_CHARS))?.[0].length ?? 0;
  start -= scheme.length;
  const written = text.slice(start, end);
  return { start, end, href: encode(scheme ? written : `mailto:${written}`) };
}

/** Without the punctuation of the sentence around it; a closing bracket stays if it was opened inside. */
function withoutSentence(address: string): string {
  let end = address.length;
  let surplus = address.split(")").length - address.split("(").length;
  for (;;) {
    const last = address[end - 1] ?? "";
    if (/[?!.,:*_~'"]/.test(last)) end--;
    else if (last === ")" && surplus > 0) {
      end--;
      surplus--;
    } else if (last === ";") {
      const entity = /&[a-z0-9]{1,32};$/i.exec(address.slice(Math.max(0, end - 34), end));
      end -= entity ? entity[0].length : 1;
    } else return address.slice(0, end);
  }
}

// What kind a character is, in CommonMark's sense.

const SPACE = /\s/;
const PUNCTUATION = /[\p{P}\p{S}]/u;
const ASCII_PUNCTUATION = /[!-/:-@[-`{-~]/;
// The marks around a citation's number stand beside sentences the way punctuation does.
const MARKS = "\uE200\uE201";

/** How far one inline construct may reach, in characters: an opener further back than this is text. It bounds what is parsed again. */
export const REACH_CHARS = 8_192;

export function isSpace(char: string): boolean {
  return SPACE.test(char);
}

export function isPunctuation(char: string): boolean {
  return PUNCTUATION.test(char) || MARKS.includes(char);
}

export function isAsciiPunctuation(char: string | undefined): boolean {
  return char !== undefined && ASCII_PUNCTUATION.test(char);
}

/** The whole character that ends before `at`; a line's end where there is none. */
export function characterBefore(text: string, at: number): string {
  if (at <= 0) return "\n";
  const low = text.charCodeAt(at - 1);
  return low >= 0xdc00 && low < 0xe000 && at > 1 ? text.slice(at - 2, at) : (text[at - 1] as string);
}

/** The whole character at `at`; a line's end where there is none. */
export function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? "\n" : String.fromCodePoint(code);
}

/** Where `text` up to `end` ends without its last blanks. */
export function trimmedEnd(text: string, end: number): number {
  let trimmed = end;
  while (trimmed && " \t\n".includes(text[trimmed - 1] as string)) trimmed--;
  return trimmed;
}

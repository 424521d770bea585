// Which block a line begins or goes on with: looked at without changing anything, so that half a line can be asked about again.
import { trimmedEnd } from "./characters.ts";
import type { Fence } from "./code.ts";
import { Cursor } from "./cursor.ts";
import { alignments, cellsOf } from "./table.ts";

/** Deeper quotes and items are text. */
export const MAX_NESTING = 20;

export type ListKind = { ordered: boolean; mark: string; start: number };
export type Opening = { kind: "quote" } | { kind: "item"; list: ListKind; indent: number };
export type LeafStart =
  | { kind: "blank" }
  | { kind: "rule" }
  | { kind: "heading"; level: number }
  | { kind: "fence"; fence: Fence; info: string }
  | { kind: "formula" }
  | { kind: "indented" }
  | { kind: "underline"; level: number }
  | { kind: "delimiters"; aligns: string[] }
  /** More of the open leaf; `lazy` without the markers of what it lies in. */
  | { kind: "more"; lazy: boolean }
  /** The end of a fence or formula, with what stands before it. */
  | { kind: "end" }
  | { kind: "text" };

/** How many of the open containers go on, which ones begin, and what kind of leaf the rest of the line is. */
export type Plan = { matched: number; opens: Opening[]; leaf: LeafStart; rest: string };

/** What of the parser's state decides about a line. */
export type State = {
  containers: readonly { kind: "root" | "quote" | "list" | "item"; indent: number; children: number }[];
  leaf: "text" | "code" | "formula" | "table" | undefined;
  fence: Fence | undefined;
  math: boolean;
  /** The last line of the open paragraph. */
  lastLine(): string;
};

/** The plan for a line; of half a line, undefined while more of it could change the plan. */
export function planOf(line: string, whole: boolean, state: State): Plan | undefined {
  const cursor = new Cursor(line);
  const matched = matchContainers(cursor, state);
  if (cursor.blank && !whole) return undefined;
  const all = matched === state.containers.length;
  const plan = (leaf: LeafStart, opens: Opening[] = [], rest = cursor.text): Plan => ({ matched, opens, leaf, rest });

  if (all && (state.leaf === "code" || state.leaf === "formula")) {
    const leaf = moreCode(cursor, whole, state);
    if (leaf) return leaf === "wait" ? undefined : plan(leaf, [], leaf.kind === "more" ? cursor.rest : cursor.text);
  }

  const opens: Opening[] = [];
  let nesting = 0;
  for (let i = 1; i < matched; i++) if (state.containers[i]?.kind !== "list") nesting++;
  for (;;) {
    const open = state.leaf === "text" && opens.length === 0;
    const paragraph = open && all;
    if (cursor.blank) return whole ? plan({ kind: "blank" }, opens) : undefined;
    if (cursor.indent >= 4) {
      if (open) return plan({ kind: "more", lazy: !all }, opens);
      if (state.leaf === "table" && all && !opens.length) return plan({ kind: "more", lazy: false }, opens);
      cursor.takeColumns(4);
      return plan({ kind: "indented" }, opens, cursor.rest);
    }
    if (cursor.char === ">" && nesting < MAX_NESTING) {
      takeQuote(cursor);
      opens.push({ kind: "quote" });
      nesting++;
      continue;
    }
    const leaf = leafStart(cursor, whole, paragraph, state);
    if (leaf === "wait") return undefined;
    if (leaf) return plan(leaf, opens, leaf.kind === "heading" ? cursor.text.slice(leaf.level) : cursor.text);
    const item = nesting < MAX_NESTING ? itemStart(cursor, whole, paragraph) : undefined;
    if (item === "wait") return undefined;
    if (item) {
      opens.push(item);
      nesting++;
      continue;
    }
    if (open) return plan({ kind: "more", lazy: !all }, opens);
    const row = state.leaf === "table" && all && opens.length === 0;
    return plan(row ? { kind: "more", lazy: false } : { kind: "text" }, opens);
  }
}

function matchContainers(cursor: Cursor, state: State): number {
  let matched = 1;
  for (; matched < state.containers.length; matched++) {
    const container = state.containers[matched] as State["containers"][number];
    if (container.kind === "quote") {
      if (cursor.indent > 3 || cursor.char !== ">") break;
      takeQuote(cursor);
    } else if (container.kind === "item") {
      if (cursor.blank) {
        if (!container.children) break;
        cursor.takeColumns(container.indent);
      } else if (cursor.indent >= container.indent) cursor.takeColumns(container.indent);
      else break;
    }
  }
  return matched;
}

function takeQuote(cursor: Cursor): void {
  cursor.takeMarker(1);
  cursor.takeColumns(1);
}

function moreCode(cursor: Cursor, whole: boolean, state: State): LeafStart | "wait" | undefined {
  const more: LeafStart = { kind: "more", lazy: false };
  if (state.leaf === "formula") {
    if (whole) return cursor.text.slice(0, trimmedEnd(cursor.text, cursor.text.length)).endsWith("$$") ? { kind: "end" } : more;
    return "wait";
  }
  const { fence } = state;
  if (!fence) {
    if (cursor.indent < 4 && !cursor.blank) return undefined;
    cursor.takeColumns(4);
    return more;
  }
  const marks = /^(`+|~+)[ \t]*$/.exec(cursor.text)?.[1];
  if (marks?.[0] === fence.char && cursor.indent < 4) {
    if (!whole) return "wait";
    if (marks.length >= fence.length) return { kind: "end" };
  }
  cursor.takeColumns(fence.indent);
  return more;
}

function leafStart(cursor: Cursor, whole: boolean, paragraph: boolean, state: State): LeafStart | "wait" | undefined {
  const { text, char } = cursor;
  if (char === "#") {
    const level = /^#{1,6}(?=[ \t]|$)/.exec(text)?.[0].length;
    if (level) return whole || text.length > level ? { kind: "heading", level } : "wait";
  } else if (char === "`" || char === "~") {
    if (!whole && /^(?:`{1,2}|~{1,2})$/.test(text)) return "wait";
    const [, marks, info] = /^(`{3,}(?![^\n]*`)|~{3,})(.*)$/.exec(text) ?? [];
    if (marks)
      return whole ? { kind: "fence", fence: { char, length: marks.length, indent: cursor.indent }, info: info as string } : "wait";
  } else if (char === "$" && state.math) {
    if (!whole && text === "$") return "wait";
    if (text.startsWith("$$") && !text.includes("$$", 2)) return whole ? { kind: "formula" } : "wait";
  } else if (!"=-_*|:".includes(char)) return undefined;
  if (paragraph && /^(?:=+|-+)[ \t]*$/.test(text)) return whole ? { kind: "underline", level: char === "=" ? 1 : 2 } : "wait";
  if (/^([-_*])[ \t]*(?:\1[ \t]*)*$/.test(text)) {
    if (!whole) return "wait";
    if (text.replace(/[ \t]/g, "").length >= 3) return { kind: "rule" };
  }
  if (paragraph && /^[-|: \t]+$/.test(text) && !/^-[ \t]/.test(text)) {
    if (!whole) return "wait";
    const aligns = alignments(text);
    if (aligns && cellsOf(state.lastLine()).length === aligns.length) return { kind: "delimiters", aligns };
  }
  return undefined;
}

function itemStart(cursor: Cursor, whole: boolean, paragraph: boolean): Opening | "wait" | undefined {
  const { text } = cursor;
  if (!whole && /^(?:[-+*]|\d{1,9}[.)]?)[ \t]*$/.test(text)) return "wait";
  const match = /^(?:([-+*])|(\d{1,9})([.)]))(?=[ \t]|$)/.exec(text);
  if (!match) return undefined;
  const [marker, bullet, digits, dot] = match;
  const start = Number(digits ?? 1);
  const empty = !/[^ \t]/.test(text.slice(marker.length));
  if (paragraph && (empty || start !== 1)) return undefined;
  const indent = cursor.indent + marker.length;
  cursor.takeMarker(marker.length);
  // Five columns or more are one, and code.
  const blanks = empty || cursor.indent > 4 ? 1 : cursor.indent;
  cursor.takeColumns(blanks);
  return { kind: "item", list: { ordered: !bullet, mark: (bullet ?? dot) as string, start }, indent: indent + blanks };
}

// Markdown source -> a tree of plain data. CommonMark with GFM's tables, strikethrough, task lists and autolinks; raw HTML is text.
import {
  isMdAsciiPunct,
  isPunctCharCode,
  isSpace,
  isWhiteSpace,
  normalizeReference,
  ParserBlock,
  ParserInline,
  parseLinkDestination,
  parseLinkLabel,
  parseLinkTitle,
  type Token,
  unescapeAll,
} from "markdown-it";
import { splitAutolinks } from "./autolink.ts";
import { splitCitations, stripCitations } from "./citations.ts";

/** An element, or one of ours: `code-block` (attrs.lang, one text), `image` (attrs.src, attrs.alt), `citation` (attrs.n). */
export type MdNode = { tag: string; attrs: Readonly<Record<string, string>>; children: MdChild[] };
export type MdChild = MdNode | string;
export type MdBlock = { node: MdNode; startLine: number; endLine: number };
export type References = Record<string, { title: string; href: string }>;

const md = {
  options: { html: false, maxNesting: 100 },
  block: new ParserBlock(),
  inline: new ParserInline(),
  helpers: { parseLinkDestination, parseLinkLabel, parseLinkTitle },
  utils: { normalizeReference, unescapeAll, isSpace, isWhiteSpace, isPunctCharCode, isMdAsciiPunct },
  // Which links may be followed is decided where the elements are made, not here.
  validateLink: () => true,
  normalizeLink: encode,
  normalizeLinkText: (text: string) => text,
};

/** The blocks of a source; link definitions found in it are added to `references`. */
export function parseBlocks(source: string, references: References = {}): MdBlock[] {
  const env = { references };
  const tokens: Token[] = [];
  md.block.parse(source.replace(/\r\n?/g, "\n").replace(/\0/g, "\uFFFD"), md, env, tokens);
  for (const token of tokens) {
    if (token.type !== "inline") continue;
    token.children = [];
    md.inline.parse(token.content, md, env, token.children);
  }
  return toBlocks(tokens);
}

function encode(url: string): string {
  try {
    return encodeURI(url).replace(/%25([0-9a-f]{2})/gi, "%$1");
  } catch {
    return url; // A lone surrogate, which no encoding has a form for.
  }
}

const BLOCK_TAGS: Record<string, string> = {
  paragraph_open: "p",
  blockquote_open: "blockquote",
  bullet_list_open: "ul",
  ordered_list_open: "ol",
  list_item_open: "li",
  table_open: "table",
  thead_open: "thead",
  tbody_open: "tbody",
  tr_open: "tr",
  th_open: "th",
  td_open: "td",
};

function toBlocks(tokens: Token[]): MdBlock[] {
  const blocks: MdBlock[] = [];
  const stack: MdNode[] = [];
  const append = (node: MdNode, token: Token) => {
    const parent = stack.at(-1);
    if (parent) parent.children.push(node);
    else blocks.push({ node, startLine: token.map?.[0] ?? 0, endLine: token.map?.[1] ?? 0 });
  };
  for (const token of tokens) {
    if (token.nesting === 1) {
      const node = element(token.type === "heading_open" ? token.tag : (BLOCK_TAGS[token.type] ?? "p"), attributesOf(token));
      append(node, token);
      stack.push(node);
      // Every item holds paragraphs; tight lists only look different, so a list may turn loose while it streams.
      if (token.hidden)
        for (const each of stack.slice(-3)) if (each.tag === "ul" || each.tag === "ol") each.attrs = { ...each.attrs, "data-tight": "" };
    } else if (token.nesting === -1) {
      const closed = stack.pop();
      if (closed?.tag === "li") markTask(closed);
    } else if (token.type === "inline") {
      stack.at(-1)?.children.push(...toInline(token.children ?? []));
    } else if (token.type === "fence") {
      const lang = stripCitations(unescapeAll(token.info)).trim().split(/\s+/)[0] ?? "";
      append(element("code-block", { lang }, [stripCitations(token.content)]), token);
    } else if (token.type === "code_block") {
      append(element("code-block", { lang: "" }, [stripCitations(token.content)]), token);
    } else if (token.type === "hr") {
      append(element("hr"), token);
    }
  }
  return blocks;
}

function attributesOf(token: Token): Record<string, string> {
  const attrs: Record<string, string> = {};
  const start = token.attrGet("start");
  if (start !== null) attrs.start = String(start);
  const align = /text-align:(\w+)/.exec(token.attrGet("style") ?? "")?.[1];
  if (align) attrs["data-align"] = align;
  if (token.tag === "th") attrs.scope = "col";
  return attrs;
}

function element(tag: string, attrs: Record<string, string> = {}, children: MdChild[] = []): MdNode {
  return { tag, attrs, children };
}

function markTask(item: MdNode): void {
  const paragraph = item.children[0];
  const text = typeof paragraph === "object" && paragraph.tag === "p" ? paragraph.children[0] : undefined;
  const mark = typeof text === "string" ? /^\[([ xX])\][ \n]/.exec(text) : null;
  if (!mark || typeof paragraph !== "object") return;
  const checked = mark[1] !== " ";
  paragraph.children[0] = (text as string).slice(mark[0].length);
  paragraph.children.unshift(element("task", checked ? { checked: "" } : {}));
  item.attrs = { ...item.attrs, "data-task": "" };
}

const INLINE_TAGS: Record<string, string> = { em_open: "em", strong_open: "strong", s_open: "del", link_open: "a" };

function toInline(tokens: Token[]): MdChild[] {
  const root = element("p");
  const stack = [root];
  let links = 0;
  let text = "";
  // Text gathers until something else comes, so that an escaped character does not cut an address or a word in two nodes.
  const flush = () => {
    const parts = links ? [text] : splitAutolinks(text);
    text = "";
    for (const part of parts) {
      if (typeof part === "string") for (const piece of splitCitations(part)) push(piece);
      else push(part);
    }
  };
  const push = (child: MdChild) => {
    if (child !== "") stack.at(-1)?.children.push(child);
  };
  for (const token of tokens) {
    if (token.type === "text" || token.type === "text_special") {
      text += token.content;
      continue;
    }
    if (token.type === "softbreak") {
      text += "\n";
      continue;
    }
    flush();
    if (token.nesting === 1) {
      const attrs: Record<string, string> = {};
      if (token.type === "link_open") {
        links++;
        attrs.href = stripCitations(token.attrGet("href") ?? "");
        const title = token.attrGet("title");
        if (title) attrs.title = stripCitations(title);
      }
      const node = element(INLINE_TAGS[token.type] ?? "span", attrs);
      push(node);
      stack.push(node);
    } else if (token.nesting === -1) {
      if (token.type === "link_close") links--;
      stack.pop();
    } else if (token.type === "code_inline") push(element("code", {}, [stripCitations(token.content)]));
    else if (token.type === "hardbreak") push(element("br"));
    else if (token.type === "image")
      push(element("image", { src: stripCitations(token.attrGet("src") ?? ""), alt: plain(token.children ?? []) }));
  }
  flush();
  return root.children;
}

function plain(tokens: Token[]): string {
  return stripCitations(
    tokens.map((each) => (each.children?.length ? plain(each.children) : each.type === "softbreak" ? "\n" : each.content)).join(""),
  );
}

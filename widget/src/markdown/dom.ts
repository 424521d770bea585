// Data -> elements, and one tree laid over the elements of the one before. Only the tags and attributes named here are ever made.

import { safeImage, safeLink, tellsMuch } from "./links.ts";
import type { MdChild, MdNode } from "./tree.ts";

/** What the surrounding conversation decides for text inside it. */
export type Scope = {
  document: Document;
  /** The level of an answer's first heading: one below its message's own. Deeper ones follow from there. */
  headingLevel: number;
  words: { copyCode: string; loadImage: string; image: string; taskDone: string; taskOpen: string; codeBlock: string; table: string };
  imageAllowed(url: URL): boolean;
  citation(n: number): HTMLElement | undefined;
  /** Makes a formula of its source. Without it, dollars are text. */
  math?(source: string, options: { display: boolean }): Node;
  /** A block of code in a named language is complete: to colour it, say. */
  codeDone?(code: HTMLElement, language: string): void;
};

/** A node and what shows it. Of a text that goes on after settled text, `node` is what comes from `base` on. */
export type Rendered = { node: MdChild; el: ChildNode; inner: Node; kids: readonly Rendered[]; base: number };

/** Makes elements of data. */
export type Maker = {
  document: Document;
  /** The element, without its children: they go into `inner`. */
  make(node: MdNode): Rendered;
  /** Makes an element show other data; false if it cannot. */
  update(rendered: Rendered, node: MdNode): boolean;
};

const PLAIN = new Set("p blockquote ul ol li thead tbody tr th td em strong del code br hr".split(" "));
const ATTRIBUTES = new Set(["start", "data-align", "data-tight", "scope", "title"]);

/** What the source itself called the level of its first heading. */
export type Outline = { first?: number | undefined };

export function makerFor(scope: Scope, outline: Outline): Maker {
  return {
    document: scope.document,
    make: (node) => make(node, scope, outline),
    update: (rendered, node) => {
      if (node.tag !== "a") return false;
      const el = rendered.el as HTMLElement;
      if ((el.tagName === "A") !== !!safeLink(node.attrs.href ?? "")) return false;
      setAttributes(el, node);
      return true;
    },
  };
}

function make(node: MdNode, scope: Scope, outline: Outline): Rendered {
  const { document } = scope;
  switch (node.tag) {
    case "code-block":
      return makeCode(node, scope);
    case "image":
      return rendered(node, makeImage(node, scope));
    case "citation":
      return rendered(node, scope.citation(Number(node.attrs.n)) ?? document.createTextNode(""));
    case "task":
      return rendered(node, makeTask(node, scope));
    case "math":
      return rendered(node, makeMath(node, scope));
    case "table": {
      const frame = document.createElement("div");
      frame.className = "table";
      frame.setAttribute("part", "table");
      reachable(frame, scope.words.table);
      const table = document.createElement("table");
      frame.append(table);
      return rendered(node, frame, table);
    }
    default: {
      const el = document.createElement(tagOf(node, scope, outline));
      setAttributes(el, node);
      return rendered(node, el);
    }
  }
}

const NO_KIDS: readonly Rendered[] = [];

function rendered(node: MdNode, el: ChildNode, inner: Node = el): Rendered {
  return { node, el, inner, kids: NO_KIDS, base: 0 };
}

function tagOf(node: MdNode, scope: Scope, outline: Outline): string {
  if (PLAIN.has(node.tag)) return node.tag;
  if (/^h[1-6]$/.test(node.tag)) {
    const level = Number(node.tag[1]);
    outline.first ??= level;
    return `h${Math.min(6, scope.headingLevel + Math.max(0, level - outline.first))}`;
  }
  return node.tag === "a" && safeLink(node.attrs.href ?? "") ? "a" : "span";
}

function setAttributes(el: HTMLElement, node: MdNode): void {
  for (const name in node.attrs) if (ATTRIBUTES.has(name)) el.setAttribute(name, node.attrs[name] as string);
  if (PLAIN.has(node.tag)) return;
  const url = el.tagName === "A" && safeLink(node.attrs.href ?? "");
  if (url) {
    el.setAttribute("href", url.href);
    el.setAttribute("target", "_blank");
    el.setAttribute("rel", "noopener noreferrer nofollow");
    el.setAttribute("referrerpolicy", "no-referrer");
    // Where a long press shows what a link leads to, it would be fetched unasked.
    el.toggleAttribute("data-tells", tellsMuch(url));
  }
  if (/^h[1-6]$/.test(node.tag)) el.dataset.level = node.tag[1];
}

function makeMath(node: MdNode, scope: Scope): ChildNode {
  const span = scope.document.createElement("span");
  span.className = "math";
  if ("display" in node.attrs) span.dataset.display = "";
  const source = String(node.children[0] ?? "");
  span.append(scope.math?.(source, { display: "display" in node.attrs }) ?? source);
  return span;
}

/** What scrolls sideways is reached by key, and has a name then. */
function reachable(el: HTMLElement, label: string): void {
  el.tabIndex = 0;
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", label);
}

function makeCode(node: MdNode, scope: Scope): Rendered {
  const { document, words } = scope;
  const el = document.createElement("div");
  el.className = "code";
  el.setAttribute("part", "code-block");
  const head = document.createElement("div");
  head.className = "code-head";
  const lang = document.createElement("span");
  lang.textContent = node.attrs.lang ?? "";
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "code-copy";
  copy.dataset.copy = "";
  copy.textContent = words.copyCode;
  head.append(lang, copy);
  const pre = document.createElement("pre");
  reachable(pre, words.codeBlock);
  const code = document.createElement("code");
  pre.append(code);
  el.append(head, pre);
  return rendered(node, el, code);
}

function makeImage(node: MdNode, scope: Scope): ChildNode {
  const { document, words } = scope;
  const url = safeImage(node.attrs.src ?? "");
  const alt = node.attrs.alt || words.image;
  if (!url) return document.createTextNode(alt);
  if (scope.imageAllowed(url)) return loadedImage(document, url.href, alt);
  const chip = document.createElement("button");
  chip.type = "button";
  chip.className = "image-chip";
  chip.dataset.image = url.href;
  chip.dataset.alt = alt;
  chip.setAttribute("aria-label", `${words.loadImage}: ${alt} (${url.hostname})`);
  const name = document.createElement("span");
  name.textContent = alt;
  const host = document.createElement("small");
  host.textContent = url.hostname;
  chip.append(name, host);
  return chip;
}

export function loadedImage(document: Document, src: string, alt: string): HTMLImageElement {
  const img = document.createElement("img");
  img.alt = alt;
  img.loading = "lazy";
  img.decoding = "async";
  img.referrerPolicy = "no-referrer";
  img.src = src;
  return img;
}

function makeTask(node: MdNode, scope: Scope): ChildNode {
  const box = scope.document.createElement("input");
  box.type = "checkbox";
  box.disabled = true;
  box.checked = "checked" in node.attrs;
  box.setAttribute("aria-label", box.checked ? scope.words.taskDone : scope.words.taskOpen);
  return box;
}

/** Makes an element at the end of `parent`. */
export function append(parent: Node, maker: Maker, tag: string, attrs: Readonly<Record<string, string>> = {}): Rendered {
  const made = maker.make({ tag, attrs, children: [] });
  parent.appendChild(made.el);
  return made;
}

/** Makes the children of `parent`, of which `before` are the last, show `after`, keeping every element that need not change. */
export function patch(parent: Node, before: readonly Rendered[], after: readonly MdChild[], maker: Maker): Rendered[] {
  const out: Rendered[] = [];
  for (let i = 0; i < after.length; i++) {
    const node = after[i] as MdChild;
    const old = before[i];
    if (old && revise(old, node, maker)) {
      out.push(old);
      continue;
    }
    const made = typeof node === "string" ? text(node, maker) : maker.make(node);
    if (old) parent.replaceChild(made.el, old.el);
    else parent.appendChild(made.el);
    if (typeof node !== "string" && !WHOLE.has(node.tag)) made.kids = patch(made.inner, [], node.children, maker);
    out.push(made);
  }
  for (let i = after.length; i < before.length; i++) (before[i] as Rendered).el.remove();
  return out;
}

/** Makes the children of `parent` that nothing will be compared with: of a text that came whole. */
export function fill(parent: Element, nodes: readonly MdChild[], maker: Maker): void {
  for (const node of nodes) {
    // A text that nothing will ask for again is spared an object of its own.
    if (typeof node === "string") parent.append(node);
    else {
      const { el, inner } = maker.make(node);
      if (!WHOLE.has(node.tag)) fill(inner as Element, node.children, maker);
      parent.appendChild(el);
    }
  }
}

function text(node: string, maker: Maker): Rendered {
  const el = maker.document.createTextNode(node);
  return { node, el, inner: el, kids: [], base: 0 };
}

const WHOLE = new Set(["image", "citation", "task", "math"]);

/** Whether `old` shows `node` now, or could be made to. */
function revise(old: Rendered, node: MdChild, maker: Maker): boolean {
  const was = old.node;
  if (typeof node === "string" || typeof was === "string") {
    if (typeof node !== "string" || typeof was !== "string") return false;
    if (node !== was) reviseText(old.el as Text, old.base, was, node);
  } else {
    if (was.tag !== node.tag) return false;
    const same = equal(was.attrs, node.attrs);
    if (WHOLE.has(node.tag)) return same && was.children[0] === node.children[0];
    if (!same && !maker.update(old, node)) return false;
    old.kids = patch(old.inner, old.kids, node.children, maker);
  }
  old.node = node;
  return true;
}

function reviseText(el: Text, base: number, was: string, now: string): void {
  let same = 0;
  while (same < was.length && was.charCodeAt(same) === now.charCodeAt(same)) same++;
  if (same === was.length) el.appendData(now.slice(same));
  else el.replaceData(base + same, was.length - same, now.slice(same));
}

function equal(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return Object.keys({ ...a, ...b }).every((name) => a[name] === b[name]);
}

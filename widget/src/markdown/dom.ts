// A markdown tree -> elements, and one tree laid over the elements of the one before. Only the tags and attributes named here are ever made.
import { safeImage, safeLink } from "./links.ts";
import type { MdChild, MdNode } from "./parse.ts";

/** What the surrounding conversation decides for text inside it. */
export type Scope = {
  document: Document;
  /** The level of an answer's first heading: one below its message's own. Deeper ones follow from there. */
  headingLevel: number;
  /** What the source itself called the level of its first heading. */
  firstHeading?: number | undefined;
  words: { copyCode: string; loadImage: string; image: string; taskDone: string; taskOpen: string; codeBlock: string; table: string };
  imageAllowed(url: URL): boolean;
  citation(n: number): HTMLElement | undefined;
};

export type Rendered = { node: MdChild; el: Node; kids: Rendered[]; inner: Node };

const PLAIN = new Set("p blockquote ul ol li thead tbody tr th td em strong del code br hr span".split(" "));
const ATTRIBUTES = new Set(["start", "data-align", "data-tight", "data-task", "scope", "title"]);

export function make(node: MdChild, scope: Scope): Rendered {
  const { document } = scope;
  if (typeof node === "string") {
    const el = document.createTextNode(node);
    return { node, el, kids: [], inner: el };
  }
  switch (node.tag) {
    case "code-block":
      return makeCode(node, scope);
    case "image":
      return leaf(node, makeImage(node, scope));
    case "citation":
      return leaf(node, scope.citation(Number(node.attrs.n)) ?? document.createTextNode(""));
    case "task":
      return leaf(node, makeTask(node, scope));
    case "table": {
      const frame = document.createElement("div");
      frame.className = "table";
      frame.setAttribute("part", "table");
      frame.setAttribute("role", "region");
      frame.setAttribute("aria-label", scope.words.table);
      frame.tabIndex = 0;
      const table = document.createElement("table");
      frame.append(table);
      return fill(node, frame, table, scope);
    }
    default: {
      const el = document.createElement(tagOf(node, scope));
      setAttributes(el, node, {});
      return fill(node, el, el, scope);
    }
  }
}

function tagOf(node: MdNode, scope: Scope): string {
  const heading = /^h([1-6])$/.exec(node.tag);
  if (heading) {
    const depth = Number(heading[1]) - (scope.firstHeading ?? 1);
    return `h${Math.min(6, scope.headingLevel + Math.max(0, depth))}`;
  }
  if (node.tag === "a") return safeLink(node.attrs.href ?? "") ? "a" : "span";
  return PLAIN.has(node.tag) ? node.tag : "span";
}

function fill(node: MdNode, el: Node, inner: Node, scope: Scope): Rendered {
  const kids = node.children.map((child) => make(child, scope));
  for (const kid of kids) inner.appendChild(kid.el);
  return { node, el, kids, inner };
}

function leaf(node: MdNode, el: Node): Rendered {
  return { node, el, kids: [], inner: el };
}

function setAttributes(el: HTMLElement, node: MdNode, before: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(before)) if (!(name in node.attrs) && ATTRIBUTES.has(name)) el.removeAttribute(name);
  for (const [name, value] of Object.entries(node.attrs)) if (before[name] !== value && ATTRIBUTES.has(name)) el.setAttribute(name, value);
  if (el.tagName === "A") {
    el.setAttribute("href", safeLink(node.attrs.href ?? "") ?? "");
    el.setAttribute("target", "_blank");
    el.setAttribute("rel", "noopener noreferrer nofollow");
    el.setAttribute("referrerpolicy", "no-referrer");
  }
  if (/^h[1-6]$/.test(node.tag)) el.dataset.level = node.tag.slice(1);
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
  pre.tabIndex = 0;
  pre.setAttribute("role", "region");
  pre.setAttribute("aria-label", words.codeBlock);
  const code = document.createElement("code");
  pre.append(code);
  el.append(head, pre);
  return fill(node, el, code, scope);
}

function makeImage(node: MdNode, scope: Scope): Node {
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

function makeTask(node: MdNode, scope: Scope): Node {
  const box = scope.document.createElement("input");
  box.type = "checkbox";
  box.disabled = true;
  box.checked = "checked" in node.attrs;
  box.setAttribute("aria-label", box.checked ? scope.words.taskDone : scope.words.taskOpen);
  return box;
}

/** The level of the first heading among top-level nodes. */
export function firstHeading(nodes: readonly MdChild[]): number | undefined {
  for (const node of nodes) {
    const level = typeof node === "string" ? null : /^h([1-6])$/.exec(node.tag);
    if (level) return Number(level[1]);
  }
  return undefined;
}

/** Makes the children of `parent` show `after`, keeping every element that need not change. */
export function patch(parent: Node, before: Rendered[], after: readonly MdChild[], scope: Scope): Rendered[] {
  const out: Rendered[] = [];
  for (const [index, node] of after.entries()) {
    const old = before[index];
    if (!old) {
      const made = make(node, scope);
      parent.appendChild(made.el);
      out.push(made);
    } else out.push(patchOne(parent, old, node, scope));
  }
  for (const extra of before.slice(after.length)) extra.el.parentNode?.removeChild(extra.el);
  return out;
}

function patchOne(parent: Node, old: Rendered, node: MdChild, scope: Scope): Rendered {
  if (typeof node === "string") {
    if (typeof old.node !== "string") return replace(parent, old, node, scope);
    const text = old.el as Text;
    if (node !== old.node) {
      if (node.startsWith(old.node)) text.appendData(node.slice(old.node.length));
      else text.data = node;
    }
    return { ...old, node };
  }
  if (typeof old.node === "string" || !compatible(old, old.node, node, scope)) return replace(parent, old, node, scope);
  if (node.tag === "code-block" || node.tag === "table") {
    return { ...old, node, kids: patch(old.inner, old.kids, node.children, scope) };
  }
  if (!node.children.length && !old.kids.length) return { ...old, node };
  setAttributes(old.el as HTMLElement, node, old.node.attrs);
  return { ...old, node, kids: patch(old.inner, old.kids, node.children, scope) };
}

const WHOLE = new Set(["image", "citation", "task", "code-block"]);

function compatible(old: Rendered, a: MdNode, b: MdNode, scope: Scope): boolean {
  if (a.tag !== b.tag) return false;
  if (WHOLE.has(a.tag)) return Object.keys({ ...a.attrs, ...b.attrs }).every((name) => a.attrs[name] === b.attrs[name]);
  return a.tag === "table" || old.el.nodeName.toLowerCase() === tagOf(b, scope);
}

function replace(parent: Node, old: Rendered, node: MdChild, scope: Scope): Rendered {
  const made = make(node, scope);
  parent.replaceChild(made.el, old.el);
  return made;
}

// The same shape from three sides: the HTML of a specification's example, the engine's own elements, and elements made as a specification has them.
import { type DefaultTreeAdapterMap, parseFragment } from "parse5";
import type { Maker, Rendered, Scope } from "../src/markdown/dom.ts";
import { MarkdownStream } from "../src/markdown/stream.ts";
import type { MdNode } from "../src/markdown/tree.ts";
import { SmallElement, SmallText, shape, smallDocument } from "./small-dom.ts";

export const scope: Scope = {
  document: smallDocument,
  headingLevel: 4,
  words: { copyCode: "Copy", loadImage: "Load", image: "Image", taskDone: "Done", taskOpen: "Open", codeBlock: "Code", table: "Table" },
  imageAllowed: () => false,
  citation: (n) => {
    const chip = new SmallElement("cite");
    chip.setAttribute("n", String(n));
    return chip as unknown as HTMLElement;
  },
};

/** Makes the elements that the specifications print, instead of those of a chat. */
export const specMaker: Maker = {
  document: smallDocument,
  make(node) {
    const el = new SmallElement(
      node.tag === "image" ? "img" : node.tag === "task" ? "input" : node.tag === "code-block" ? "pre" : node.tag,
    );
    const attrs: Record<string, string> = { ...node.attrs };
    if (node.tag === "code-block") {
      const code = new SmallElement("code");
      if (attrs.lang) code.setAttribute("class", `language-${attrs.lang}`);
      delete attrs.lang;
      el.appendChild(code);
      return made(node, el, code);
    }
    if (node.tag === "task") Object.assign(attrs, { type: "checkbox", disabled: "" });
    if (attrs["data-align"]) attrs.align = attrs["data-align"];
    delete attrs["data-align"];
    delete attrs.scope;
    for (const [name, value] of Object.entries(attrs)) el.setAttribute(name, value);
    return made(node, el, el);
  },
  update(rendered, node) {
    const el = rendered.el as unknown as SmallElement;
    el.attributes = new Map(Object.entries(node.attrs));
    return true;
  },
};

function made(node: MdNode, el: SmallElement, inner: SmallElement): Rendered {
  return { node, el: el as unknown as ChildNode, inner: inner as unknown as Node, kids: [], base: 0 };
}

export function newStream(maker: Maker | undefined = undefined, extra: Partial<Scope> = {}) {
  const root = new SmallElement("div");
  return { root, stream: new MarkdownStream(root as unknown as ParentNode, { ...scope, ...extra }, maker) };
}

/** The shape after the pieces have been written one by one. */
export function streamed(pieces: Iterable<string>, maker?: Maker): string {
  const { root, stream } = newStream(maker);
  for (const piece of pieces) stream.write(piece);
  stream.finish();
  return shape(root);
}

/** The shape of a text parsed at once. */
export function whole(text: string, maker?: Maker): string {
  const { root, stream } = newStream(maker);
  stream.readAll(text, []);
  return shape(root);
}

/** What the engine makes of a text, as a specification would print it. */
export function asSpec(text: string): SmallElement {
  const { root, stream } = newStream(specMaker);
  stream.readAll(text, []);
  tighten(root);
  return tidy(root);
}

/** Items of tight lists hold their text without paragraphs; here every item has them, and the look is a matter of style. */
function tighten(el: SmallElement): void {
  const tight = el.attributes.has("data-tight");
  el.attributes.delete("data-tight");
  el.attributes.delete("data-task");
  for (const child of [...el.childNodes]) {
    if (!(child instanceof SmallElement)) continue;
    tighten(child);
    if (!tight) continue;
    child.childNodes = child.childNodes.flatMap((each) =>
      each instanceof SmallElement && each.tagName === "P" ? [...each.childNodes, new SmallText("\n")] : [each],
    );
  }
}

export function expected(html: string): SmallElement {
  const root = new SmallElement("div");
  for (const child of parseFragment(html).childNodes) root.appendChild(copy(child));
  return tidy(root);
}

type ParsedNode = DefaultTreeAdapterMap["childNode"];

function copy(node: ParsedNode): SmallText | SmallElement {
  if (node.nodeName === "#text") return new SmallText((node as DefaultTreeAdapterMap["textNode"]).value);
  const from = node as DefaultTreeAdapterMap["element"];
  const el = new SmallElement(from.tagName);
  for (const { name, value } of from.attrs) el.setAttribute(name, value);
  for (const child of from.childNodes) el.appendChild(copy(child));
  return el;
}

const BLOCKS = new Set("P UL OL LI BLOCKQUOTE TABLE THEAD TBODY TR TH TD H1 H2 H3 H4 H5 H6 HR PRE DIV".split(" "));

/** Without the blanks that only lay out the HTML: beside blocks, at a block's edges, after a break and after a task's box. */
function tidy(el: SmallElement): SmallElement {
  join(el);
  const block = BLOCKS.has(el.tagName);
  const isBlock = (node: unknown) => node instanceof SmallElement && BLOCKS.has(node.tagName);
  for (const [index, child] of [...el.childNodes].entries()) {
    if (child instanceof SmallElement) {
      if (child.tagName !== "PRE") tidy(child);
      continue;
    }
    const text = child as SmallText;
    const [before, after] = [el.childNodes[index - 1], el.childNodes[index + 1]];
    const tag = before instanceof SmallElement ? before.tagName : "";
    if (isBlock(before) || tag === "BR" || (block && !before)) text.data = text.data.replace(/^\n+/, "");
    if (tag === "INPUT") text.data = text.data.replace(/^ /, "");
    if (isBlock(after) || (block && !after)) text.data = text.data.replace(/\n+$/, "");
  }
  el.childNodes = el.childNodes.filter((each) => !(each instanceof SmallText && each.data === ""));
  return el;
}

function join(el: SmallElement): void {
  const joined: (typeof el.childNodes)[number][] = [];
  for (const child of el.childNodes) {
    const last = joined.at(-1);
    if (child instanceof SmallText && last instanceof SmallText) joined[joined.length - 1] = new SmallText(last.data + child.data);
    else joined.push(child);
  }
  el.childNodes = joined;
}

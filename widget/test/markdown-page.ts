// The page side of markdown.browser.test.ts.

import { drawingOf } from "../src/diagram/diagram.ts";
import { draw } from "../src/diagram/drawing.ts";
import { grammarOf } from "../src/highlight/languages.ts";
import { tokensOf } from "../src/highlight/tokens.ts";
import type { Scope } from "../src/markdown/dom.ts";
import { MarkdownStream, renderMarkdown } from "../src/markdown/stream.ts";
import { mathOf } from "../src/math/math.ts";

const scope: Scope = {
  document,
  headingLevel: 4,
  words: {
    copyCode: "Copy",
    loadImage: "Load image",
    image: "Image",
    taskDone: "Done",
    taskOpen: "Open",
    codeBlock: "Code",
    table: "Table",
  },
  imageAllowed: () => false,
  citation: () => undefined,
};

const ALLOWED = new Set(
  "P H1 H2 H3 H4 H5 H6 UL OL LI BLOCKQUOTE HR PRE CODE EM STRONG DEL A BR TABLE THEAD TBODY TR TH TD DIV SPAN BUTTON SMALL INPUT".split(
    " ",
  ),
);
const SCHEMES = new Set(["http:", "https:", "mailto:", "tel:", "chatkit-link:"]);

function stream(text: string, size: number, finish = true): HTMLElement {
  const root = document.createElement("div");
  document.body.replaceChildren(root);
  const markdown = new MarkdownStream(root, scope);
  for (let at = 0; at < text.length; at += size) markdown.write(text.slice(at, at + size));
  if (finish) markdown.finish();
  return root;
}

/** The tree as text, so that no serialiser of the browser is trusted with the comparison. */
function shape(node: Node): string {
  if (node.nodeType === Node.TEXT_NODE) return JSON.stringify((node as Text).data);
  const el = node as HTMLElement;
  const attributes = [...el.attributes].map((each) => `${each.name}=${JSON.stringify(each.value)}`).sort();
  el.normalize();
  return `${el.tagName}(${[...attributes, ...[...el.childNodes].map(shape)].join(" ")})`;
}

const ATTRIBUTES = new Set(
  "href target rel referrerpolicy title start scope class part role tabindex type disabled aria-label data-align data-tight data-task data-level data-copy data-image data-alt".split(
    " ",
  ),
);

function look(root: HTMLElement, found: Set<string>): void {
  for (const el of root.querySelectorAll<HTMLElement>("*")) {
    if (!ALLOWED.has(el.tagName)) found.add(el.tagName);
    for (const { name, value } of el.attributes) {
      if (!ATTRIBUTES.has(name)) found.add(name);
      if (name === "href" && !SCHEMES.has(new URL(value, "bad:").protocol)) found.add(value);
      if (name === "data-image" && !/^https?:/.test(value)) found.add(value);
    }
  }
}

const markdown = {
  streamed: (text: string, size: number) => shape(stream(text, size)),
  whole(text: string) {
    const root = document.createElement("div");
    renderMarkdown(root, text, [], scope);
    return shape(root);
  },
  replacedAtFinish(text: string) {
    const root = stream(text, 3, false);
    const before = [...root.children];
    const again = new MarkdownStream(root, scope);
    root.replaceChildren();
    for (let at = 0; at < text.length; at += 3) again.write(text.slice(at, at + 3));
    const settled = [...root.children];
    again.finish();
    return settled.filter((each) => !each.isConnected).length + (before.length ? 0 : 0);
  },
  selectionSurvives() {
    const root = document.createElement("div");
    document.body.replaceChildren(root);
    const growing = new MarkdownStream(root, scope);
    growing.write("First, keep this safe.");
    const text = root.querySelector("p")?.firstChild as Text;
    getSelection()?.setBaseAndExtent(text, 7, text, 16);
    for (const each of " More **bold** text.\n\n- a\n- b\n\n| a | b |\n|---|---|\n| 1 | 2 |\n") growing.write(each);
    growing.finish();
    return String(getSelection());
  },
  /** Elements, attributes and addresses outside the lists, at the end and, by single characters, at every step. */
  forbidden(text: string, size: number) {
    const root = document.createElement("div");
    document.body.replaceChildren(root);
    const markdown = new MarkdownStream(root, scope);
    const found = new Set<string>();
    for (let at = 0; at < text.length; at += size) {
      markdown.write(text.slice(at, at + size));
      if (at % 4 < size) look(root, found);
    }
    markdown.finish();
    look(root, found);
    return [...found];
  },
  /** The elements, attributes and values outside the lists in a drawn formula; what the formula shows. */
  formula(source: string) {
    const made = mathOf(source, true, document);
    if (!made) return { drawn: false, bad: [] as string[], text: "" };
    document.body.replaceChildren(made);
    const bad = [made, ...made.querySelectorAll("*")].flatMap((el) => [
      ...(el.namespaceURI === "http://www.w3.org/1998/Math/MathML" && !/^(?:semantics|annotation.*|maction)$/.test(el.localName)
        ? []
        : [el.localName]),
      ...[...el.attributes]
        .filter(
          ({ name, value }) =>
            /^(?:on|id$|href|src|data|xlink)/.test(name) ||
            /url|script|[;{}<>\\]/.test(name === "style" ? value.replaceAll(";", "") : value) ||
            /position|inset/.test(value),
        )
        .map(({ name, value }) => `${name}=${value}`),
    ]);
    return { drawn: true, bad, text: made.textContent ?? "" };
  },
  /** The same of a drawn diagram. */
  diagram(source: string) {
    let svg: SVGElement;
    try {
      svg = draw(
        drawingOf(source, (line) => line.length * 8),
        document,
      );
    } catch {
      return undefined;
    }
    document.body.replaceChildren(svg);
    return [svg, ...svg.querySelectorAll("*")].flatMap((el) => [
      ...(/^(?:svg|rect|path|circle|text|tspan)$/.test(el.localName) ? [] : [el.localName]),
      ...[...el.attributes]
        .filter(({ name }) => !/^(?:viewBox|width|height|role|aria-label|class|x|y|rx|d|cx|cy|r)$/.test(name))
        .map(({ name }) => name),
    ]);
  },
  tokens: (code: string, language: string) =>
    tokensOf(code, grammarOf(language) ?? []).map(({ kind, start, end }) => `${kind} ${code.slice(start, end)}`),
  render: (root: HTMLElement, text: string) => renderMarkdown(root, text, [], scope),
  partial: (text: string) => stream(text, text.length, false).textContent ?? "",
};

declare global {
  interface Window {
    markdown: typeof markdown;
  }
}
window.markdown = markdown;

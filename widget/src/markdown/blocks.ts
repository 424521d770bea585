// Source -> blocks, line by line as it arrives. A line takes effect once its kind is sure, and is never looked at again; what is text
// after that goes straight to the open leaf.
import { definition, normalizeLabel, plainly, type Target } from "./addresses.ts";
import { stripCitations } from "./citations.ts";
import { CodeLeaf, FormulaLeaf } from "./code.ts";
import { append, type Rendered } from "./dom.ts";
import type { Host } from "./host.ts";
import { type ListKind, type Opening, type Plan, planOf } from "./starts.ts";
import { TableLeaf } from "./table.ts";
import { GrowingText } from "./text.ts";

type Container = {
  kind: "root" | "quote" | "list" | "item";
  rendered: { el: Node; inner: Node };
  /** Columns an item's content is indented by. */
  indent: number;
  children: number;
  /** The line it began on. */
  line: number;
  list?: ListKind;
};

type TextLeaf = {
  kind: "text";
  text: GrowingText;
  block: Rendered;
  /** The item whose first block this is, while it may turn out a task. */
  item: Container | undefined;
  task: boolean;
  lineStart: number;
  /** Where it begins in the source. */
  offset: number;
  /** The length at which definitions are looked for again. */
  tryAt: number;
};

type Leaf = TextLeaf | CodeLeaf | FormulaLeaf | TableLeaf | { kind: "heading"; text: GrowingText };

// Half a line longer than this is asked about again only once it has grown by half, so that no line costs the square of its length.
const PATIENT_CHARS = 64;
// What looks like a table's head is kept back until the next line has said whether it is, unless it is longer than this.
const MAX_HELD_CHARS = 400;
const DEFINITION_START = /^\[(?:[^[\]\\]|\\[\s\S]){0,300}\]:(?![ \t]*[^\s"'(]\S*[ \t]+[^\s"'(])/;
const TASK = /^\[([ xX])\][ \t\n]+(?=\S)/;
const HALF_TASK = /^\[(?:[ xX](?:\][ \t\n]*)?)?$/;

/** Takes a definition, and a place in the source after its end. */
type Define = (label: string, target: Target, offset: number) => void;
export type Top = { offset: number; el: ChildNode };
/** Where in the source to begin, between two blocks of the root, and what is before that. */
export type Beginning = { offset: number; tops: Top[]; define: Define };

export class BlockParser {
  #host: Host;
  #containers: Container[];
  #leaf: Leaf | undefined;
  #half = "";
  #askAt = 1;
  #inLine = false;
  #line = 0;
  /** Where the current line begins in the source. */
  #lineOffset: number;
  #offset: number;
  #blankBefore = false;
  /** Where each block of the root begins in the source. */
  readonly tops: Top[];
  #define: Define;

  constructor(host: Host, root: Node, { offset, tops, define }: Beginning) {
    this.#host = host;
    this.#containers = [{ kind: "root", rendered: { el: root, inner: root }, indent: 0, children: 0, line: 0 }];
    this.#define = define;
    this.#offset = this.#lineOffset = offset;
    this.tops = tops;
  }

  /** Takes more source, whose lines end with a line feed. */
  feed(source: string): void {
    for (let at = 0; at < source.length; ) {
      const end = source.indexOf("\n", at);
      const text = source.slice(at, end < 0 ? source.length : end);
      at += text.length + 1;
      this.#offset += text.length + (end < 0 ? 0 : 1);
      if (this.#inLine) this.#extend(text);
      else this.#tryLine(text, end >= 0);
      if (end >= 0) this.#endLine();
    }
  }

  render(): void {
    const leaf = this.#leaf;
    if (!leaf) return;
    if (leaf.kind === "text") this.#renderText(leaf);
    else if (leaf.kind === "heading") leaf.text.render();
    else leaf.render();
  }

  finish(): void {
    if (!this.#inLine && this.#half) this.#tryLine("", true);
    if (this.#inLine) this.#endLine();
    this.#closeLeaf();
  }

  #tryLine(text: string, whole: boolean): void {
    this.#half += text;
    if (!whole && this.#half.length < this.#askAt) return;
    this.#host.work.lineChars += this.#half.length;
    const plan = planOf(this.#half, whole, {
      containers: this.#containers,
      leaf: this.#leaf?.kind === "heading" ? undefined : this.#leaf?.kind,
      fence: this.#leaf?.kind === "code" ? this.#leaf.fence : undefined,
      math: this.#host.math,
      lastLine: () => (this.#leaf?.kind === "text" ? this.#leaf.text.text.slice(this.#leaf.lineStart) : ""),
    });
    if (!plan) {
      this.#askAt = this.#half.length < PATIENT_CHARS ? 0 : this.#half.length * 1.5;
      return;
    }
    this.#half = "";
    this.#askAt = 0;
    this.#inLine = true;
    this.#apply(plan);
  }

  #extend(text: string): void {
    const leaf = this.#leaf;
    if (!leaf) return;
    if (leaf.kind === "text") leaf.text.append(text);
    else if (leaf.kind === "heading") leaf.text.append(leaf.text.text ? text : text.replace(/^[ \t]+/, ""));
    else leaf.extend(text);
  }

  #endLine(): void {
    this.#inLine = false;
    this.#line++;
    this.#lineOffset = this.#offset;
    const leaf = this.#leaf;
    if (leaf?.kind === "heading") this.#closeLeaf();
    else if (leaf && leaf.kind !== "text") leaf.endLine();
  }

  #apply(plan: Plan): void {
    const { leaf } = plan;
    if (leaf.kind === "more") {
      this.#blankBefore = false;
      this.#more(plan.rest);
      return;
    }
    if (leaf.kind === "underline" && this.#underline(leaf.level)) return;
    if (leaf.kind === "underline") {
      this.#more(plan.rest);
      return;
    }
    if (leaf.kind === "delimiters") {
      this.#openTable(leaf.aligns);
      return;
    }
    if (leaf.kind === "end") {
      if (this.#leaf?.kind === "formula") this.#leaf.extend(plan.rest.replace(/\$\$[ \t]*$/, ""));
      this.#closeLeaf();
      return;
    }
    this.#closeLeaf();
    this.#containers.length = plan.matched;
    for (const opening of plan.opens) this.#open(opening);
    if (leaf.kind === "blank") {
      const top = this.#containers.at(-1) as Container;
      this.#blankBefore = top.kind !== "quote" && !(top.kind === "item" && !top.children && top.line === this.#line);
      return;
    }
    this.#openLeaf(plan);
    this.#blankBefore = false;
  }

  #more(rest: string): void {
    const leaf = this.#leaf;
    if (leaf?.kind === "text") {
      this.#takeDefinitions(leaf, rest);
      if (leaf.text.text) leaf.text.append("\n");
      leaf.lineStart = leaf.text.text.length;
      leaf.text.append(rest);
    } else if (leaf?.kind === "code") {
      if (leaf.fence || /[^ \t]/.test(rest)) leaf.extend(rest);
      else {
        leaf.extendBlank(rest);
        this.#blankBefore = true;
      }
    } else if (leaf && leaf.kind !== "heading") {
      if (leaf.kind === "table") leaf.beginLine();
      leaf.extend(rest);
    }
  }

  // Containers

  #open(opening: Opening): void {
    if (opening.kind === "quote") {
      this.#push("quote", this.#add("blockquote"), 0);
      return;
    }
    const { list, indent } = opening;
    const top = this.#containers.at(-1) as Container;
    if (top.kind === "list" && top.list?.ordered === list.ordered && top.list.mark === list.mark) {
      if (this.#blankBefore) loosen(top);
    } else {
      const attrs: Record<string, string> = { "data-tight": "" };
      if (list.ordered && list.start !== 1) attrs.start = String(list.start);
      this.#push("list", this.#add(list.ordered ? "ol" : "ul", attrs), 0).list = list;
    }
    this.#push("item", append((this.#containers.at(-1) as Container).rendered.inner, this.#host, "li"), indent);
    this.#blankBefore = false;
  }

  #push(kind: Container["kind"], rendered: Rendered, indent: number): Container {
    const container: Container = { kind, rendered, indent, children: 0, line: this.#line };
    this.#containers.push(container);
    return container;
  }

  /** A new block in the innermost container that takes one. */
  #add(tag: string, attrs: Record<string, string> = {}, offset = this.#lineOffset): Rendered {
    let parent = this.#containers.at(-1) as Container;
    if (parent.kind === "list") {
      this.#containers.pop();
      parent = this.#containers.at(-1) as Container;
    }
    if (parent.kind === "item" && parent.children && this.#blankBefore) loosen(this.#containers.at(-2));
    parent.children++;
    const block = append(parent.rendered.inner, this.#host, tag, attrs);
    if (parent.kind === "root") this.tops.push({ offset, el: block.el });
    return block;
  }

  // Leaves

  #openLeaf({ leaf, rest }: Plan): void {
    const host = this.#host;
    if (leaf.kind === "rule") this.#add("hr");
    else if (leaf.kind === "heading") {
      const text = new GrowingText(host, this.#add(`h${leaf.level}`));
      text.heading = true;
      text.append(rest.replace(/^[ \t]+/, ""));
      this.#leaf = { kind: "heading", text };
    } else if (leaf.kind === "fence") {
      const language = stripCitations(plainly(leaf.info)).trim().split(/\s+/)[0] ?? "";
      this.#leaf = new CodeLeaf(host, this.#add("code-block", { lang: language }), leaf.fence, language);
    } else if (leaf.kind === "formula") {
      this.#leaf = new FormulaLeaf(host, this.#add("p"));
      this.#leaf.extend(rest.slice(2));
    } else if (leaf.kind === "indented") {
      this.#leaf = new CodeLeaf(host, this.#add("code-block", { lang: "" }), undefined, "");
      this.#leaf.extend(rest);
    } else this.#openText(rest);
  }

  #openText(rest: string): void {
    const block = this.#add("p");
    const parent = this.#containers.at(-1) as Container;
    const text = new GrowingText(this.#host, block);
    text.append(rest);
    const item = parent.kind === "item" && parent.children === 1 ? parent : undefined;
    this.#leaf = { kind: "text", text, block, item, task: false, lineStart: 0, offset: this.#lineOffset, tryAt: 0 };
  }

  #closeLeaf(): void {
    const leaf = this.#leaf;
    this.#leaf = undefined;
    if (!leaf) return;
    if (leaf.kind === "heading") leaf.text.finish();
    else if (leaf.kind === "text") this.#closeText(leaf);
    else leaf.finish();
  }

  #closeText(leaf: TextLeaf): void {
    this.#takeDefinitions(leaf, "");
    if (!leaf.text.text) {
      this.#drop(leaf.block);
      return;
    }
    this.#findTask(leaf);
    leaf.text.finish();
  }

  #drop(block: Rendered): void {
    block.el.parentNode?.removeChild(block.el);
    if (this.tops.at(-1)?.el === block.el) this.tops.pop();
  }

  #renderText(leaf: TextLeaf): void {
    const { text } = leaf;
    // A definition is not shown, nor what may become a task's box or a table's head.
    const shown = text.text.slice(text.start, text.start + MAX_HELD_CHARS);
    if (!leaf.task && DEFINITION_START.test(shown)) return;
    if (!leaf.task && leaf.item && HALF_TASK.test(shown)) return;
    const head = text.text[leaf.lineStart] === "|" && text.text.length - leaf.lineStart < MAX_HELD_CHARS;
    this.#findTask(leaf);
    text.render(head ? leaf.lineStart : undefined);
  }

  #findTask(leaf: TextLeaf): void {
    if (!leaf.item || leaf.task || leaf.text.start) return;
    const mark = TASK.exec(leaf.text.text);
    if (!mark) return;
    leaf.task = true;
    leaf.text.clear();
    leaf.text.startAt(mark[0].length);
    leaf.text.kept = 1;
    append(leaf.block.inner, this.#host, "task", mark[1] === " " ? {} : { checked: "" });
    (leaf.item.rendered.el as Element).setAttribute("data-task", "");
  }

  #undoTask(leaf: TextLeaf): void {
    if (!leaf.task) return;
    leaf.task = false;
    leaf.text.kept = 0;
    leaf.text.startAt(0);
    leaf.text.clear();
    (leaf.item?.rendered.el as Element | undefined)?.removeAttribute("data-task");
  }

  /** Takes the definitions at the start of a paragraph, those that its next line cannot change; with no next line, all. */
  #takeDefinitions(leaf: TextLeaf, nextLine: string): void {
    const { text } = leaf;
    const waiting = text.text.length;
    if (text.text[0] !== "[" || leaf.task || (nextLine && (/^["'(]/.test(nextLine) || waiting < leaf.tryAt))) return;
    const source = `${text.text}\n`;
    let end = 0;
    for (let found = definition(source, end); found; found = definition(source, end)) {
      // A title may begin there, and end on a line to come.
      if (nextLine && /["'(]/.test(source[found.end] ?? "")) break;
      this.#define(normalizeLabel(found.label), { href: stripCitations(found.href), title: stripCitations(found.title) }, this.#lineOffset);
      end = found.end;
    }
    leaf.tryAt = end ? 0 : waiting * 2;
    if (!end) return;
    text.become(text.text.slice(end));
    leaf.lineStart = Math.max(0, leaf.lineStart - end);
  }

  /** Makes the open paragraph a heading, unless it holds nothing but definitions. */
  #underline(level: number): boolean {
    const leaf = this.#leaf;
    if (leaf?.kind !== "text") return false;
    this.#undoTask(leaf);
    this.#takeDefinitions(leaf, "");
    const { text, block } = leaf;
    if (!text.text) return false;
    const heading = this.#host.make({ tag: `h${level}`, attrs: {}, children: [] });
    while (block.inner.firstChild) heading.inner.appendChild(block.inner.firstChild);
    block.el.parentNode?.replaceChild(heading.el, block.el);
    const top = this.tops.at(-1);
    if (top?.el === block.el) top.el = heading.el;
    text.into = heading;
    text.finish();
    this.#leaf = undefined;
    this.#blankBefore = false;
    return true;
  }

  /** Makes the last line of the open paragraph a table's head. */
  #openTable(aligns: readonly string[]): void {
    const leaf = this.#leaf as TextLeaf;
    const { text } = leaf;
    const header = text.text.slice(leaf.lineStart);
    this.#leaf = undefined;
    if (leaf.lineStart || leaf.task) {
      const before = text.text.slice(0, Math.max(0, leaf.lineStart - 1));
      this.#undoTask(leaf);
      text.become(before);
      if (before) this.#closeText(leaf);
      else this.#drop(leaf.block);
    } else this.#drop(leaf.block);
    if (!leaf.block.el.parentNode) (this.#containers.at(-1) as Container).children--;
    this.#blankBefore = false;
    this.#leaf = new TableLeaf(this.#host, this.#add("table", {}, leaf.offset), aligns, header);
    // The delimiters end as a row would, and are none.
    this.#inLine = true;
  }
}

function loosen(list: Container | undefined): void {
  (list?.rendered.el as Element | undefined)?.removeAttribute("data-tight");
}

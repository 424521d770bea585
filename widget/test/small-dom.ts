// As much of a document as the markdown engine uses, in node: it counts what is made and taken away, and prints itself for comparing.

export const counts = { made: 0, removed: 0, written: 0 };

class SmallNode {
  parentNode: SmallElement | null = null;
  childNodes: SmallNode[] = [];
  ownerDocument = small;

  get firstChild(): SmallNode | null {
    return this.childNodes[0] ?? null;
  }
  get lastChild(): SmallNode | null {
    return this.childNodes.at(-1) ?? null;
  }
  remove(): void {
    if (!this.parentNode) return;
    counts.removed++;
    this.detach();
  }
  detach(): void {
    const siblings = this.parentNode?.childNodes;
    if (siblings) siblings.splice(siblings.lastIndexOf(this), 1);
    this.parentNode = null;
  }
  appendChild(node: SmallNode): SmallNode {
    node.detach();
    node.parentNode = this as unknown as SmallElement;
    this.childNodes.push(node);
    return node;
  }
  append(...nodes: (SmallNode | string)[]): void {
    for (const node of nodes) this.appendChild(typeof node === "string" ? new SmallText(node) : node);
  }
  removeChild(node: SmallNode): void {
    node.remove();
  }
  replaceChild(made: SmallNode, old: SmallNode): void {
    counts.removed++;
    made.parentNode = this as unknown as SmallElement;
    this.childNodes[this.childNodes.indexOf(old)] = made;
    old.parentNode = null;
  }
  replaceChildren(...nodes: SmallNode[]): void {
    for (const node of [...this.childNodes]) node.remove();
    this.append(...nodes);
  }
  /** Of selectors it knows a list of tags. */
  querySelector(tags: string): SmallElement | null {
    for (const child of this.childNodes) {
      if (!(child instanceof SmallElement)) continue;
      const found = tags.toUpperCase().split(",").includes(child.tagName) ? child : child.querySelector(tags);
      if (found) return found;
    }
    return null;
  }
  get textContent(): string {
    return this.childNodes.map((each) => each.textContent).join("");
  }
  set textContent(text: string) {
    this.replaceChildren(...(text ? [new SmallText(text)] : []));
  }
}

export class SmallText extends SmallNode {
  data: string;
  constructor(data: string) {
    super();
    this.data = data;
    counts.made++;
    counts.written += data.length;
  }
  appendData(text: string): void {
    this.data += text;
    counts.written += text.length;
  }
  replaceData(offset: number, count: number, text: string): void {
    if (offset > this.data.length) throw new Error("past the end of a text");
    this.data = this.data.slice(0, offset) + text + this.data.slice(offset + count);
    counts.written += text.length;
  }
  override get textContent(): string {
    return this.data;
  }
}

export class SmallElement extends SmallNode {
  tagName: string;
  attributes = new Map<string, string>();
  dataset: Record<string, string> = {};
  [property: string]: unknown;
  constructor(tag: string) {
    super();
    this.tagName = tag.toUpperCase();
    counts.made++;
  }
  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }
  toggleAttribute(name: string, on: boolean): void {
    if (on) this.attributes.set(name, "");
    else this.attributes.delete(name);
  }
  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }
}

const small = {
  createElement: (tag: string) => new SmallElement(tag),
  createTextNode: (text: string) => new SmallText(text),
  createDocumentFragment: () => new SmallElement("#fragment"),
};
export const smallDocument = small as unknown as Document;

/** The tree as one string: adjacent texts joined, attributes in order. */
export function shape(node: SmallNode): string {
  if (node instanceof SmallText) return JSON.stringify(node.data);
  const el = node as SmallElement;
  const attributes = [...el.attributes, ...Object.entries(el.dataset).map(([name, value]) => [`data-${name}`, value])]
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .sort();
  const kids: string[] = [];
  let text = "";
  const flush = () => {
    if (text) kids.push(JSON.stringify(text));
    text = "";
  };
  for (const child of el.childNodes)
    if (child instanceof SmallText) text += child.data;
    else {
      flush();
      kids.push(shape(child));
    }
  flush();
  return `${el.tagName.toLowerCase()}(${[...attributes, ...kids].join(" ")})`;
}

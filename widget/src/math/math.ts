// TeX -> MathML, which browsers draw with no font or style of ours. The library reads; the elements are made here, from lists.
import temml from "temml";
import css from "./math.css";

export { css };

const MATHML = "http://www.w3.org/1998/Math/MathML";
// Longer than any formula that is read; what is longer stays as it was written.
const MAX_CHARS = 4_096;
// Definitions may double what they stand for each time; nobody needs long ones in an answer.
const MAX_CHARS_DEFINING = 400;
const DEFINES = /\\(?:[gex]?def|let|futurelet|(?:re)?newcommand|providecommand|DeclareMathOperator)(?![a-zA-Z])/;
/** The deepest nesting that is drawn: the browser's layout, too, goes down one level at a time. */
const MAX_DEPTH = 120;
const MAX_NODES = 20_000;

const TAGS = new Set(
  `math mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr
munder munderover menclose none merror ms`.split(/\s+/),
);
const ATTRIBUTES = new Set(
  `accent accentunder columnalign columnspacing columnlines columnspan depth display displaystyle fence form height largeop linethickness lspace
mathbackground mathcolor mathsize mathvariant maxsize minsize movablelimits notation rowlines rowspacing rowspan rspace scriptlevel separator
stretchy symmetric voffset width`.split(/\s+/),
);
const STYLES = new Set(
  `border borderBottom borderLeft borderRight borderTop color display fontWeight height justifyContent marginLeft mathDepth padding paddingBottom
paddingLeft paddingRight paddingTop textAlign whiteSpace width`.split(/\s+/),
);
const CLASS = /^(?:(?:tml|chr|wbk|ff)-[\w-]+|upstrike|downstrike|sout|mathcal|mathscr|menclose)$/;
const VALUE = /^[\w\s#.,%()+-]*$/;

/** What the library's tree is made of, as far as it is used. */
type Tree = {
  type?: string;
  text?: string;
  attributes?: Record<string, unknown>;
  classes?: string[];
  style?: Record<string, unknown>;
  children?: Tree[];
};

/** The formula as MathML; undefined if it is not one. */
export function mathOf(source: string, display: boolean, document: Document): Element | undefined {
  if (source.length > (DEFINES.test(source) ? MAX_CHARS_DEFINING : MAX_CHARS)) return undefined;
  let tree: Tree;
  try {
    const options = { displayMode: display, throwOnError: true, maxExpand: 500, maxSize: [40, 40] as [number, number] };
    tree = temml.__renderToMathMLTree(source, options) as Tree;
    let left = MAX_NODES;
    const made = make(tree, document, 0, () => {
      if (--left < 0) throw new RangeError("too many elements");
    });
    if (!(made instanceof Element) || made.localName !== "math") return undefined;
    return made;
  } catch {
    // Not TeX, or more of it than is drawn.
    return undefined;
  }
}

function make(tree: Tree, document: Document, depth: number, count: () => void): Node {
  count();
  if (depth > MAX_DEPTH) throw new RangeError("too deep");
  if (tree.text !== undefined) return document.createTextNode(tree.text);
  const tag = tree.type && TAGS.has(tree.type) ? tree.type : undefined;
  const node = tag ? document.createElementNS(MATHML, tag) : document.createDocumentFragment();
  if (node instanceof Element) dress(node, tree);
  for (const child of tree.children ?? []) node.appendChild(make(child, document, depth + 1, count));
  return node;
}

function dress(el: Element, { attributes = {}, classes = [], style = {} }: Tree): void {
  for (const [name, value] of Object.entries(attributes))
    if (ATTRIBUTES.has(name) && VALUE.test(String(value))) el.setAttribute(name, String(value));
  const known = classes.filter((each) => CLASS.test(each));
  if (known.length) el.setAttribute("class", known.join(" "));
  const own = (el as Element & ElementCSSInlineStyle).style;
  if (own)
    for (const [name, value] of Object.entries(style))
      if (STYLES.has(name) && VALUE.test(String(value))) own[name as "color"] = String(value);
}

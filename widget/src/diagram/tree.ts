// Mermaid's mindmap: a tree written by indentation, drawn from one side to the other.
import { type Drawing, type Mark, type Measure, wrapped } from "./drawing.ts";
import { atMost, labelOf, refuse } from "./graph.ts";

type Branch = { label: string; round: number; children: Branch[]; indent: number };
type Placed = { branch: Branch; x: number; y: number; width: number; height: number; lines: string[]; colour: number };

const MAX_BRANCHES = 120;
const MAX_DEPTH = 12;
const COLOURS = 8;
const PAD = { x: 12, y: 7 };
const GAP = { x: 34, y: 10 };
const MARGIN = 8;
/** Openers with their closers and how round the box is; longer ones first. */
const SHAPES: [string, string, number][] = [
  ["((", "))", 999],
  ["))", "((", 4],
  ["{{", "}}", 4],
  ["[", "]", 4],
  ["(", ")", 14],
  [")", "(", 14],
];

/** `lines` keep their indentation. */
export function drawMindmap(lines: readonly string[], measure: Measure, title: string): Drawing {
  const root = read(lines);
  const marks: Mark[] = [];
  const above: Mark[] = [];
  let right = 0;
  let y = MARGIN;
  // Depth first: leaves stand below each other, and whoever has children before the middle of them.
  const put = (branch: Branch, x: number, colour: number): Placed => {
    const text = wrapped(branch.label, measure, 170);
    const [width, height] = [text.width + PAD.x * 2, text.height + PAD.y * 2];
    const from = y;
    const children = branch.children.map((each, n) => put(each, x + width + GAP.x, x === MARGIN ? n % COLOURS : colour));
    const [first, last] = [children[0], children.at(-1)];
    // A box higher than all that is behind it moves that down.
    const middle = first && last ? Math.max((first.y + last.y) / 2, from + height / 2) : from + height / 2;
    y = Math.max(y, middle + height / 2 + GAP.y);
    const placed = { branch, x, y: middle, width, height, lines: text.lines, colour };
    right = Math.max(right, x + width);
    for (const child of children) {
      const [x1, x2] = [x + width, child.x];
      const bend = (x1 + x2) / 2;
      marks.push({
        kind: "path",
        ink: `branch s${child.colour}`,
        d: `M${n(x1)} ${n(middle)}C${n(bend)} ${n(middle)} ${n(bend)} ${n(child.y)} ${n(x2)} ${n(child.y)}`,
      });
    }
    const round = Math.min(branch.round, height / 2);
    above.push({ kind: "rect", ink: "node", x, y: middle - height / 2, width, height, round });
    above.push({ kind: "text", x: x + width / 2, y: middle, lines: text.lines, bold: x === MARGIN });
    return placed;
  };
  put(root, MARGIN, 0);
  return { width: right + MARGIN, height: y, marks: [...marks, ...above], title, told: tell(root).slice(0, 3_000) };
}

function read(lines: readonly string[]): Branch {
  const open: Branch[] = [];
  let root: Branch | undefined;
  let count = 0;
  for (const line of lines) {
    const text = line.replace(/:::.*$/, "").trim();
    // Icons and classes dress what is above them.
    if (!text || text.startsWith("::icon")) continue;
    const indent = /^[ \t]*/.exec(line)?.[0].replaceAll("\t", "    ").length ?? 0;
    while (open.length && (open.at(-1) as Branch).indent >= indent) open.pop();
    const branch = { ...shaped(text), children: [], indent };
    const parent = open.at(-1);
    if (parent) parent.children.push(branch);
    else if (root) refuse("two roots");
    else root = branch;
    open.push(branch);
    atMost(++count, MAX_BRANCHES);
    atMost(open.length, MAX_DEPTH);
  }
  if (!root) refuse("nothing");
  return root;
}

function shaped(text: string): { label: string; round: number } {
  for (const [opener, closer, round] of SHAPES) {
    const at = text.indexOf(opener);
    if (at < 0 || !text.endsWith(closer) || text.length < at + opener.length + closer.length || /\s/.test(text.slice(0, at))) continue;
    return { label: labelOf(text.slice(at + opener.length, -closer.length)), round };
  }
  return { label: labelOf(text), round: 10 };
}

function tell({ label, children }: Branch): string {
  const own = label.replaceAll("\n", " ");
  return children.length ? `${own} (${children.map(tell).join(", ")})` : own;
}

function n(value: number): number {
  return Math.round(value * 10) / 10;
}

// Mermaid's kanban: cards in columns, written by indentation.
import { type Drawing, LINE, type Mark, type Measure, MOST_TOLD, titleOf, wrapped } from "./drawing.ts";
import { atMost, labelOf, refuse } from "./graph.ts";

type Card = { text: string; ticket: string; assigned: string; priority: string };
type Column = { name: string; cards: Card[] };

const MAX_COLUMNS = 12;
const MAX_CARDS = 80;
const MAX_CHARS = 2_000;
const COLUMN_PX = 176;
const MARGIN = 10;
const GAP = 10;
const PAD = 10;
/** Of the style sheet's colours the ones that stand for how urgent a card is. */
const URGENCY: Record<string, number> = { "very high": 3, high: 2, low: 0, "very low": 6 };

/** `lines` keep their indentation. */
export function drawKanban(lines: readonly string[], measure: Measure, title: string): Drawing {
  const columns = read(lines);
  const top = title ? 34 : MARGIN;
  const marks: Mark[] = [];
  const above: Mark[] = titleOf(title);
  const heads = columns.map(({ name }) => wrapped(name, measure, COLUMN_PX - PAD * 2));
  const head = Math.max(...heads.map(({ height }) => height)) + PAD;
  let bottom = 0;
  for (const [n, { cards }] of columns.entries()) {
    const x = MARGIN + n * (COLUMN_PX + GAP);
    above.push({ kind: "text", x: x + PAD, y: top + head / 2 + 2, lines: heads[n]?.lines ?? [], bold: true, small: true, start: true });
    let y = top + head + 4;
    for (const card of cards) y += drawCard(card, x + 6, y, measure, above) + 6;
    bottom = Math.max(bottom, y + 2);
  }
  for (const n of columns.keys()) {
    const x = MARGIN + n * (COLUMN_PX + GAP);
    marks.push({ kind: "rect", ink: "section", x, y: top, width: COLUMN_PX, height: bottom - top, round: 8 });
  }
  return {
    width: Math.max(MARGIN * 2 - GAP + columns.length * (COLUMN_PX + GAP), measure(title) * 1.1 + 24),
    height: bottom + MARGIN,
    marks: [...marks, ...above],
    title,
    told: columns.map(tell).join("; ").replaceAll("\n", " ").slice(0, MOST_TOLD),
  };
}

/** Draws a card and answers how high it is. */
function drawCard({ text, priority, ...card }: Card, x: number, y: number, measure: Measure, marks: Mark[]): number {
  const width = COLUMN_PX - 12;
  const words = wrapped(text, measure, width - PAD * 2 - 4);
  const more = wrapped([card.ticket, card.assigned, priority].filter(Boolean).join(" · "), measure, width - PAD * 2 - 4);
  const below = more.lines.some(Boolean) ? more.height + 2 : 0;
  const height = words.height + below + PAD * 1.4;
  const colour = URGENCY[priority.toLowerCase()];
  marks.push({ kind: "rect", ink: "node", x, y, width, height, round: 6 });
  if (colour !== undefined)
    marks.push({ kind: "rect", ink: `slice s${colour}`, x: x + 4, y: y + 5, width: 5, height: height - 10, round: 2 });
  const at = { x: x + PAD + 4, start: true, small: true };
  marks.push({ kind: "text", ...at, y: y + PAD * 0.7 + words.height / 2, lines: words.lines });
  if (below) marks.push({ kind: "text", ...at, y: y + height - PAD * 0.7 - more.height / 2, lines: more.lines, faint: true });
  return Math.max(height, LINE);
}

function read(lines: readonly string[]): Column[] {
  const columns: Column[] = [];
  let count = 0;
  let first: number | undefined;
  for (const line of lines) {
    const text = line.trim().replace(/:::[\w-]*$/, "");
    atMost(line.length, MAX_CHARS);
    if (!text || text.startsWith("::icon")) continue;
    const indent = /^[ \t]*/.exec(line)?.[0].replaceAll("\t", "    ").length ?? 0;
    first ??= indent;
    const column = columns.at(-1);
    if (indent <= first) {
      atMost(columns.push({ name: cardOf(text).text, cards: [] }), MAX_COLUMNS);
    } else if (!column || column.cards.push(cardOf(text)) < 0 || ++count > MAX_CARDS) refuse("too many cards");
  }
  if (!columns.length) refuse("nothing");
  return columns;
}

/** A card is written as its text, or as its name and its text in brackets; what else is known of it follows in braces. */
function cardOf(line: string): Card {
  const [, written = "", more = ""] = /^([^@]*(?:@(?!\{)[^@]*)*)(?:@\{(.*)\})?$/.exec(line) ?? refuse(line);
  const text = /^[^[\]\s]*\[(.*)\]$/.exec(written.trim())?.[1] ?? written;
  const said = new Map<string, string>();
  for (const [, name = "", value = ""] of more.matchAll(/(\w+)[ \t]*:[ \t]*("[^"]*"|'[^']*'|[^,'"]+)/g))
    said.set(name, labelOf(value.trim().replace(/^'(.*)'$/, "$1")));
  const of = (name: string) => said.get(name) ?? "";
  return { text: labelOf(said.get("label") ?? text), ticket: of("ticket"), assigned: of("assigned"), priority: of("priority") };
}

function tell({ name, cards }: Column): string {
  const told = cards.map(({ text, ...more }) => {
    const known = Object.values(more).filter(Boolean).join(", ");
    return known ? `${text} (${known})` : text;
  });
  return told.length ? `${name}: ${told.join(", ")}` : name;
}

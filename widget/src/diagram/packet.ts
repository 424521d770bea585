// Mermaid's packet: fields of bits, in rows of so many.
import { type Drawing, type Mark, type Measure, MOST_TOLD, shortened, titleOf, wrapped } from "./drawing.ts";
import { labelOf, refuse } from "./graph.ts";
import { setting } from "./source.ts";

/** Both bits are within. */
type Field = { from: number; to: number; name: string };

const FIELD = /^(?:(\d{1,5})(?:[ \t]*-[ \t]*(\d{1,5}))?|\+[ \t]*(\d{1,5}))[ \t]*:[ \t]*("[^"]*"|[^"]*)$/;
const MAX_BITS = 2_048;
const MAX_FIELDS = 200;
const ROW_BITS = { usual: 32, least: 4, most: 64 };
const WIDTH = 544;
const MARGIN = 10;
const BITS_PX = 18;
const ROW_PX = 46;
const GAP = 8;

export function drawPacket(lines: readonly string[], config: string, measure: Measure, described: string): Drawing {
  const { title = described, fields } = read(lines);
  const asked = Number(setting(config, "bitsPerRow"));
  const perRow = asked >= ROW_BITS.least ? Math.min(ROW_BITS.most, Math.floor(asked)) : ROW_BITS.usual;
  const down = setting(config, "bitOrder") === "descending";
  const shown = setting(config, "showBits") !== "false";
  const bit = WIDTH / perRow;
  const top = title ? 34 : MARGIN;
  const marks: Mark[] = titleOf(title);
  const pitch = ROW_PX + GAP + (shown ? BITS_PX : 0);
  const rows = Math.floor((fields.at(-1)?.to ?? 0) / perRow) + 1;
  for (const field of fields)
    for (let row = Math.floor(field.from / perRow); row * perRow <= field.to; row++) {
      const [from, to] = [Math.max(field.from, row * perRow), Math.min(field.to, (row + 1) * perRow - 1)];
      const [first, last] = down ? [to, from] : [from, to];
      const [start, width] = [down ? (row + 1) * perRow - 1 - to : from - row * perRow, (to - from + 1) * bit];
      const [x, y] = [MARGIN + start * bit, top + row * pitch + (shown ? BITS_PX : 0)];
      marks.push({ kind: "rect", ink: "node", x: x + 1, y, width: width - 2, height: ROW_PX, round: 4 });
      marks.push(label(field.name, { x: x + width / 2, y: y + ROW_PX / 2 }, width, measure));
      if (!shown) continue;
      const ends =
        from === to || measure(`${first}${last}`) + 14 > width
          ? [[x + width / 2, first]]
          : [
              [x + 2 + measure(String(first)) / 2, first],
              [x + width - 2 - measure(String(last)) / 2, last],
            ];
      for (const [at = 0, number = 0] of ends)
        if (measure(String(number)) * 0.9 < Math.max(width, bit) + 2)
          marks.push({ kind: "text", x: at, y: y - BITS_PX / 2, lines: [String(number)], small: true, faint: true });
    }
  const told = fields.map(({ from, to, name }) => `${from === to ? from : `${from}–${to}`}: ${name}`);
  return {
    width: Math.max(WIDTH + MARGIN * 2, measure(title) * 1.1 + 24),
    height: top + rows * pitch - GAP + MARGIN,
    marks,
    title,
    told: told.join("; ").slice(0, MOST_TOLD),
  };
}

/** The name of a field, turned where it is wider than that. */
function label(name: string, at: { x: number; y: number }, width: number, measure: Measure): Mark {
  const text = wrapped(name, measure, width - 8);
  if (text.width <= width - 4 && text.lines.length <= 2) return { kind: "text", ...at, lines: text.lines, small: true };
  const turned = width < 40;
  const room = (turned ? ROW_PX : width) - 4;
  const chars = Math.max(1, Math.floor((name.length * room) / Math.max(1, measure(name))));
  return { kind: "text", ...at, lines: [shortened(name, chars)], small: true, turned };
}

function read(lines: readonly string[]): { title?: string; fields: Field[] } {
  const fields: Field[] = [];
  let title: string | undefined;
  for (const line of lines) {
    const [, first, last, count, name] = FIELD.exec(line) ?? [];
    const next = (fields.at(-1)?.to ?? -1) + 1;
    if (name !== undefined) {
      const from = first === undefined ? next : Number(first);
      const to = count === undefined ? Number(last ?? from) : from + Number(count) - 1;
      // Each begins where the one before ends.
      if (from !== next || to < from || to >= MAX_BITS || fields.length >= MAX_FIELDS) refuse(line);
      fields.push({ from, to, name: labelOf(name).replaceAll("\n", " ") });
    } else if (/^title\b/.test(line)) title = line.replace(/^title[ \t]*/, "");
    else refuse(line);
  }
  if (!fields.length) refuse("nothing");
  return { ...(title && { title }), fields };
}

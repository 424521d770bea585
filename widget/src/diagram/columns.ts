// Where blocks go: in rows of equal columns, of which a block may take several, and blocks in blocks likewise.
import type { Cell } from "./block.ts";
import type { Size } from "./layout.ts";
import type { Box } from "./route.ts";

/** What a cell takes at least, and the rows of those in it. */
type Sized = Size & { cell: Cell; span: number; columns: number; rows: { items: Sized[]; height: number }[] };
/** Between columns and between rows, and what a column takes at least. */
export type Gaps = { x: number; y: number; column: number };

const PAD = 12;
export const TITLE_PX = 20;

/** The boxes of all cells, those around others before them; `least` is what a cell without others needs. */
export function boxesOf(whole: Cell, least: (cell: Cell) => Size, gaps: Gaps): Map<Cell, Box> {
  const all = sized(whole, least, gaps);
  const boxes = new Map<Cell, Box>();
  place(all, { x: 0, y: 0, width: all.width, height: all.height }, boxes, gaps);
  boxes.delete(whole);
  return boxes;
}

function sized(cell: Cell, least: (cell: Cell) => Size, gaps: Gaps): Sized {
  const items = cell.cells.map((each) => sized(each, least, gaps));
  const all = items.reduce((sum, { cell }) => sum + cell.span, 0);
  const columns = Math.max(1, Math.min(cell.columns || all, all));
  const rows: Sized["rows"] = [];
  let [taken, column] = [columns, gaps.column];
  for (const item of items) {
    item.span = Math.min(columns, item.cell.span);
    const full = taken + item.span > columns;
    if (full) rows.push({ items: [], height: 0 });
    taken = (full ? 0 : taken) + item.span;
    const row = rows.at(-1) as Sized["rows"][0];
    row.items.push(item);
    row.height = Math.max(row.height, item.height);
    column = Math.max(column, (item.width - (item.span - 1) * gaps.x) / item.span);
  }
  if (!items.length && !cell.framed) return { ...least(cell), cell, span: 1, columns, rows };
  const height = rows.reduce((sum, row) => sum + row.height + gaps.y, -gaps.y) + PAD * 2 + (cell.framed && cell.title ? TITLE_PX : 0);
  return { width: columns * (column + gaps.x) - gaps.x + PAD * 2, height: Math.max(PAD * 2, height), cell, span: 1, columns, rows };
}

function place({ cell, columns, rows, height }: Sized, box: Box, boxes: Map<Cell, Box>, gaps: Gaps): void {
  boxes.set(cell, box);
  const column = (box.width - PAD * 2 + gaps.x) / columns;
  const spare = (box.height - height) / rows.length;
  let y = box.y + PAD + (cell.framed && cell.title ? TITLE_PX : 0);
  for (const row of rows) {
    let x = box.x + PAD;
    for (const item of row.items) {
      place(item, { x, y, width: column * item.span - gaps.x, height: row.height + spare }, boxes, gaps);
      x += column * item.span;
    }
    y += row.height + spare + gaps.y;
  }
}

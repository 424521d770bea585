// Stocks and what flows between them -> marks: a bar for each, in columns, and bands from bar to bar.
import { writeAmount } from "./amount.ts";
import { curve, type Drawing, type Mark, type Measure, MOST_TOLD, shortened, titleOf } from "./drawing.ts";
import { order, place, type Slot } from "./placing.ts";
import type { Flow, Sankey, Stock } from "./sankey.ts";
import { setting } from "./source.ts";

const COLOURS = 8;
const BAR = 10;
/** How high the bars of the fullest column are together. */
const BODY = 250;
/** Between a column's words and the next column. */
const ROOM = 64;
const AWAY = 6;
/** The room a bar has at least, for its words, and how high it is drawn at least, with its edge. */
const LEAST_BAR = 20;
const LEAST_SEEN = 4;
/** What bars and bands are nearer to each other than nodes and links of a graph. */
const NEARER = { bar: 12, band: 20 };
const MARGIN = 10;
/** Small text, of what is measured. */
const SMALL = 13 / 14;

type Band = Flow & { thick: number; chain: Slot[]; starts: number; ends: number };
type Bar = { stock: Stock; name: string; written: string; slot: Slot; height: number; ink: `s${number}` };

export function drawSankey({ stocks, flows, ranks: count }: Sankey, config: string, measure: Measure, title: string): Drawing {
  const unsaid = setting(config, "showValues") === "false";
  const written = (amount: number) => `${setting(config, "prefix")}${writeAmount(amount)}${setting(config, "suffix")}`;
  const ranks: Slot[][] = Array.from({ length: count }, () => []);
  const sums = ranks.map((_, rank) => stocks.reduce((sum, each) => sum + (each.rank === rank ? each.amount : 0), 0));
  const px = BODY / Math.max(...sums);
  const bars = new Map(
    stocks.map((stock, n) => {
      const bar = { stock, name: shortened(stock.name, 28), written: unsaid ? "" : written(stock.amount), ink: `s${n % COLOURS}` as const };
      const wide = (measure(bar.name) + measure(bar.written)) * SMALL + AWAY;
      const slot = slotIn(ranks, stock.rank, Math.max(LEAST_BAR, stock.amount * px) - NEARER.bar, BAR + AWAY + wide);
      return [stock, { ...bar, slot, height: 0 }];
    }),
  );
  const bands = flows.map((flow) => bandOf(flow, flow.amount && Math.max(1, flow.amount * px), bars, ranks));
  order(ranks);
  place(ranks, ROOM);
  const all = ranks.flat();
  const top = (title ? 34 : MARGIN) - Math.min(...all.map(({ x, across }) => x - (across + NEARER.bar) / 2));
  for (const rank of ranks) {
    const widest = Math.max(...rank.map(({ along }) => along));
    for (const each of rank) Object.assign(each, { x: each.x + top, y: each.y - widest / 2 });
  }
  // A bar is as high as what comes in or goes out of it, which is drawn as a line at least.
  for (const bar of bars.values()) bar.height = Math.max(stack(bands, bar.stock, "from"), stack(bands, bar.stock, "to"));
  const target = setting(config, "linkColor") === "target";
  return {
    width: Math.max(...all.map((each) => each.y + each.along), measure(title) * 1.1) + 24,
    height: Math.max(...all.map(({ x, across }) => x + (across + NEARER.bar) / 2)) + MARGIN,
    marks: [
      ...titleOf(title),
      ...bands.map((band) => drawBand(band, bars, target)),
      ...[...bars.values()].flatMap((bar) => drawBar(bar, measure)),
    ],
    title,
    told: flows
      .map(({ from, to, amount }) => `${from.name} → ${to.name} (${written(amount)})`)
      .join("; ")
      .slice(0, MOST_TOLD),
  };
}

function slotIn(ranks: Slot[][], rank: number, across: number, along: number): Slot {
  const slot = { id: undefined, across, along, rank, x: 0, y: 0, before: [], after: [], path: [] };
  ranks[rank]?.push(slot);
  return slot;
}

/** A flow with a place in each column that it crosses. */
function bandOf(flow: Flow, thick: number, bars: ReadonlyMap<Stock, Bar>, ranks: Slot[][]): Band {
  const { from, to } = flow;
  const between = Array.from({ length: to.rank - from.rank - 1 }, (_, n) => slotIn(ranks, from.rank + 1 + n, thick - NEARER.band, 0));
  const chain = [(bars.get(from) as Bar).slot, ...between, (bars.get(to) as Bar).slot];
  for (const [n, each] of chain.slice(1).entries()) {
    each.before.push(chain[n] as Slot);
    chain[n]?.after.push(each);
  }
  return { ...flow, thick, chain, starts: 0, ends: 0 };
}

/** Puts the bands at one end of a stock below each other, in the order of where they come from or go, and answers how high they are. */
function stack(bands: readonly Band[], stock: Stock, end: "from" | "to"): number {
  const own = bands.filter((band) => band[end] === stock);
  const away = ({ chain }: Band) => chain.at(end === "from" ? 1 : -2)?.x ?? 0;
  let at = 0;
  for (const band of own.sort((a, b) => away(a) - away(b))) {
    band[end === "from" ? "starts" : "ends"] = at;
    at += band.thick;
  }
  return at;
}

function drawBand({ from, to, thick, chain, starts, ends }: Band, bars: ReadonlyMap<Stock, Bar>, target: boolean): Mark {
  const [first, last] = [bars.get(from) as Bar, bars.get(to) as Bar];
  const points = [
    { x: first.slot.y + BAR, y: first.slot.x - first.height / 2 + starts },
    ...chain.slice(1, -1).flatMap(({ x, y }) => [y, y + BAR].map((each) => ({ x: each, y: x - thick / 2 }))),
    { x: last.slot.y, y: last.slot.x - last.height / 2 + ends },
  ];
  const below = points.toReversed().map(({ x, y }) => ({ x, y: y + thick }));
  const d = `${curve(points, true)}${curve(below, true).replace("M", "L")}z`;
  return { kind: "path", ink: `slice ${(target ? last : first).ink} band`, d };
}

function drawBar({ slot: { x: middle, y: left }, name, written, height, ink }: Bar, measure: Measure): Mark[] {
  const words = { kind: "text", y: middle, start: true, small: true, halo: true } as const;
  const x = left + BAR + AWAY;
  const seen = Math.max(LEAST_SEEN, height);
  return [
    { kind: "rect", ink: `slice ${ink}`, x: left, y: middle - seen / 2, width: BAR, height: seen, round: 2 },
    { ...words, x, lines: [name] },
    { ...words, x: x + measure(name) * SMALL + AWAY, lines: [written], faint: true },
  ];
}

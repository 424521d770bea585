// Mermaid's sankey: how much comes from where and goes where, read from lines of comma-separated values.
import { amountOf } from "./amount.ts";
import { atMost, labelOf, refuse } from "./graph.ts";

/** `amount` is what comes in or what goes out, whichever is more. */
export type Stock = { name: string; rank: number; amount: number };
export type Flow = { from: Stock; to: Stock; amount: number };
export type Sankey = { stocks: Stock[]; flows: Flow[]; ranks: number };

const FIELD = String.raw`[ \t]*(?:"((?:[^"]|"")+)"|([^",]+?))[ \t]*`;
const ROW = new RegExp(String.raw`^${FIELD},${FIELD},[ \t]*("?)([\d.]+)\5$`);
const MAX_CHARS = 1_000;
const MAX_FLOWS = 200;
const MAX_STOCKS = 100;
const MAX_RANKS = 20;

/** `alignment` says in which column one stands that could stand in several. */
export function readSankey(lines: readonly string[], alignment: string): Sankey {
  const stocks = new Map<string, Stock>();
  const flows: Flow[] = [];
  const stockOf = (quoted: string | undefined, plain: string | undefined): Stock => {
    const name = labelOf(quoted?.replaceAll('""', "#quot;") ?? plain ?? "").replaceAll("\n", " ");
    const stock = stocks.get(name) ?? { name, rank: 0, amount: 0 };
    if (!name || stocks.set(name, stock).size > MAX_STOCKS) refuse("no name, or too many");
    return stock;
  };
  for (const line of lines) {
    atMost(line.length, MAX_CHARS);
    const [, q1, p1, q2, p2, , amount = ""] = ROW.exec(line) ?? refuse(line);
    const flow = { from: stockOf(q1, p1), to: stockOf(q2, p2), amount: amountOf(amount) };
    atMost(flows.push(flow), MAX_FLOWS);
  }
  for (const stock of stocks.values()) {
    const sum = (end: "from" | "to") => flows.reduce((so, flow) => so + (flow[end] === stock ? flow.amount : 0), 0);
    stock.amount = Math.max(sum("from"), sum("to"));
  }
  if (!flows.some(({ amount }) => amount)) refuse("nothing flows");
  const all = [...stocks.values()];
  return { stocks: all, flows, ranks: rank(all, flows, alignment) };
}

/** Gives every stock its column, by the longest way to it, and answers how many there are. */
function rank(stocks: readonly Stock[], flows: readonly Flow[], alignment: string): number {
  settle(flows, stocks.length, "to");
  const last = Math.max(...stocks.map((each) => each.rank));
  if (last >= MAX_RANKS) refuse("too many columns");
  if (alignment === "right") {
    for (const stock of stocks) stock.rank = last;
    settle(flows, stocks.length, "from");
  }
  for (const stock of stocks) {
    const next = flows.flatMap(({ from, to }) => (from === stock ? [to.rank] : []));
    if (!next.length && alignment !== "left" && alignment !== "center") stock.rank = last;
    if (alignment === "center" && !flows.some(({ to }) => to === stock)) stock.rank = Math.min(...next) - 1;
  }
  return last + 1;
}

/** Moves one end of every flow until all lead onward; what flows in a circle never does. */
function settle(flows: readonly Flow[], most: number, moved: "from" | "to"): void {
  for (let round = 0; ; round++) {
    const back = flows.filter(({ from, to }) => from.rank >= to.rank);
    if (!back.length) return;
    if (round > most) refuse("a circle");
    for (const { from, to } of back) {
      if (moved === "to") to.rank = from.rank + 1;
      else from.rank = to.rank - 1;
    }
  }
}

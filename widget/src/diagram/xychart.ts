// Mermaid's XY chart: series of numbers as bars or lines over categories or a range.
import { atMost, labelOf, refuse } from "./graph.ts";
import { setting } from "./source.ts";

export type Series = { kind: "bar" | "line"; name: string; values: number[] };
/** `names` has one for each place along the first axis; `ranged` says that they are numbers, of which some may be left out. */
export type Chart = {
  title: string;
  horizontal: boolean;
  x: { title: string; names: string[]; ranged: boolean };
  y: { title: string; range: [number, number] | undefined };
  series: Series[];
  /** Whether each bar has its number written. */
  numbers: boolean;
};

const MAX_SERIES = 12;
const MAX_VALUES = 120;
const MOST = 1e15;
const NUMBER = /^[+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})$/;

export function readChart(head: string, lines: readonly string[], config: string): Chart {
  if (!/^xychart(?:-beta)?(?:[ \t]+(?:horizontal|vertical))?;?$/.test(head)) refuse(head);
  const horizontal = /horizontal/.test(head) || setting(config, "chartOrientation") === "horizontal";
  const chart: Chart = {
    title: "",
    horizontal,
    x: { title: "", names: [], ranged: true },
    y: { title: "", range: undefined },
    series: [],
    numbers: setting(config, "showDataLabel") === "true",
  };
  let range: [number, number] | undefined;
  for (const line of lines) {
    const [, word = "", rest = ""] = /^(title|x-axis|y-axis|bar|line)(?![\w-])[ \t]*(.*?);?$/.exec(line) ?? [];
    if (word === "title") chart.title = labelOf(rest).replaceAll("\n", " ");
    else if (word === "x-axis") {
      const { title, list, ends } = partsOf(rest);
      chart.x = { title, names: list.map((each) => labelOf(each).replaceAll("\n", " ")), ranged: !list.length };
      range = ends;
    } else if (word === "y-axis") {
      const { title, list, ends } = partsOf(rest);
      if (list.length) refuse(line);
      chart.y = { title, range: ends };
    } else if (word === "bar" || word === "line") {
      const { title, list } = partsOf(rest);
      if (!list.length || list.length > MAX_VALUES) refuse(line);
      atMost(chart.series.push({ kind: word, name: title, values: list.map(numberOf) }), MAX_SERIES);
    } else refuse(line);
  }
  if (!chart.series.length || chart.x.names.length > MAX_VALUES) refuse("no series, or too many names");
  const count = Math.max(chart.x.names.length, ...chart.series.map(({ values }) => values.length));
  if (chart.x.ranged) chart.x.names = placesIn(range ?? [1, count], count).map(String);
  else while (chart.x.names.length < count) chart.x.names.push("");
  return chart;
}

/** What may stand behind a word: a title, then a list in brackets or the two ends of a range. */
function partsOf(rest: string): { title: string; list: string[]; ends: [number, number] | undefined } {
  const quoted = rest.startsWith('"') ? rest.indexOf('"', 1) + 1 : 0;
  const behind = rest.slice(quoted).trim();
  const opened = behind.indexOf("[");
  const [before, list] = opened < 0 ? [behind, undefined] : [behind.slice(0, opened).trim(), behind.slice(opened)];
  if (list !== undefined) {
    if (!list.endsWith("]") || (quoted && before)) refuse(rest);
    return { title: labelOf(quoted ? rest.slice(0, quoted) : before), list: itemsOf(list.slice(1, -1)), ends: undefined };
  }
  const [start = "", end, more] = before.split("-->").map((each) => each.trim());
  if (end === undefined) return { title: labelOf(rest), list: [], ends: undefined };
  const words = start.split(/[ \t]+/);
  const from = words.pop() ?? "";
  if (more !== undefined || (quoted && words.length)) refuse(rest);
  return { title: labelOf(quoted ? rest.slice(0, quoted) : words.join(" ")), list: [], ends: [numberOf(from), numberOf(end)] };
}

/** What stands between commas; one in quotes does not part. */
function itemsOf(list: string): string[] {
  const items = list.match(/"[^"]*"|[^,"]+/g) ?? [];
  return items.map((each) => each.trim()).filter(Boolean);
}

function numberOf(written: string): number {
  const value = NUMBER.test(written) ? Number(written) : Number.NaN;
  return Math.abs(value) <= MOST ? value : refuse(written);
}

/** So many numbers from one end to the other, at equal distances. */
function placesIn([from, to]: [number, number], count: number): number[] {
  return Array.from({ length: count }, (_, n) => Number((from + ((to - from) * n) / Math.max(1, count - 1)).toPrecision(6)));
}

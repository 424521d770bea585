// Mermaid's radar: several values of each of a few things, around a centre.
import { atMost, labelOf, refuse } from "./graph.ts";

/** `values` are in the order of the axes. */
export type Radar = {
  title: string;
  axes: string[];
  curves: { name: string; values: number[] }[];
  least: number;
  most: number;
  ticks: number;
  round: boolean;
  legend: boolean;
};

const ITEM = /^[ \t]*([\w-]+)[ \t]*(?:\["([^"]*)"\]|\[([^\]"]*)\])?[ \t]*(?:\{([^}]*)\})?[ \t]*(?:,|$)/;
const NUMBER = /^[+-]?\d{1,15}(?:\.\d{1,9})?$/;
const MAX_AXES = 24;
const MAX_CURVES = 12;
const TICKS = { usual: 5, most: 20 };

export function readRadar(lines: readonly string[]): Radar {
  const radar: Radar = { title: "", axes: [], curves: [], least: 0, most: Number.NaN, ticks: TICKS.usual, round: true, legend: true };
  const ids: string[] = [];
  const curves: { name: string; written: string }[] = [];
  for (const line of lines) {
    const [, word = "", rest = ""] =
      /^(title|axis|curve|max|min|ticks|graticule|showLegend|tickLabels\w*)\b[ \t:]*(.*)$/.exec(line) ?? refuse(line);
    if (word === "title") radar.title = labelOf(rest);
    else if (word === "axis")
      for (const { id, name } of itemsOf(rest)) {
        ids.push(id);
        atMost(radar.axes.push(name), MAX_AXES);
      }
    else if (word === "curve")
      for (const { name, written } of itemsOf(rest)) {
        atMost(curves.push({ name, written: written ?? refuse(line) }), MAX_CURVES);
      }
    else if (word === "max") radar.most = numberOf(rest);
    else if (word === "min") radar.least = numberOf(rest);
    else if (word === "ticks") radar.ticks = Math.max(1, Math.min(TICKS.most, Math.round(numberOf(rest))));
    else if (word === "graticule") radar.round = rest !== "polygon";
    else if (word === "showLegend") radar.legend = rest !== "false";
  }
  radar.curves = curves.map(({ name, written }) => ({ name, values: valuesOf(written, ids) }));
  if (radar.axes.length < 3 || !radar.curves.length) refuse("too little");
  if (Number.isNaN(radar.most)) radar.most = Math.max(...radar.curves.flatMap(({ values }) => values));
  if (radar.most <= radar.least) refuse("no room between min and max");
  return radar;
}

function itemsOf(rest: string): { id: string; name: string; written: string | undefined }[] {
  const items: { id: string; name: string; written: string | undefined }[] = [];
  for (let left = rest; left.trim(); ) {
    const [whole = "", id = "", quoted, plain, written] = ITEM.exec(left) ?? refuse(rest);
    items.push({ id, name: labelOf(quoted ?? plain ?? id).replaceAll("\n", " "), written });
    left = left.slice(whole.length);
    atMost(items.length, MAX_AXES);
  }
  return items;
}

/** Values in the order of the axes, or each behind the name of its axis. */
function valuesOf(written: string, ids: readonly string[]): number[] {
  const parts = written.split(",").map((each) => each.split(":").map((part) => part.trim()));
  const named = parts.some(({ length }) => length > 1);
  const values = ids.map((id, n) => numberOf((named ? parts.find(([name]) => name === id)?.[1] : parts[n]?.[0]) ?? ""));
  return parts.length === ids.length ? values : refuse(written);
}

function numberOf(written: string): number {
  return NUMBER.test(written) ? Number(written) : refuse(written);
}

// Bars and lines over a row of places -> marks; the row goes from left to right or, in a horizontal chart, down.
import { type Drawing, type Mark, type Measure, MOST_TOLD, shortened, straight, titleOf, wrapped } from "./drawing.ts";
import type { Point } from "./layout.ts";
import { scaleOf } from "./scale.ts";
import type { Chart, Series } from "./xychart.ts";

const COLOURS = 8;
const MARGIN = 10;
const AXIS_TITLE = 24;
const AWAY = 8;
const LEGEND_ROW = 24;
const NAME_PX = 120;
const NAME_CHARS = 20;
const MAX_BAR = 44;
// Of what is drawn nobody sees more of a number.
const exact = new Intl.NumberFormat(undefined, { maximumFractionDigits: 3 });
/** How long the row of places is, at least and for each of them, and how far the values reach. */
const UPRIGHT = { least: 400, most: 720, each: 32, values: 250 };
const LYING = { each: 22, more: 12, values: 400 };

type Plot = { x: number; y: number; width: number; height: number };

export function drawChart(chart: Chart, measure: Measure): Drawing {
  const { title, horizontal, x, y, series } = chart;
  const bars = series.filter(({ kind }) => kind === "bar").length;
  const scale = scaleOf([...series.flatMap(({ values }) => values), ...(bars && !y.range ? [0] : [])], y.range);
  const ticks = scale.ticks.map((value) => ({ value, text: scale.written(value) }));
  const widest = Math.max(...ticks.map(({ text }) => measure(text)));
  const names = x.names.map((each) =>
    horizontal ? wrapped(each, measure, NAME_PX) : wrapped(shortened(each, NAME_CHARS), measure, Infinity),
  );
  const [beside, below] = horizontal ? [x.title, y.title] : [y.title, x.title];
  const left = MARGIN + (beside ? AXIS_TITLE : 0) + AWAY + (horizontal ? Math.max(...names.map(({ width }) => width)) : widest);
  const long = horizontal
    ? names.length * Math.max(LYING.more + LYING.each * Math.max(1, bars), ...names.map(({ height }) => height + AWAY))
    : Math.max(UPRIGHT.least, Math.min(UPRIGHT.most, names.length * UPRIGHT.each * Math.max(1, bars * 0.7)));
  const [width, height] = horizontal ? [LYING.values, long] : [long, UPRIGHT.values];
  const marks: Mark[] = titleOf(title);
  const rows = legend(series, left, title ? 34 : MARGIN, left + width, measure, marks);
  const plot: Plot = { x: left, y: (title ? 40 : MARGIN + 6) + rows * LEGEND_ROW, width, height };
  const band = long / names.length;
  const share = (value: number) => (value - scale.from) / (scale.to - scale.from);
  const at = (place: number, value: number): Point =>
    horizontal
      ? { x: plot.x + share(value) * width, y: plot.y + place * band }
      : { x: plot.x + place * band, y: plot.y + (1 - share(value)) * height };

  for (const { value, text } of ticks) {
    marks.push({ kind: "path", ink: "rule", d: straight([at(0, value), at(names.length, value)]) });
    const { x: tickX, y: tickY } = at(horizontal ? names.length : 0, value);
    const place = horizontal ? { x: tickX, y: tickY + 14 } : { x: plot.x - AWAY - measure(text) / 2, y: tickY };
    marks.push({ kind: "text", ...place, lines: [text], small: true, faint: true });
  }
  const base = Math.max(scale.from, Math.min(scale.to, 0));
  let nth = 0;
  const over: Mark[] = [];
  for (const [n, { kind, values }] of series.entries()) {
    if (kind === "bar") {
      const thick = Math.min(MAX_BAR, (band * 0.7) / bars);
      const middle = 0.5 + ((nth++ - (bars - 1) / 2) * thick) / band;
      for (const [place, value] of values.entries()) {
        const [a, b] = [at(place + middle, base), at(place + middle, value)];
        marks.push(bar(a, b, thick, horizontal, n % COLOURS));
        if (chart.numbers) over.push(numberAt(exact.format(value), b, value < base, horizontal, measure));
      }
    } else {
      const points = values.map((value, place) => at(place + 0.5, value));
      over.push({ kind: "path", ink: `branch s${n % COLOURS}`, d: straight(points) });
      for (const point of points) over.push({ kind: "circle", ink: `slice s${n % COLOURS}`, ...point, r: 4 });
    }
  }
  marks.push({ kind: "path", ink: "axis", d: straight([at(0, base), at(names.length, base)]) }, ...over);
  const foot = horizontal ? 26 : placeNames(chart, names, plot, band, marks);
  if (horizontal)
    for (const [n, { lines, width: wide }] of names.entries())
      marks.push({ kind: "text", x: plot.x - AWAY - wide / 2, y: plot.y + (n + 0.5) * band, lines, small: true });
  const bottom = plot.y + height + foot;
  if (beside)
    marks.push({ kind: "text", x: MARGIN + 8, y: plot.y + height / 2, lines: [shortened(beside, 40)], small: true, turned: true });
  if (below) marks.push({ kind: "text", x: plot.x + width / 2, y: bottom + 10, lines: [shortened(below, 80)], small: true });
  const right = plot.x + width + MARGIN + (horizontal ? widest / 2 + (chart.numbers ? widest + AWAY : 0) : 0);
  return {
    width: Math.max(right, measure(title) * 1.1 + 24),
    height: bottom + (below ? AXIS_TITLE : 0) + MARGIN / 2,
    marks,
    title,
    told: tell(chart),
  };
}

function bar(from: Point, to: Point, thick: number, horizontal: boolean, colour: number): Mark {
  const ink = `slice s${colour}` as const;
  const round = Math.min(3, thick / 3);
  return horizontal
    ? { kind: "rect", ink, x: Math.min(from.x, to.x), y: to.y - thick / 2, width: Math.abs(to.x - from.x), height: thick, round }
    : { kind: "rect", ink, x: to.x - thick / 2, y: Math.min(from.y, to.y), width: thick, height: Math.abs(to.y - from.y), round };
}

function numberAt(text: string, { x, y }: Point, under: boolean, horizontal: boolean, measure: Measure): Mark {
  const away = horizontal ? measure(text) / 2 + 5 : 10;
  const way = under === horizontal ? -away : away;
  return { kind: "text", ...(horizontal ? { x: x + way, y } : { x, y: y - way }), lines: [text], small: true };
}

/** Writes the names below an upright chart and answers how much room they take: turned where one is wider than its place. */
function placeNames({ x }: Chart, names: readonly ReturnType<typeof wrapped>[], plot: Plot, band: number, marks: Mark[]): number {
  const widest = Math.max(...names.map(({ width }) => width));
  // Of numbers some stand for all.
  const every = x.ranged ? Math.ceil((widest + 10) / band) : 1;
  const turned = !x.ranged && widest + 6 > band;
  for (const [n, { lines, width }] of names.entries()) {
    if (n % every) continue;
    const at = { x: plot.x + (n + 0.5) * band, y: plot.y + plot.height + (turned ? width / 2 + AWAY : 14) };
    marks.push({ kind: "text", ...at, lines, small: true, turned });
  }
  return turned ? widest + AWAY * 1.5 : 26;
}

/** Writes which series is which, where they have names; answers how many rows that takes. */
function legend(series: readonly Series[], left: number, top: number, right: number, measure: Measure, marks: Mark[]): number {
  let [x, row] = [left, 0];
  for (const [n, { name }] of series.entries()) {
    if (!name) continue;
    const text = shortened(name, 40);
    const width = measure(text) + 38;
    if (x > left && x + width > right) [x, row] = [left, row + 1];
    const y = top + 10 + row * LEGEND_ROW;
    marks.push({ kind: "rect", ink: `slice s${n % COLOURS}`, x, y: y - 6, width: 12, height: 12, round: 3 });
    marks.push({ kind: "text", x: x + 18, y, lines: [text], small: true, start: true });
    x += width;
  }
  return x > left ? row + 1 : 0;
}

function tell({ x, y, series }: Chart): string {
  const told = series.map(({ kind, name, values }) => {
    const each = values.map((value, n) => [x.names[n], String(value)].filter(Boolean).join(" "));
    return `${[kind, name].filter(Boolean).join(" ")}: ${each.join(", ")}`;
  });
  const axes = [x.title, y.title].filter(Boolean).join(" / ");
  return [axes, ...told].filter(Boolean).join("; ").replaceAll("\n", " ").slice(0, MOST_TOLD);
}

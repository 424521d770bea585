// Values around a centre -> marks: rings, an axis for each, and a closed line for each thing that has them.
import { type Drawing, type Mark, type Measure, MOST_TOLD, shortened, straight, titleOf, wrapped } from "./drawing.ts";
import type { Point } from "./layout.ts";
import type { Radar } from "./radar.ts";

const R = 140;
const MARGIN = 10;
const COLOURS = 8;
const LABEL_PX = 110;
const AWAY = 8;
const LEGEND_ROW = 24;

export function drawRadar({ title, axes, curves, least, most, ticks, round, legend }: Radar, measure: Measure): Drawing {
  const names = axes.map((each) => wrapped(each, measure, LABEL_PX));
  const turn = (n: number) => (n / axes.length) * 2 * Math.PI;
  const beside = Math.max(
    ...names.map(({ width }, n) => Math.abs(Math.sin(turn(n))) * (R + AWAY) + width / 2 + (Math.abs(Math.sin(turn(n))) * width) / 2),
  );
  const tall = Math.max(...names.map(({ height }) => height));
  const shown = legend && curves.some(({ name }) => name);
  const rowsRight = Math.max(...curves.map(({ name }) => measure(shortened(name, 30)))) + 30;
  const centre: Point = { x: MARGIN + Math.max(R, beside), y: (title ? 34 : MARGIN) + tall + AWAY + R };
  const at = (n: number, share: number): Point => ({
    x: centre.x + Math.sin(turn(n)) * R * share,
    y: centre.y - Math.cos(turn(n)) * R * share,
  });
  const ring = (share: number): Mark =>
    round
      ? { kind: "circle", ink: "rule", ...centre, r: R * share }
      : {
          kind: "path",
          ink: "rule",
          d: straight(
            axes.map((_, n) => at(n, share)),
            true,
          ),
        };
  const marks: Mark[] = titleOf(title);
  for (let tick = 1; tick <= ticks; tick++) marks.push(ring(tick / ticks));
  for (const [n, { lines, width, height }] of names.entries()) {
    marks.push({ kind: "path", ink: "rule", d: straight([centre, at(n, 1)]) });
    const end = at(n, 1 + AWAY / R);
    const [x, y] = [Math.sin(turn(n)), -Math.cos(turn(n))];
    marks.push({ kind: "text", x: end.x + (x * width) / 2, y: end.y + (y * height) / 2, lines, small: true });
  }
  for (const [n, { values }] of curves.entries()) {
    const shares = values.map((value) => Math.max(0, Math.min(1, (value - least) / (most - least))));
    const d = straight(
      shares.map((share, axis) => at(axis, share)),
      true,
    );
    marks.push({ kind: "path", ink: `slice s${n % COLOURS} area`, d }, { kind: "path", ink: `branch s${n % COLOURS}`, d });
    for (const [axis, share] of shares.entries()) marks.push({ kind: "circle", ink: `slice s${n % COLOURS}`, ...at(axis, share), r: 3.5 });
  }
  const right = centre.x + Math.max(R, beside) + MARGIN;
  const bottom = centre.y + R + AWAY + tall + MARGIN;
  const under = shown ? bottom : 0;
  for (const [n, { name }] of (shown ? curves : []).entries()) {
    const y = under + n * LEGEND_ROW + 6;
    const x = Math.max(MARGIN, centre.x - rowsRight / 2);
    marks.push({ kind: "rect", ink: `slice s${n % COLOURS}`, x, y: y - 6, width: 12, height: 12, round: 3 });
    marks.push({ kind: "text", x: x + 18, y, lines: [shortened(name, 30)], small: true, start: true });
  }
  const told = curves.map(({ name, values }) => `${name}: ${values.map((value, n) => `${axes[n]} ${value}`).join(", ")}`);
  return {
    width: Math.max(right, rowsRight + MARGIN * 2, measure(title) * 1.1 + 24),
    height: bottom + (shown ? curves.length * LEGEND_ROW : 0),
    marks,
    title,
    told: told.join("; ").slice(0, MOST_TOLD),
  };
}

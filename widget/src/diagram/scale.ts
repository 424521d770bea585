// A range of numbers with round ones to write beside it.

export type Scale = { from: number; to: number; ticks: number[]; written(value: number): string };

const MOST_TICKS = 6;
const STEPS = [1, 2, 2.5, 5, 10];
const COMPACT_FROM = 1_000_000;

/** A scale that holds all of `values`; it begins and ends at a round number where the range is not `given`. */
export function scaleOf(values: readonly number[], given?: readonly [number, number]): Scale {
  let [from, to] = [Math.min(...values, ...(given ?? [])), Math.max(...values, ...(given ?? []))];
  if (from === to) [from, to] = from > 0 ? [0, to] : from < 0 ? [from, 0] : [0, 1];
  const power = 10 ** Math.floor(Math.log10((to - from) / MOST_TICKS));
  const step = power * (STEPS.find((each) => (to - from) / (each * power) <= MOST_TICKS) ?? 10);
  if (!given || from < Math.min(...given)) from = Math.floor(from / step + 1e-9) * step;
  if (!given || to > Math.max(...given)) to = Math.ceil(to / step - 1e-9) * step;
  const ticks: number[] = [];
  for (let n = Math.ceil(from / step - 1e-9); n * step <= to + step * 1e-9; n++) ticks.push(n * step);
  const large = Math.max(Math.abs(from), Math.abs(to)) >= COMPACT_FROM;
  const digits = Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(step))));
  const format = new Intl.NumberFormat(
    undefined,
    large ? { notation: "compact", maximumFractionDigits: 2 } : { maximumFractionDigits: digits },
  );
  return { from, to, ticks, written: (value) => format.format(value) };
}

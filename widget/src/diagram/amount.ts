// Amounts as sources write them, and as they are shown.
import { refuse } from "./graph.ts";

const AMOUNT = /^\d{1,15}(?:\.\d{1,9})?$/;
/** Sums of decimals are a little off beyond that. */
const DIGITS = 12;
const FORMAT = new Intl.NumberFormat(undefined, { maximumFractionDigits: 9 });

export function amountOf(written: string): number {
  if (!AMOUNT.test(written)) refuse(written);
  return Number(written);
}

export function writeAmount(amount: number): string {
  return FORMAT.format(Number(amount.toPrecision(DIGITS)));
}

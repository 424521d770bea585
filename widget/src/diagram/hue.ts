// A colour that a source asks for -> the nearest of those that the style sheet has for light and dark.

/** The hues of the style sheet's colours in degrees of HSL, in their order; the one without a hue is grey. */
const HUES = [215, 140, 38, 350, 280, 188, undefined, 62];
const GREY = HUES.indexOf(undefined);
const LEAST_SATURATION = 0.15;

/** The number of a colour of ours for one written as #rgb or #rrggbb; others are not read. */
export function colourOf(written: string): number | undefined {
  const digits = /^#(?:([\da-f]{3})|([\da-f]{6}))$/i.exec(written.trim());
  if (!digits) return undefined;
  const pairs = digits[2]?.match(/../g) ?? [...(digits[1] as string)].map((each) => each + each);
  const [r = 0, g = 0, b = 0] = pairs.map((each) => Number.parseInt(each, 16));
  const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
  const span = most - least;
  if (span <= most * LEAST_SATURATION) return GREY;
  const turn = most === r ? (g - b) / span : most === g ? 2 + (b - r) / span : 4 + (r - g) / span;
  const away = HUES.map((each) => (each === undefined ? 360 : Math.abs(((turn * 60 - each + 540) % 360) - 180)));
  return away.indexOf(Math.min(...away));
}

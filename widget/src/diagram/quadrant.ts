// Mermaid's quadrant chart: points in a square of four fields.
import { atMost, labelOf, refuse } from "./graph.ts";
import { colourOf } from "./hue.ts";

/** `x` and `y` go from 0 to 1, from left to right and from below. */
export type Dot = { label: string; x: number; y: number; radius: number; colour: number };
/** Fields are counted as Mermaid does: upper right, upper left, lower left, lower right; an axis has a beginning and an end. */
export type Quadrants = { title: string; x: [string, string]; y: [string, string]; fields: [string, string, string, string]; dots: Dot[] };

type Style = { radius?: number; colour?: number };

const MAX_DOTS = 60;
const RADIUS = { usual: 5, least: 3, most: 24 };
const DOT = /^([^[]*):[ \t]*\[([^\]]*)\](.*)$/;
const STYLE = /^[ \t]*(radius|color|stroke-color|stroke-width)[ \t]*:[ \t]*(#?[\w.]+)[ \t]*$/;

export function readQuadrants(lines: readonly string[]): Quadrants {
  const read: Quadrants = { title: "", x: ["", ""], y: ["", ""], fields: ["", "", "", ""], dots: [] };
  const classes = new Map<string, Style>();
  const waiting: { dot: Dot; style: Style; named: string }[] = [];
  for (const line of lines) {
    const [, word = "", rest = ""] = /^(title|x-axis|y-axis|quadrant-[1-4]|classDef)[ \t]+(.*)$/.exec(line) ?? [];
    const dot = DOT.exec(line);
    if (word === "title") read.title = labelOf(rest);
    else if (word === "x-axis" || word === "y-axis") {
      const [from = "", to = ""] = rest.split(/-->/).map(labelOf);
      read[word === "x-axis" ? "x" : "y"] = [from, to];
    } else if (word === "classDef") {
      const [, name = "", style = ""] = /^([\w-]+)[ \t]+(.*)$/.exec(rest) ?? refuse(line);
      classes.set(name, styleOf(style));
    } else if (word) read.fields[Number(word.at(-1)) - 1] = labelOf(rest);
    else if (dot) {
      const [, name = "", at = "", style = ""] = dot;
      const [label = "", named = ""] = name.split(":::");
      const [x = Number.NaN, y = Number.NaN, more] = at.split(",").map(fraction);
      if (Number.isNaN(x + y) || more !== undefined) refuse(line);
      const made: Dot = { label: labelOf(label).replaceAll("\n", " "), x, y, radius: RADIUS.usual, colour: 0 };
      waiting.push({ dot: made, style: styleOf(style), named: named.trim() });
      atMost(read.dots.push(made), MAX_DOTS);
    } else refuse(line);
  }
  // A class may be told after who is of it; what a point says itself goes first.
  for (const { dot, style, named } of waiting) Object.assign(dot, classes.get(named), style);
  if (!read.dots.length && !read.fields.some(Boolean)) refuse("nothing in it");
  return read;
}

function fraction(written: string): number {
  const text = written.trim();
  return /^(?:[01](?:\.\d+)?|\.\d+)$/.test(text) && Number(text) <= 1 ? Number(text) : Number.NaN;
}

/** Of a style the radius, as far as it leaves a readable point, and the colour nearest to one of ours. */
function styleOf(written: string): Style {
  const style: Style = {};
  for (const part of written.trim() ? written.split(",") : []) {
    const [, name, value = ""] = STYLE.exec(part) ?? refuse(part);
    const radius = Number.parseFloat(value);
    if (name === "radius" && !Number.isNaN(radius)) style.radius = Math.max(RADIUS.least, Math.min(RADIUS.most, radius));
    const colour = name === "color" ? colourOf(value) : undefined;
    if (colour !== undefined) style.colour = colour;
  }
  return style;
}

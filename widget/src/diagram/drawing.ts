// A drawing as plain data, and the SVG elements made of it. Only what is named here is ever made; colours are the style sheet's.
import type { Head } from "./graph.ts";
import type { Point } from "./layout.ts";

export type Ink =
  | "node"
  | "outside"
  | "group"
  | "edge"
  | "dotted"
  | "thick"
  | "head"
  | "life"
  | "note"
  | "frame"
  | "active"
  | "mask"
  | "dot"
  | "hollow"
  | "rule"
  | "cut"
  | "axis"
  | "section"
  | `bar${"" | " done" | " active" | " crit"}`
  | `branch s${number}`
  | `slice s${number}${"" | " area" | " band"}`;
export type Mark =
  | { kind: "rect"; ink: Ink; x: number; y: number; width: number; height: number; round?: number }
  | { kind: "path"; ink: Ink; d: string }
  | { kind: "circle"; ink: Ink; x: number; y: number; r: number }
  | {
      kind: "text";
      x: number;
      y: number;
      lines: readonly string[];
      bold?: boolean;
      small?: boolean;
      start?: boolean;
      faint?: boolean | undefined;
      turned?: boolean;
      halo?: boolean;
    };
export type Drawing = { width: number; height: number; marks: Mark[]; title: string; told: string };

/** How wide a line of text is, in pixels. */
export type Measure = (line: string) => number;

export const LINE = 19;
/** More words than that nobody listens to. */
export const MOST_TOLD = 3_000;
const WRAP = 210;
const SVG = "http://www.w3.org/2000/svg";

/** The text in lines none of which is much wider than `width`, and the room they take. */
export function wrapped(text: string, measure: Measure, width = WRAP): { lines: string[]; width: number; height: number } {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    let open = "";
    for (const word of line.split(/(?<=\s)/)) {
      if (open && measure(open + word.trimEnd()) > width) {
        lines.push(open.trimEnd());
        open = "";
      }
      open += word;
    }
    lines.push(open.trimEnd());
  }
  const shown = lines.slice(0, 12);
  return { lines: shown, width: Math.max(0, ...shown.map(measure)), height: shown.length * LINE };
}

/** The beginning of a text that is longer than `chars`. */
export function shortened(text: string, chars: number): string {
  const flat = text.replaceAll("\n", " ");
  return flat.length > chars ? `${flat.slice(0, chars - 1).trimEnd()}…` : flat;
}

/** As much of a name as has room. */
export function fitting(name: string, room: number, measure: Measure): string {
  return shortened(name, Math.max(1, Math.floor((name.length * room) / Math.max(1, measure(name)))));
}

/** A title at the top of a drawing, where there is one. */
export function titleOf(title: string): Mark[] {
  return title ? [{ kind: "text", x: 10, y: 16, lines: [title], bold: true, start: true }] : [];
}

/** The conversation has classes of its own. */
const classOf = (names: string) => names.replace(/\w+/g, "d-$&");

const n = (value: number) => Math.round(value * 10) / 10;

/** A line through points, bent softly; `flat` where it runs from left to right. */
export function curve(points: readonly Point[], flat: boolean): string {
  let d = `M${n(points[0]?.x ?? 0)} ${n(points[0]?.y ?? 0)}`;
  for (const [index, to] of points.entries()) {
    const from = points[index - 1];
    if (!from) continue;
    const straight = flat ? Math.abs(from.y - to.y) < 0.5 : Math.abs(from.x - to.x) < 0.5;
    if (straight) d += `L${n(to.x)} ${n(to.y)}`;
    else if (flat) {
      const x = n((from.x + to.x) / 2);
      d += `C${x} ${n(from.y)} ${x} ${n(to.y)} ${n(to.x)} ${n(to.y)}`;
    } else {
      const y = n((from.y + to.y) / 2);
      d += `C${n(from.x)} ${y} ${n(to.x)} ${y} ${n(to.x)} ${n(to.y)}`;
    }
  }
  return d;
}

export function straight(points: readonly Point[], closed = false): string {
  return `M${points.map(({ x, y }) => `${n(x)} ${n(y)}`).join("L")}${closed ? "z" : ""}`;
}

/** What stands at the end of a line that arrives in the direction of (dx, dy). */
export function headAt(kind: Exclude<Head, "none">, { x, y }: Point, dx: number, dy: number): Mark[] {
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  const at = (back: number, side: number): Point => ({ x: x - ux * back - uy * side, y: y - uy * back + ux * side });
  const bar = (back: number): Mark => ({ kind: "path", ink: "edge", d: straight([at(back, 6), at(back, -6)]) });
  const ring = (back: number): Mark => ({ kind: "circle", ink: "hollow", ...at(back, 0), r: 4 });
  const foot = (): Mark => ({ kind: "path", ink: "edge", d: `${straight([at(0, 7), at(11, 0), at(0, -7)])}` });
  const rhomb = (): string => straight([{ x, y }, at(8, 5), at(16, 0), at(8, -5)], true);
  switch (kind) {
    case "circle":
      return [{ kind: "circle", ink: "head", ...at(4, 0), r: 4 }];
    case "cross":
      return [{ kind: "path", ink: "edge", d: `${straight([at(1, 5), at(11, -5)])}${straight([at(1, -5), at(11, 5)])}` }];
    case "open":
      return [{ kind: "path", ink: "edge", d: straight([at(9, 5), { x, y }, at(9, -5)]) }];
    case "arrow":
      return [{ kind: "path", ink: "head", d: straight([at(9, 4.5), { x, y }, at(9, -4.5)], true) }];
    case "triangle":
      return [{ kind: "path", ink: "hollow", d: straight([at(13, 7.5), { x, y }, at(13, -7.5)], true) }];
    case "diamond":
      return [{ kind: "path", ink: "head", d: rhomb() }];
    case "hollow":
      return [{ kind: "path", ink: "hollow", d: rhomb() }];
    case "one":
      return [bar(6), bar(11)];
    case "maybe":
      return [bar(6), ring(14)];
    case "some":
      return [foot(), bar(15)];
    case "many":
      return [foot(), ring(15)];
  }
}

export function draw({ width, height, marks, title, told }: Drawing, document: Document): SVGElement {
  const make = (tag: "svg" | "rect" | "path" | "circle" | "text" | "tspan", attributes: Record<string, string | number>): SVGElement => {
    const el = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, String(typeof value === "number" ? n(value) : value));
    return el;
  };
  const svg = make("svg", {
    viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
    width: Math.ceil(width),
    height: Math.ceil(height),
    role: "img",
  });
  svg.setAttribute("aria-label", [title, told].filter(Boolean).join(": "));
  for (const mark of marks) {
    if (mark.kind === "rect") {
      const { ink, x, y, width, height, round = 0 } = mark;
      svg.append(make("rect", { class: classOf(ink), x, y, width: Math.max(0, width), height: Math.max(0, height), rx: round }));
    } else if (mark.kind === "path") svg.append(make("path", { class: classOf(mark.ink), d: mark.d }));
    else if (mark.kind === "circle") svg.append(make("circle", { class: classOf(mark.ink), cx: mark.x, cy: mark.y, r: mark.r }));
    else {
      const { x, y, lines, bold, small, start, faint, turned, halo } = mark;
      const text = make("text", {
        class: ["label", bold && "bold", small && "small", start && "start", faint && "faint", turned && "turned", halo && "halo"]
          .filter(Boolean)
          .map((each) => classOf(each as string))
          .join(" "),
        x,
        y,
      });
      for (const [index, line] of lines.entries()) {
        const span = make("tspan", { x, y: y + (index - (lines.length - 1) / 2) * LINE });
        span.textContent = line;
        text.append(span);
      }
      svg.append(text);
    }
  }
  return svg;
}

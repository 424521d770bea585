// A line between two things -> marks: what is at its ends, and what is written on its longest stretch.
import { headAt, type Mark, straight, type wrapped } from "./drawing.ts";
import type { Edge } from "./graph.ts";
import type { Point } from "./layout.ts";

/** Words go `above`, where no other line crosses them. */
export function drawLine(
  { head, tail, label, line }: Edge,
  points: readonly Point[],
  text: ReturnType<typeof wrapped>,
  marks: Mark[],
  above: Mark[],
): void {
  // What leads to itself, or from a frame to all that is in it, has no way.
  if (line === "hidden" || points.length < 2) return;
  marks.push({ kind: "path", ink: line === "solid" ? "edge" : line, d: straight(points) });
  for (const [kind, at, from] of [
    [head, points.at(-1), points.at(-2)],
    [tail, points[0], points[1]],
  ] as const)
    if (kind !== "none" && at && from) marks.push(...headAt(kind, at, at.x - from.x, at.y - from.y));
  if (!label) return;
  const { x, y } = middleOf(points);
  const { width, height } = { width: text.width + 8, height: text.height };
  above.push({ kind: "rect", ink: "mask", x: x - width / 2, y: y - height / 2, width, height, round: 4 });
  above.push({ kind: "text", x, y, lines: text.lines, small: true });
}

/** The middle of the longest stretch. */
function middleOf(points: readonly Point[]): Point {
  const length = (n: number) => Math.hypot((points[n]?.x ?? 0) - (points[n - 1]?.x ?? 0), (points[n]?.y ?? 0) - (points[n - 1]?.y ?? 0));
  const [longest = 1] = [...points.keys()].slice(1).sort((a, b) => length(b) - length(a));
  const [a, b] = [points[longest - 1] as Point, points[longest] as Point];
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

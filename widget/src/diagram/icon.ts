// The icons of an architecture, each a few lines within twenty units. Arcs turn one way, so that every number can be scaled.
import type { Mark } from "./drawing.ts";
import type { Point } from "./layout.ts";

const ICONS: Record<string, string> = {
  cloud: "m5 7a4.6 4.6 0 0 0 1-9a5.4 5.4 0 0 0-10-2a5.7 5.7 0 0 0-2 11z",
  database: "m-8-6a8 3 0 0 0 16 0a8 3 0 0 0-16 0v12a8 3 0 0 0 16 0v-12m-16 6a8 3 0 0 0 16 0",
  disk: "m-7-9h14v18h-14zm7 2a5 5 0 0 0 0 10a5 5 0 0 0 0-10m0 4a1 1 0 0 0 0 2a1 1 0 0 0 0-2m-4 9h4",
  internet: "m0-9a9 9 0 0 0 0 18a9 9 0 0 0 0-18a4 9 0 0 0 0 18a4 9 0 0 0 0-18m-9 9h18m-16.8-4.5h15.6m-15.6 9h15.6",
  server: "m-9-9h18v5h-18zm0 6.5h18v5h-18zm0 6.5h18v5h-18zm3 2.5h3m-3-6.5h3m-3-6.5h3",
};
const UNITS = 20;

/** The icon of that name around a point, if there is one. */
export function iconAt(name = "", { x, y }: Point = { x: 0, y: 0 }, size = UNITS): Mark | undefined {
  if (!Object.hasOwn(ICONS, name)) return undefined;
  const d = ICONS[name]?.replace(/-?[\d.]+/g, (each) => `${Number(((Number(each) * size) / UNITS).toFixed(2))} `);
  return { kind: "path", ink: "edge", d: `M${x.toFixed(1)} ${y.toFixed(1)}${d}` };
}

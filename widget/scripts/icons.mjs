// Writes src/elements/icon-paths.ts, more-icon-paths.ts beside it and src/components/icon-paths.ts from a folder of Lucide's icons (ISC licence):
//   node scripts/icons.mjs path/to/icon-nodes.json
import { readFile, writeFile } from "node:fs/promises";

const nodes = JSON.parse(await readFile(process.argv[2], "utf8"));
const UI = "arrow-up arrow-left arrow-down rotate-ccw-clock plus x check copy circle-alert".split(" ");
const MORE =
  `chevron-down paperclip pencil trash search file image triangle-alert info wrench globe brain circle-dashed circle-check reply at-sign
sliders-horizontal mic download thumbs-up thumbs-down rotate-cw square volume-2
ellipsis pin pin-off archive archive-restore message-square-dot clock keyboard`.split(/\s+/);
const BUILT_IN = {
  agent: "bot",
  analytics: "chart-no-axes-combined",
  atom: "atom",
  batch: "layers",
  bolt: "zap",
  "book-open": "book-open",
  "book-closed": "book",
  "book-clock": "book-open-text",
  bug: "bug",
  calendar: "calendar",
  chart: "chart-column",
  check: "check",
  "check-circle": "circle-check",
  "check-circle-filled": "circle-check-big",
  "chevron-left": "chevron-left",
  "chevron-right": "chevron-right",
  "circle-question": "circle-question-mark",
  clock: "clock",
  compass: "compass",
  confetti: "party-popper",
  cube: "box",
  desktop: "monitor",
  document: "file-text",
  dot: "dot",
  "dots-horizontal": "ellipsis",
  "dots-vertical": "ellipsis-vertical",
  "empty-circle": "circle",
  "external-link": "external-link",
  globe: "globe",
  keys: "key-round",
  lab: "flask-conical",
  images: "images",
  info: "info",
  lifesaver: "life-buoy",
  lightbulb: "lightbulb",
  mail: "mail",
  "map-pin": "map-pin",
  maps: "map",
  mobile: "smartphone",
  name: "badge",
  notebook: "notebook",
  "notebook-pencil": "notebook-pen",
  "page-blank": "file",
  phone: "phone",
  play: "play",
  plus: "plus",
  profile: "user",
  "profile-card": "contact",
  reload: "rotate-cw",
  star: "star",
  "star-filled": "star",
  search: "search",
  sparkle: "sparkle",
  "sparkle-double": "sparkles",
  "square-code": "square-code",
  "square-image": "image",
  "square-text": "square-menu",
  suitcase: "briefcase",
  "settings-slider": "sliders-horizontal",
  user: "user",
  wreath: "award",
  write: "pencil",
  "write-alt": "square-pen",
  "write-alt2": "pen-line",
  upload: "upload",
  code: "code",
  home: "house",
  "home-alt": "house",
  close: "x",
  menu: "menu",
  hamburger: "menu",
  history: "rotate-ccw-clock",
  compose: "square-pen",
  share: "share",
  "light-mode": "sun",
  "dark-mode": "moon",
  grid: "grid-2x2",
  "settings-cog": "settings",
  "back-small": "arrow-left",
  "back-large": "arrow-left",
  "sidebar-left": "panel-left",
  "sidebar-right": "panel-right",
  "expand-large": "maximize-2",
  "expand-small": "maximize-2",
  "collapse-large": "minimize-2",
  "collapse-small": "minimize-2",
  "double-chevron-left": "chevrons-left",
  "double-chevron-right": "chevrons-right",
  "chat-temporary": "message-circle-dashed",
  "open-left": "panel-left-open",
  "open-right": "panel-right-open",
  "collapse-left": "panel-left-close",
  "collapse-right": "panel-right-close",
  "sidebar-open-left": "panel-left-open",
  "sidebar-open-right": "panel-right-open",
  "sidebar-open-left-alt": "panel-left-open",
  "sidebar-open-right-alt": "panel-right-open",
  "sidebar-floating-left": "panel-left-dashed",
  "sidebar-floating-right": "panel-right-dashed",
  "sidebar-floating-open-left": "panel-left-open",
  "sidebar-floating-open-right": "panel-right-open",
  "sidebar-collapse-left": "panel-left-close",
  "sidebar-collapse-right": "panel-right-close",
  "dots-horizontal-circle": "circle-ellipsis",
  "dots-vertical-circle": "circle-ellipsis",
  "menu-inverted": "text-align-end",
};

const n = (value) => String(Number(Number(value).toFixed(3)));
function path([tag, a]) {
  if (tag === "path") return absoluteStart(a.d);
  if (tag === "line") return `M${a.x1} ${a.y1}L${a.x2} ${a.y2}`;
  if (tag === "polyline" || tag === "polygon") return `M${a.points.trim().replace(/\s+/g, " ")}${tag === "polygon" ? "z" : ""}`;
  if (tag === "circle" || tag === "ellipse") {
    const [rx, ry] = tag === "circle" ? [a.r, a.r] : [a.rx, a.ry];
    return `M${n(a.cx - rx)} ${a.cy}a${rx} ${ry} 0 1 0 ${n(2 * rx)} 0a${rx} ${ry} 0 1 0 ${n(-2 * rx)} 0`;
  }
  if (tag === "rect") {
    const [x, y, w, h] = [a.x ?? 0, a.y ?? 0, a.width, a.height].map(Number);
    const r = Number(a.rx ?? a.ry ?? 0);
    return `M${n(x + r)} ${y}h${n(w - 2 * r)}a${r} ${r} 0 0 1 ${r} ${r}v${n(h - 2 * r)}a${r} ${r} 0 0 1 ${-r} ${r}h${n(2 * r - w)}a${r} ${r} 0 0 1 ${-r} ${-r}v${n(2 * r - h)}a${r} ${r} 0 0 1 ${r} ${-r}z`;
  }
  throw new Error(`no path for <${tag}>`);
}
// Paths are joined, so each has to begin at a point of its own: "m6 6 12 12" is "M6 6l12 12".
function absoluteStart(path) {
  const match = /^m\s*(-?[\d.]+)[\s,]*(-?(?:\d+\.?\d*|\.\d+))\s*(.*)$/s.exec(path);
  if (!match) return path;
  const [, x, y, rest] = match;
  return `M${x} ${y}${/^[-\d.]/.test(rest) ? "l" : ""}${rest}`;
}
function d(name) {
  if (!nodes[name]) throw new Error(`Lucide has no icon ${name}`);
  return nodes[name].map(path).join("");
}
const file = (about, map) =>
  `// ${about} Shapes from Lucide (ISC licence), each as one path on a 24 by 24 grid, stroked.\n\nexport const PATHS = {\n${map.map(([name, from]) => `  ${/^\w+$/.test(name) ? name : JSON.stringify(name)}: ${JSON.stringify(d(from))},`).join("\n")}\n} as const;\n`;
await writeFile(
  new URL("../src/elements/icon-paths.ts", import.meta.url),
  file(
    "The icons of the chat's own controls.",
    UI.sort().map((each) => [each, each]),
  ),
);
await writeFile(
  new URL("../src/elements/more-icon-paths.ts", import.meta.url),
  file(
    "The icons of what a plain conversation does without.",
    MORE.sort().map((each) => [each, each]),
  ),
);
await writeFile(
  new URL("../src/components/icon-paths.ts", import.meta.url),
  file("The icons that widgets, tasks and prompts may name.", Object.entries(BUILT_IN)),
);

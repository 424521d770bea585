// What a page may set, to the last property: loaded beside the chat, to tell a developer in the console what was not understood.
import type { ChatOptions } from "./options.ts";

type Shape =
  | "string"
  | "boolean"
  | "number"
  | "function"
  | "any"
  | readonly (string | number)[]
  | { each: Shape }
  | { fields: Fields }
  | { or: Shape[] };
type Fields = { [name: string]: Shape };

const fields = (of: Fields): Shape => ({ fields: of });
const list = (each: Shape): Shape => ({ each });
const action = fields({ icon: "string", onClick: "function", label: "string" });
const scheme = ["light", "dark", "auto"] as const;

const THEME = fields({
  colorScheme: scheme,
  typography: fields({
    baseSize: [14, 15, 16, 17, 18],
    fontFamily: "string",
    fontFamilyMono: "string",
    fontSources: list(
      fields({
        family: "string",
        src: "string",
        weight: "any",
        style: ["normal", "italic", "oblique"],
        display: ["auto", "block", "swap", "fallback", "optional"],
        unicodeRange: "string",
      }),
    ),
  }),
  radius: ["pill", "round", "soft", "sharp"],
  density: ["compact", "normal", "spacious"],
  color: fields({
    grayscale: fields({ hue: "number", tint: "number", shade: "number" }),
    accent: fields({ primary: "string", level: [0, 1, 2, 3] }),
    surface: fields({ background: "string", foreground: "string" }),
  }),
  stylesheet: "string",
});

export const SHAPES: Record<keyof ChatOptions, Shape> = {
  api: fields({
    url: "string",
    domainKey: "string",
    fetch: "function",
    uploadStrategy: fields({ type: ["two_phase", "direct"], uploadUrl: "string" }),
    getClientSecret: "function",
    baseUrl: "string",
  }),
  locale: "string",
  headingLevel: [1, 2, 3, 4],
  terms: "any",
  theme: { or: [scheme, THEME] },
  frameTitle: "string",
  initialThread: "string",
  onClientTool: "function",
  header: fields({ enabled: "boolean", title: fields({ enabled: "boolean", text: "string" }), leftAction: action, rightAction: action }),
  history: fields({ enabled: "boolean", showDelete: "boolean", showExport: "boolean", showRename: "boolean", showShare: "boolean" }),
  startScreen: fields({ greeting: "string", prompts: list(fields({ label: "string", prompt: "any", icon: "string" })) }),
  threadItemActions: fields({ feedback: "boolean", retry: "boolean", edit: "boolean", readAloud: "boolean", custom: list(action) }),
  composer: fields({
    placeholder: "string",
    attachments: fields({ enabled: "boolean", maxSize: "any", maxCount: "number", accept: "any" }),
    tools: list(
      fields({
        id: "string",
        label: "string",
        icon: "string",
        shortLabel: "string",
        placeholderOverride: "string",
        pinned: "boolean",
        persistent: "boolean",
      }),
    ),
    models: list(fields({ id: "string", label: "string", description: "string", disabled: "boolean", default: "boolean" })),
    dictation: fields({ enabled: "boolean" }),
  }),
  disclaimer: fields({ text: "string", highContrast: "boolean" }),
  entities: fields({ onTagSearch: "function", showComposerMenu: "boolean", onClick: "function", onRequestPreview: "function" }),
  commands: fields({ enabled: "boolean", onSearch: "function", onSelect: "function" }),
  widgets: fields({ onAction: "function" }),
  thread: fields({ autoScroll: "boolean" }),
};

/** The dotted places of what is unknown or of another kind, in the order of the options. */
export function check(given: unknown): string[] {
  if (typeof given !== "object" || given === null) return ["options"];
  const wrong: string[] = [];
  look(given, fields(SHAPES), "", wrong);
  return wrong;
}

function look(value: unknown, shape: Shape, path: string, wrong: string[]): void {
  if (shape === "any" || value === undefined || value === null) return;
  if (typeof shape === "string") {
    if (typeof value !== shape) wrong.push(path);
  } else if ("or" in shape) {
    const tries = shape.or.map((each) => {
      const found: string[] = [];
      look(value, each, path, found);
      return found;
    });
    // The one that says most about the value: that of its own kind.
    if (tries.every((each) => each.length)) wrong.push(...(tries.find((each) => each[0] !== path) ?? [path]));
  } else if ("each" in shape) {
    if (!Array.isArray(value)) wrong.push(path);
    else for (const [index, each] of value.entries()) look(each, shape.each, `${path}.${index}`, wrong);
  } else if ("fields" in shape) {
    if (typeof value !== "object" || Array.isArray(value)) wrong.push(path);
    else
      for (const [name, each] of Object.entries(value)) {
        const inner = path ? `${path}.${name}` : name;
        const known = Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
        if (known === undefined) wrong.push(inner);
        else look(each, known, inner, wrong);
      }
  } else if (!shape.includes(value as string)) wrong.push(path);
}

// What a page and the frame of /embed say to each other: data only, each side checking who speaks and naming whom it speaks to.

/** To the frame. `functions` are the places in the options that hold one: the frame asks for them with `chatdock.ask`. */
export type ToFrame =
  | { type: "chatdock.options"; options: unknown; functions: string[]; data: Record<string, string> }
  | { type: "chatdock.call"; id: number; method: string; args: unknown[] }
  | { type: "chatdock.answer"; id: number; value?: unknown; error?: string };

/** To the page. */
export type ToPage =
  | { type: "chatdock.ready"; version: string }
  | { type: "chatdock.ask"; id: number; function: string; args: unknown[] }
  | { type: "chatdock.answer"; id: number; value?: unknown; error?: string }
  | { type: "chatdock.event"; name: string; detail: unknown }
  | { type: "chatdock.close" }
  | { type: "chatdock.size"; width: number; height: number };

/** The data of the options, and the places of their functions. */
export function withoutFunctions(value: unknown, path = "", functions: string[] = []): { data: unknown; functions: string[] } {
  if (typeof value === "function") {
    functions.push(path);
    return { data: undefined, functions };
  }
  if (Array.isArray(value))
    return { data: value.map((each, index) => withoutFunctions(each, join(path, index), functions).data), functions };
  if (typeof value !== "object" || value === null || value instanceof Blob) return { data: value, functions };
  const data: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(value)) {
    const inner = withoutFunctions(each, join(path, key), functions).data;
    if (inner !== undefined) data[key] = inner;
  }
  return { data, functions };
}

/** What is at a place of the options, with what it belongs to. */
export function at(options: unknown, path: string): { owner: unknown; value: unknown } {
  let owner: unknown;
  let value = options;
  for (const key of path.split(".")) {
    owner = value;
    value = typeof value === "object" && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
  }
  return { owner, value };
}

/** Puts a function where the options had one. */
export function put(options: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split(".");
  const last = keys.pop() as string;
  let owner = options;
  for (const key of keys) {
    if (!Object.hasOwn(owner, key) || typeof owner[key] !== "object" || owner[key] === null) owner[key] = {};
    owner = owner[key] as Record<string, unknown>;
  }
  owner[last] = value;
}

const join = (path: string, key: string | number) => (path ? `${path}.${key}` : String(key));

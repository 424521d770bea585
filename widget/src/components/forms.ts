// A form's values as one object: dots in names nest, and what the action itself says wins over a field of that name.
import type { ActionConfig } from "../core/types.ts";
import type { Values as Tree } from "./context.ts";

export function formValues(form: HTMLFormElement): Tree {
  const values: Tree = {};
  for (const field of form.elements) {
    const { name } = field as HTMLInputElement;
    if (!name || (field as HTMLInputElement).disabled) continue;
    if (field instanceof HTMLInputElement && field.type === "checkbox") nest(values, name, field.checked);
    else if (field instanceof HTMLInputElement && field.type === "radio") {
      if (field.checked) nest(values, name, field.value);
    } else if (field instanceof HTMLInputElement && field.type === "number")
      nest(values, name, field.value === "" ? null : Number(field.value));
    else if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement)
      nest(values, name, field.value);
  }
  return values;
}

export function nest(into: Tree, name: string, value: unknown): void {
  const keys = name.split(".");
  let at = into;
  for (const key of keys.slice(0, -1)) {
    // `__proto__` and its like are not keys of a plain object anyone means.
    if (!Object.hasOwn(at, key)) Object.defineProperty(at, key, { value: {}, enumerable: true, configurable: true, writable: true });
    const next = at[key];
    if (!next || typeof next !== "object") return;
    at = next as Tree;
  }
  const last = keys.at(-1) as string;
  Object.defineProperty(at, last, { value, enumerable: true, configurable: true, writable: true });
}

/** The action with the form's values beneath its own payload, and the names at which both had something to say. */
export function withValues(action: ActionConfig, values: Tree): { action: ActionConfig; collisions: string[] } {
  const own = action.payload && typeof action.payload === "object" && !Array.isArray(action.payload) ? (action.payload as Tree) : {};
  const collisions = Object.keys(values).filter((key) => Object.hasOwn(own, key));
  return Object.keys(values).length ? { action: { ...action, payload: { ...values, ...own } }, collisions } : { action, collisions };
}

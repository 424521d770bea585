// What every component of one widget shares: the action road, the form around it, and whether it is dark.
import { createContext } from "preact";
import { useContext, useMemo } from "preact/hooks";
import type { ActionConfig, WidgetNode } from "../core/types.ts";

export type WidgetScope = {
  dark: boolean;
  id: string;
  /** The names of fields that a Label of this widget names. */
  labelled: ReadonlySet<string>;
  /**
   * Runs an action with the surrounding form's values in its payload, and what its control says besides. `auto` is what the
   * control takes the loading behaviour "auto" for; the whole widget waits where that is "container".
   */
  run(action: ActionConfig, from: Element, auto: Loading, values?: Values): Promise<void>;
  report(name: string, data?: unknown): void;
  /** Whether an image of that address is loaded unasked: any, unless the thread names the sites images may come from. */
  imageAllowed(src: string): boolean;
};

export type Loading = "none" | "self" | "container";
export type Values = { [key: string]: unknown };
export type ComponentProps = { node: WidgetNode };

export const WidgetContext = createContext<WidgetScope | null>(null);

export function useWidget(): WidgetScope {
  const scope = useContext(WidgetContext);
  if (!scope) throw new Error("a component was rendered outside of a widget");
  return scope;
}

let ids = 0;

/** An id of the component's own. */
export const useOwnId = (): string => useMemo(() => `w${++ids}`, []);

/** A property as a string, a boolean, an action; nothing when it is something else. */
export const text = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value) : undefined;
export const action = (value: unknown): ActionConfig | undefined =>
  value && typeof value === "object" && typeof (value as ActionConfig).type === "string" ? (value as ActionConfig) : undefined;
/** How a control shows that its action is under way. */
export function loadingOf({ loadingBehavior }: ActionConfig, auto: Loading): Loading {
  return oneOf(loadingBehavior, "none", "self", "container") ?? auto;
}
export function oneOf<T extends string>(value: unknown, ...choices: T[]): T | undefined {
  return choices.find((each) => each === value);
}

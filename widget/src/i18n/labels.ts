// What the launcher is called in every language but English; the chat itself brings its own words when it is opened.
import { labels } from "chatdock:labels";
import { resolve } from "./resolve.ts";

/** The words for opening, closing and dismissing in the first of the wanted languages there is; nothing where that is English. */
export function launcherLabels(wanted: readonly string[]): [open: string, close: string, dismiss: string] | undefined {
  const codes = Object.keys(labels);
  for (const tag of wanted) {
    const code = resolve(tag, codes);
    if (code) return labels[code];
  }
  return undefined;
}

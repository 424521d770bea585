// Hands a conversation to the visitor as a file.
import { everyItem, fileName, toJson, toMarkdown } from "../core/export.ts";
import type { Thread } from "../core/types.ts";
import { allTerms } from "../i18n/all-terms.ts";
import { duration } from "../i18n/counted.ts";
import { fill } from "../i18n/locale.ts";
import type { View } from "./context.ts";
import { save } from "./save.ts";

export async function exportThread(view: View, thread: Thread, format: "md" | "json"): Promise<void> {
  const language = view.language.value;
  const terms = allTerms(language);
  const items = await everyItem(view.chat.client, thread.id);
  const thoughtFor = (seconds: number) => fill(terms.thoughtFor, { time: duration(seconds, language.code) });
  const [text, type] =
    format === "json"
      ? [toJson(thread, items, new Date()), "application/json"]
      : [toMarkdown(thread, items, { ...terms, thoughtFor }), "text/markdown;charset=utf-8"];
  save(new Blob([text], { type }), fileName(thread, terms.untitled, format));
}

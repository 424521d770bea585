// A streaming answer, told to a screen reader in whole sentences.
import { effect } from "@preact/signals-core";
import type { Chat } from "../core/store.ts";
import type { Language } from "../i18n/locale.ts";
import type { Announcer } from "./announcer.ts";

/** Until what it returns is called. */
export function narrate(chat: Chat, announcer: Announcer, language: { value: Language }): () => void {
  // How much was told of each answer that began here.
  const told = new Map<string, number>();
  let responding = false;
  return effect(() => {
    const live = chat.live.value;
    const now = chat.responding.value;
    if (now && !responding) announcer.say(language.value.terms.answering);
    responding = now;
    for (const item of chat.items.value.slice(-8)) {
      if (item.type !== "assistant_message") continue;
      const going = live.has(item.id);
      const from = told.get(item.id) ?? (going ? 0 : -1);
      if (from < 0) continue;
      // The sentences that were completed since; all that is left once the message is finished.
      const left = item.content
        .map((part) => part.text)
        .join("\n\n")
        .slice(from);
      const end = going ? lastSentenceEnd(left) : left.length;
      told.set(item.id, from + end);
      announcer.say(plain(left.slice(0, end)));
    }
  });
}

/** A full stop that nothing follows yet may be one within a number. */
function lastSentenceEnd(text: string): number {
  let end = 0;
  for (const match of text.matchAll(/[.!?…؟](?=\s)|\n{2,}|[。！？]/g)) end = match.index + match[0].length;
  return end;
}

function plain(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^[ \t]*(?:#{1,6}|[-*+>]|\d+[.)])[ \t]+/gm, "")
    .replace(/[*_`~]+/g, "")
    .replace(/[|\s]+/g, " ");
}

// A streaming answer, told to a screen reader in whole sentences. Loaded beside the first conversation: there is nothing to tell before.
import { effect } from "@preact/signals-core";
import type { Chat } from "../core/store.ts";
import type { Language } from "../i18n/locale.ts";
import type { Announcer } from "./announcer.ts";

/** Until what it returns is called. */
export function narrate(chat: Chat, announcer: Announcer, language: { value: Language }): () => void {
  const heard = new Set<string>();
  const spoken = new Map<string, number>();
  let responding = false;
  return effect(() => {
    const items = chat.items.value;
    const live = chat.live.value;
    const now = chat.responding.value;
    if (now && !responding) announcer.say(language.value.terms.answering);
    responding = now;
    for (const item of items.slice(-8)) {
      if (item.type !== "assistant_message") continue;
      if (live.has(item.id)) heard.add(item.id);
      if (heard.has(item.id)) announcer.say(fresh(spoken, item.id, item.content.map((part) => part.text).join("\n\n"), !live.has(item.id)));
    }
  });
}

/** The sentences completed since the last call; all that is left once the message is finished. */
function fresh(spoken: Map<string, number>, id: string, text: string, finished: boolean): string {
  const from = spoken.get(id) ?? 0;
  const left = text.slice(from);
  const end = finished ? left.length : lastSentenceEnd(left);
  if (end <= 0) return "";
  spoken.set(id, from + end);
  return plain(left.slice(0, end));
}

function lastSentenceEnd(text: string): number {
  let end = 0;
  for (const match of text.matchAll(/[.!?…。！？؟](?=\s|$)|\n{2,}|[。！？]/g)) end = match.index + match[0].length;
  return end === text.length && !/\s$/.test(text) && !/[。！？]$/.test(text) ? text.slice(0, -1).search(/[.!?…](?=\s[^.!?…]*$)/) + 1 : end;
}

function plain(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^[ \t]*(?:#{1,6}|[-*+>]|\d+[.)])[ \t]+/gm, "")
    .replace(/[*_`~]{1,3}/g, "")
    .replace(/\|/g, " ")
    .replace(/\s+/g, " ");
}

// What was said before the messages that are shown. Loaded with the first who reads so far back.
import { batch } from "@preact/signals-core";
import { type Chat, PAGE } from "./store.ts";
import type { Item, Page } from "./types.ts";

/** Puts a page of older items before those that are there, if any are left. */
export async function loadOlder(chat: Chat): Promise<void> {
  const thread = chat.thread.value;
  const after = chat.older.value;
  if (!thread || !after || chat.loadingOlder.value) return;
  chat.loadingOlder.value = true;
  try {
    const page = await chat.client.call<Page<Item>>("items.list", { thread_id: thread.id, limit: PAGE, order: "desc", after });
    // The thread was read again meanwhile and begins elsewhere, or another was opened: this is not what comes before it.
    if (chat.older.value !== after) return;
    const known = new Set(chat.items.value.map((each) => each.id));
    batch(() => {
      chat.items.value = [...page.data.filter((each) => !known.has(each.id)).reverse(), ...chat.items.value];
      chat.older.value = page.has_more ? page.after : undefined;
    });
  } catch (error) {
    chat.report(error);
  } finally {
    chat.loadingOlder.value = false;
  }
}

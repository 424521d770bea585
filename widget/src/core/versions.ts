// The versions of a thread: where a message was edited or answered again, which one is read, and how another is made. Loaded when a thread can have any.
import { effect, signal } from "@preact/signals-core";
import type { Chat } from "./store.ts";
import type { UserMessage } from "./types.ts";

/** A place with several versions, oldest first; `item_id` is the first item to see of the one that is read. */
export type Fork = { item_id: string; version: string; versions: string[] };

const known = new WeakMap<Chat, Versions>();

/** The versions that belong to a conversation. */
export function versionsOf(chat: Chat): Versions {
  const found = known.get(chat) ?? new Versions(chat);
  known.set(chat, found);
  return found;
}

export class Versions {
  /** null until the server has shown that it keeps versions. */
  readonly forks = signal<readonly Fork[] | null>(null);
  readonly selecting = signal(false);
  #chat: Chat;
  #seen: unknown;

  constructor(chat: Chat) {
    this.#chat = chat;
    effect(() => {
      const thread = chat.thread.value;
      if (!thread || chat.responding.value || chat.loading.value || thread === this.#seen) return;
      this.#seen = thread;
      void this.#ask(thread.id);
    });
  }

  /** Reads another version of a fork, here and in every client. */
  async select(version: string): Promise<void> {
    const thread = this.#chat.thread.value;
    if (!thread || this.selecting.value || this.#chat.responding.value) return;
    this.selecting.value = true;
    try {
      await this.#ask(thread.id, version);
      await this.#chat.refresh();
    } finally {
      this.selecting.value = false;
    }
  }

  /** Answers a user message once more; the answer there is stays a version. */
  regenerate(messageId: string): void {
    this.#seen = undefined;
    this.#chat.retryAfter(messageId);
  }

  /** Says something else in a message's place; the message stays a version. */
  edit(item: UserMessage, text: string): void {
    const chat = this.#chat;
    const index = chat.items.value.findIndex((each) => each.id === item.id);
    const thread = chat.thread.value;
    if (!thread || index < 0 || chat.responding.value) return;
    const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`; // one user's edits are told apart by it, nothing else
    const content = [{ type: "input_text" as const, text }];
    const input = {
      content,
      attachments: item.attachments.map((each) => each.id),
      inference_options: item.inference_options,
      ...(item.quoted_text !== undefined && { quoted_text: item.quoted_text }),
    };
    this.#seen = undefined;
    void chat.again(
      index,
      {
        type: "chatdock.edit_user_message",
        params: { thread_id: thread.id, item_id: item.id, input },
        metadata: { client_message_id: id },
      },
      { ...item, id: `local_${id}`, created_at: new Date().toISOString(), content },
    );
  }

  async #ask(threadId: string, version?: string): Promise<void> {
    const { client } = this.#chat;
    if (client.door.mode !== "hosted") return;
    const url = `${client.door.base}/v1/chatkit/threads/${encodeURIComponent(threadId)}/branches`;
    const init = version && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ version }) };
    try {
      const { data } = (await (await client.send(url, init || { method: "GET" })).json()) as { data: Fork[] };
      if (this.#chat.thread.value?.id === threadId) this.forks.value = data;
    } catch (error) {
      if (version) throw error; // Where there is nothing to list, nothing is offered.
      if (this.#chat.thread.value?.id === threadId) this.forks.value = null;
    }
  }
}

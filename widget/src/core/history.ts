// The list of past threads: newest first, a page at a time, changed at once and put back if the server refuses.
import { signal } from "@preact/signals-core";
import type { Client } from "./client.ts";
import type { Chat } from "./store.ts";
import type { Page, Thread } from "./types.ts";

const PAGE = 30;

/** The list that belongs to a conversation. */
export function historyOf(chat: Chat): History {
  chat.history ??= new History(chat.client);
  return chat.history;
}

export class History {
  readonly threads = signal<readonly Thread[] | null>(null);
  readonly loading = signal(false);
  readonly failed = signal(false);
  readonly hasMore = signal(false);
  #client: Client;
  #after: string | undefined;
  /** What was told of threads while a page was on its way, which may not know it yet. */
  #meanwhile: (() => void)[] = [];

  constructor(client: Client) {
    this.#client = client;
  }

  /** Whether the list is there, or coming. */
  get shown(): boolean {
    return this.threads.value !== null || this.loading.value;
  }

  async load(): Promise<void> {
    await this.#page(undefined);
  }

  async loadMore(): Promise<void> {
    if (this.hasMore.value && !this.loading.value) await this.#page(this.#after);
  }

  async #page(after: string | undefined): Promise<void> {
    this.loading.value = true;
    this.failed.value = false;
    try {
      const page = await this.#client.call<Page<Thread>>("threads.list", { limit: PAGE, order: "desc", ...(after && { after }) });
      const before = after ? (this.threads.value ?? []) : [];
      const known = new Set(before.map((each) => each.id));
      this.threads.value = [...before, ...page.data.filter((each) => !known.has(each.id))];
      this.#after = page.after;
      this.hasMore.value = page.has_more && page.after !== undefined;
    } catch {
      this.failed.value = true;
    } finally {
      this.loading.value = false;
      for (const tell of this.#meanwhile.splice(0)) tell();
    }
  }

  /** A thread that was just created or changed. */
  put(thread: Thread): void {
    if (this.loading.value) this.#meanwhile.push(() => this.put(thread));
    const threads = this.threads.value;
    if (!threads) return;
    const index = threads.findIndex((each) => each.id === thread.id);
    this.threads.value = index < 0 ? [thread, ...threads] : threads.with(index, thread);
  }

  /** A thread that was deleted elsewhere. */
  drop(id: string): void {
    if (this.loading.value) this.#meanwhile.push(() => this.drop(id));
    this.threads.value = this.threads.value?.filter((each) => each.id !== id) ?? null;
  }

  async rename(id: string, title: string): Promise<Thread> {
    const before = this.threads.value;
    this.threads.value = before?.map((each) => (each.id === id ? { ...each, title } : each)) ?? null;
    try {
      return await this.#client.call<Thread>("threads.update", { thread_id: id, title });
    } catch (error) {
      this.threads.value = before;
      throw error;
    }
  }

  async remove(id: string): Promise<void> {
    const before = this.threads.value;
    this.threads.value = before?.filter((each) => each.id !== id) ?? null;
    try {
      await this.#client.call("threads.delete", { thread_id: id });
    } catch (error) {
      this.threads.value = before;
      throw error;
    }
  }
}

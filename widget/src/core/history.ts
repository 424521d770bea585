// The list of past threads: newest first, a page at a time, changed at once and put back if the server refuses.
import { signal } from "@preact/signals-core";
import type { Client } from "./client.ts";
import { ApiError } from "./errors.ts";
import { mark, shelf } from "./marks.ts";
import type { Chat } from "./store.ts";
import type { Page, Thread } from "./types.ts";

const PAGE = 30;
const MOST_PINNED = 50;

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
  /** Whether it is the archived ones that are listed. */
  readonly archived = signal(false);
  /** Whether the service keeps what is pinned, archived and read. */
  marks = false;
  /** Those that are known to be archived. */
  #away = new Set<string>();
  #turn = 0;
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

  /** The archived threads, or the others. */
  async show(archived: boolean): Promise<void> {
    this.archived.value = archived;
    this.threads.value = null;
    await this.load();
  }

  async loadMore(): Promise<void> {
    if (this.hasMore.value && !this.loading.value) await this.#page(this.#after);
  }

  async #page(after: string | undefined): Promise<void> {
    this.#turn++;
    const turn = this.#turn;
    this.loading.value = true;
    this.failed.value = false;
    try {
      const [pinned, page] = await this.#ask(after);
      // Something else was asked for meanwhile.
      if (turn !== this.#turn) return;
      const before = after ? (this.threads.value ?? []) : pinned;
      const known = new Set(before.map((each) => each.id));
      this.threads.value = [...before, ...page.data.filter((each) => !known.has(each.id))];
      for (const each of page.data) if (each.archived) this.#away.add(each.id);
      this.#after = page.after;
      this.hasMore.value = page.has_more && page.after !== undefined;
    } catch {
      if (turn === this.#turn) this.failed.value = true;
    } finally {
      if (turn === this.#turn) this.loading.value = false;
      for (const tell of this.#meanwhile.splice(0)) tell();
    }
  }

  /** What is pinned, with the first page, and the page. */
  async #ask(after: string | undefined): Promise<[Thread[], Page<Thread>]> {
    if (!this.marks)
      return [[], await this.#client.call<Page<Thread>>("threads.list", { limit: PAGE, order: "desc", ...(after && { after }) })];
    const archived = this.archived.value;
    const pinned = !archived && !after ? shelf(this.#client, "pinned", MOST_PINNED) : undefined;
    const [page, first] = await Promise.all([shelf(this.#client, archived ? "archived" : "listed", PAGE, after), pinned]);
    return [first?.data ?? [], page];
  }

  /** A thread that was just created or changed; ChatKit's own events say nothing of its marks. */
  put(thread: Thread): void {
    if (this.loading.value) this.#meanwhile.push(() => this.put(thread));
    const threads = this.threads.value;
    if (!threads) return;
    const index = threads.findIndex((each) => each.id === thread.id);
    const whole = {
      ...thread,
      pinned: thread.pinned ?? threads[index]?.pinned ?? false,
      archived: thread.archived ?? this.#away.has(thread.id),
    };
    this.#away[whole.archived ? "add" : "delete"](thread.id);
    if (whole.archived !== this.archived.value) this.threads.value = threads.filter((each) => each.id !== thread.id);
    else this.threads.value = index < 0 ? [whole, ...threads] : threads.with(index, whole);
  }

  /** Every tab, this one as well, is told of it. */
  async markUnread(id: string): Promise<void> {
    await mark(this.#client, id, { unread: true });
  }

  /** Pins, archives, or takes that back: seen at once, and undone if it is refused. */
  async mark(thread: Thread, change: { pinned: boolean } | { archived: boolean }): Promise<void> {
    this.put({ ...thread, ...change });
    try {
      await mark(this.#client, thread.id, change);
    } catch (error) {
      this.put(thread);
      throw error;
    }
  }

  /** A thread that was deleted elsewhere. */
  drop(id: string): void {
    if (this.loading.value) this.#meanwhile.push(() => this.drop(id));
    this.threads.value = this.threads.value?.filter((each) => each.id !== id) ?? null;
  }

  async rename(id: string, title: string): Promise<Thread> {
    const before = this.#find(id);
    if (before) this.put({ ...before, title });
    try {
      return await this.#client.call<Thread>("threads.update", { thread_id: id, title });
    } catch (error) {
      if (before) this.put(before);
      throw error;
    }
  }

  async remove(id: string): Promise<void> {
    const before = this.#find(id);
    this.threads.value = this.threads.value?.filter((each) => each.id !== id) ?? null;
    try {
      await this.#client.call("threads.delete", { thread_id: id });
    } catch (error) {
      // Deleted elsewhere already.
      if (error instanceof ApiError && error.status === 404) return;
      if (before) this.put(before);
      throw error;
    }
  }

  #find(id: string): Thread | undefined {
    return this.threads.value?.find((each) => each.id === id);
  }
}

// A question to the full text search, asked while it is typed: the answer to the newest is the only one that counts.
import { batch, signal } from "@preact/signals-core";
import type { Client } from "./client.ts";
import { rest } from "./marks.ts";

/** A message, or a thread's title (then `item_id` is null). `ranges` mark the matches in `snippet`, in UTF-16 units. */
export type Hit = {
  thread_id: string;
  title: string | null;
  item_id: string | null;
  created_at: number;
  snippet: string;
  ranges: [number, number][];
};

// Longer than between two keys of who types, shorter than who waits would notice.
const WAIT_MS = 220;
const MOST_CHARS = 200;
const PAGE = 20;
// One letter finds half of everything; one sign of a script without letters is a word.
const LEAST_CHARS = 2;
const A_WORD = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;

export class Search {
  readonly query = signal("");
  /** null: nothing is asked, or not answered yet. */
  readonly hits = signal<readonly Hit[] | null>(null);
  readonly busy = signal(false);
  readonly failed = signal(false);
  readonly hasMore = signal(false);
  #client: Client;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | undefined;
  #after: string | undefined;
  #waitMs: number;

  constructor(client: Client, waitMs = WAIT_MS) {
    this.#client = client;
    this.#waitMs = waitMs;
  }

  /** What is in the box now. */
  type(text: string): void {
    this.query.value = text;
    this.#drop();
    const asked = text.trim();
    if (asked.length < LEAST_CHARS && !A_WORD.test(asked)) {
      this.hits.value = null;
      this.hasMore.value = false;
      return;
    }
    this.busy.value = true;
    this.#timer = setTimeout(() => void this.#ask(), this.#waitMs);
  }

  /** Without waiting. */
  again(): Promise<void> {
    this.#drop();
    return this.#ask();
  }

  async more(): Promise<void> {
    if (this.hasMore.value && !this.busy.value) await this.#ask(this.#after);
  }

  dispose(): void {
    this.#drop();
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = undefined;
    this.busy.value = false;
    this.failed.value = false;
  }

  async #ask(after?: string): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.busy.value = true;
    const body = { query: this.query.value.trim().slice(0, MOST_CHARS), limit: PAGE, ...(after && { after }) };
    try {
      const page = await rest<{ data: Hit[]; has_more: boolean; after: string | null }>(this.#client, "search", body, abort.signal);
      // Dropped meanwhile, whether or not its request could still be stopped.
      if (this.#abort !== abort) return;
      this.#after = page.after ?? undefined;
      batch(() => {
        this.hits.value = [...(after ? (this.hits.value ?? []) : []), ...page.data];
        this.hasMore.value = page.has_more;
      });
    } catch {
      if (this.#abort === abort) this.failed.value = true;
    } finally {
      if (this.#abort === abort) this.busy.value = false;
    }
  }
}

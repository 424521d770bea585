// A conversation kept in step with the user's other tabs and devices: their messages, answers, titles, deletions and thumbs.
import { effect, type ReadonlySignal, type Signal, signal as value } from "@preact/signals-core";
import { ApiError } from "./errors.ts";
import { type Happening, listen } from "./feed.ts";
import { marksOf, mark as markThread, shelf } from "./marks.ts";
import type { Chat } from "./store.ts";
import type { Thread } from "./types.ts";

const MOST_UNREAD = 100;
const PAUSES_MS = [500, 2_000, 8_000];

/**
 * Follows until the signal is aborted. `unread` holds the threads that were answered while another was read. Where the server keeps what
 * was read, `atEnd` says whether the user sees the end of the open thread; without it only this tab knows. `leave` is called when somebody
 * deleted the open thread.
 */
export function follow(
  chat: Chat,
  name: string,
  unread: Signal<ReadonlySet<string>>,
  signal: AbortSignal,
  leave: () => void,
  atEnd?: ReadonlySignal<boolean>,
): void {
  const { client } = chat;
  // The run that is at work on each thread, as far as was heard.
  const running = new Map<string, string>();
  // The threads that are being read again, and what happened to them meanwhile.
  const updates = new Map<string, { again: boolean; created: boolean }>();
  // The open thread, while it has something that nobody is known to have read, and the item up to which that was told.
  const fresh = value<string | null>(null);
  let told: string | undefined;
  // As far as each thread was seen in this tab.
  const seen = new Map<string, string>();
  const own = (id: string) => chat.thread.value?.id === id;
  const quietly = (work: Promise<unknown> | undefined) => void work?.catch(() => undefined);

  function join(): void {
    const id = chat.thread.value?.id;
    const run = id && running.get(id);
    if (run && !chat.responding.value && !chat.loading.value && !chat.watched.has(run)) quietly(chat.join(run));
  }

  /** Reads a thread again, one request at a time: of two answers that overtake each other the older would stay. */
  async function update(id: string, created: boolean): Promise<void> {
    if (!own(id) && !chat.history?.shown && !atEnd) return;
    const under = updates.get(id);
    if (under) {
      under.again = true;
      under.created ||= created;
      return;
    }
    const one = { again: true, created };
    updates.set(id, one);
    try {
      while (one.again && !signal.aborted) {
        one.again = false;
        const thread = await persistently(() =>
          atEnd ? marksOf(client, id, signal) : client.call<Thread>("threads.get_by_id", { thread_id: id }, signal),
        );
        if (thread.unread !== undefined && !one.again && !own(id)) mark(id, thread.unread);
        if (own(id) && chat.thread.value)
          chat.thread.value = { ...chat.thread.value, ...("title" in thread && { title: thread.title as string }), status: thread.status };
        // One that comes back from the archive was not in the list.
        if (one.created || atEnd || chat.history?.threads.value?.some((each) => each.id === id)) chat.history?.put(thread);
      }
    } finally {
      updates.delete(id);
    }
  }

  /** What was told once is not told again: a request that fails in passing is made again. */
  async function persistently<T>(request: () => Promise<T>): Promise<T> {
    for (const ms of PAUSES_MS)
      try {
        return await request();
      } catch (error) {
        if (signal.aborted || (error instanceof ApiError && !error.passing && error.status !== 429)) throw error;
        await new Promise((resolve) => setTimeout(resolve, ms * (0.5 + Math.random())));
      }
    return request();
  }

  function hear({ type, thread_id, run_id, status, item_ids, kind }: Happening): void {
    switch (type) {
      case "stream.reset":
        quietly(chat.refresh());
        if (chat.history?.shown) quietly(chat.history.load());
        quietly(chat.line.peek()?.look());
        quietly(ask());
        break;
      case "thread.read":
        mark(thread_id, false);
        break;
      case "thread.created":
      case "thread.updated":
        quietly(update(thread_id, type === "thread.created"));
        break;
      case "thread.items_changed":
        if (own(thread_id)) {
          fresh.value = thread_id;
          chat.behind = true;
          quietly(chat.refresh());
        } else if (atEnd) quietly(update(thread_id, false));
        break;
      case "thread.deleted":
        running.delete(thread_id);
        if (fresh.peek() === thread_id) fresh.value = null;
        chat.history?.drop(thread_id);
        mark(thread_id, false);
        if (own(thread_id)) leave();
        break;
      case "run.started":
        if (own(thread_id) && status === "queued") quietly(chat.line.peek()?.look());
        if (!run_id || status === "queued") break;
        running.set(thread_id, run_id);
        chat.line.peek()?.taken(run_id);
        if (own(thread_id)) join();
        break;
      case "run.ended":
        if (running.get(thread_id) === run_id) running.delete(thread_id);
        if (own(thread_id)) {
          if (status !== "cancelled") fresh.value = thread_id;
          // Short ones come and go while the one before is still being drawn.
          if (run_id && !chat.watched.has(run_id)) chat.behind = true;
          quietly(chat.refresh());
          quietly(chat.line.peek()?.look());
        } else if (status !== "cancelled") away(thread_id);
        break;
      case "feedback.created":
        if (own(thread_id) && kind)
          chat.feedback.value = { ...chat.feedback.value, ...Object.fromEntries((item_ids ?? []).map((each) => [each, kind])) };
        break;
      default:
        break;
    }
  }

  /** What was answered while nobody was here. */
  async function ask(): Promise<void> {
    if (!atEnd) return;
    const page = await persistently(() => shelf(client, "unread", MOST_UNREAD, undefined, signal));
    const found = new Set(page.data.map((each) => each.id));
    const open = chat.thread.peek()?.id;
    if (open && found.delete(open)) fresh.value = open;
    unread.value = found;
  }

  /** A thread that is not open has something new, unless it was left only after that was seen. */
  function away(id: string): void {
    // What is being read of it may be from before that.
    const under = updates.get(id);
    if (under) under.again = true;
    const last = seen.get(id);
    if (!last) {
      mark(id, true);
      return;
    }
    void markThread(client, id, { read_through: last }).then(
      (thread) => own(id) || mark(id, thread.unread === true),
      () => mark(id, true),
    );
  }

  function mark(id: string, is: boolean): void {
    if (unread.value.has(id) === is) return;
    const next = new Set(unread.value);
    if (is) next.add(id);
    else next.delete(id);
    unread.value = next;
  }

  listen(
    client,
    name,
    {
      hear,
      connected(is) {
        // An answer on its way speaks for itself.
        if (!chat.responding.value) chat.connection.value = is ? "online" : "reconnecting";
        if (is && chat.waiting.peek().length) quietly(chat.line.peek()?.look());
      },
    },
    signal,
  );
  // What happened between the first load and now, and a run that another tab began while this one was answered.
  const stop = effect(() => {
    const id = chat.thread.value?.id;
    const busy = chat.responding.value || chat.loading.value;
    queueMicrotask(() => {
      const left = fresh.peek();
      if (left && left !== id) {
        fresh.value = null;
        away(left);
      }
      if (id && unread.value.has(id)) {
        fresh.value = id;
        mark(id, false);
      }
      if (busy) return;
      join();
    });
  });
  // The end of the open thread was seen: everybody may know.
  const stopReading = effect(() => {
    const id = chat.thread.value?.id;
    const last = chat.items.value.findLast((each) => !each.id.startsWith("local_"))?.id;
    const news = fresh.value;
    if (!atEnd?.value || !id || !last || chat.responding.value || chat.loading.value) return;
    seen.set(id, last);
    if (news !== id || last === told) return;
    told = last;
    void markThread(client, id, { read_through: last }).then(
      (thread) => {
        // What came meanwhile is on its way here, and asks for this once more.
        if (!thread.unread && fresh.peek() === id && told === last) fresh.value = null;
      },
      () => undefined,
    );
  });
  quietly(ask());
  signal.addEventListener("abort", () => {
    stop();
    stopReading();
  });
}

// Messages that were sent while another was answered: seen as waiting, in every tab, until each one's turn comes. Loaded where the service
// lets messages wait. The service knows which those are; a message whose turn has come arrives in the transcript with its run.
import { batch, effect } from "@preact/signals-core";
import type { Operation } from "./client.ts";
import { type Chat, spoken } from "./store.ts";
import { streamRun } from "./stream.ts";
import type { Item, MessageInput, Page, Run, UserMessage } from "./types.ts";

export type Waiting = {
  key: string;
  message: UserMessage;
  state: "sending" | "waiting" | "failed";
  /** The run that will answer it. */
  runId?: string;
  /** Sends what failed once more. */
  retry?: () => void;
};

// As many as may wait, and the run they wait for.
const MOST_RUNS = 50;

export class Line {
  #chat: Chat;
  #signal: AbortSignal;
  /** Runs whose turn has come, or which will never have one. */
  #gone = new Set<string>();
  #looking = false;
  #again = false;

  /** Keeps the chat's `waiting` true until the signal is aborted. */
  constructor(chat: Chat, signal: AbortSignal) {
    this.#chat = chat;
    this.#signal = signal;
    const stop = effect(() => {
      const here = new Set(chat.items.value.map((each) => each.id));
      const left = chat.waiting.value.filter((each) => !here.has(each.message.id));
      if (left.length < chat.waiting.value.length) chat.waiting.value = left;
    });
    let seen: unknown;
    const stopLooking = effect(() => {
      const thread = chat.thread.value;
      const busy = chat.responding.value;
      if (!thread || chat.loading.value || (thread === seen && (busy || !chat.waiting.peek().length))) return;
      seen = thread;
      queueMicrotask(() => void this.look());
    });
    signal.addEventListener("abort", () => {
      stop();
      stopLooking();
    });
  }

  /** A message for when its turn comes, in the open thread. */
  send(input: MessageInput, attachments: UserMessage["attachments"] = []): void {
    const thread_id = this.#chat.thread.peek()?.id ?? "";
    const client_message_id = this.#chat.host.uuid();
    const message = spoken(client_message_id, thread_id, input, attachments);
    this.#chat.waiting.value = [...this.#chat.waiting.value, { key: message.id, message, state: "sending" }];
    void this.#post(message.id, { type: "threads.add_user_message", params: { thread_id, input }, metadata: { client_message_id } });
  }

  /** Takes a message back, or gives up one that could not be sent. */
  async withdraw({ key, runId }: Waiting): Promise<void> {
    if (runId) {
      await this.#chat.client.cancelRun(runId);
      this.#gone.add(runId);
    }
    this.#chat.waiting.value = this.#chat.waiting.peek().filter((each) => each.key !== key);
  }

  /** The run's turn has come. */
  taken(runId: string): void {
    this.#gone.add(runId);
  }

  /** Asks the service who waits in the open thread, and whether anybody's turn has come unseen. */
  async look(): Promise<void> {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = true;
    try {
      do {
        this.#again = false;
        await this.#look();
      } while (this.#again && !this.#signal.aborted);
    } catch {
      // Whatever happens next in the thread asks again.
    } finally {
      this.#looking = false;
    }
  }

  async #look(): Promise<void> {
    const { client, thread, waiting, items } = this.#chat;
    const id = thread.peek()?.id;
    if (!id) return;
    const path = `/v1/chatkit/threads/${encodeURIComponent(id)}/runs?status=active&limit=${MOST_RUNS}`;
    const runs = ((await (await client.rest("GET", path, {}, this.#signal)).json()) as { data: Run[] }).data;
    const queued = runs.filter((each) => each.status === "queued" && each.item_id).reverse();
    const known = () => new Map([...items.peek(), ...waiting.peek().map((each) => each.message)].map((each) => [each.id, each]));
    let messages = known();
    if (queued.some((each) => !messages.has(each.item_id as string))) {
      const page = await client.call<Page<Item>>("items.list", { thread_id: id, limit: MOST_RUNS, order: "desc" }, this.#signal);
      messages = new Map([...page.data.map((each) => [each.id, each] as const), ...known()]);
    }
    if (thread.peek()?.id !== id) return;
    const keys = new Map(waiting.peek().map((each) => [each.runId, each.key]));
    const found = queued.flatMap(({ id: runId, item_id }): Waiting[] => {
      const message = messages.get(item_id as string);
      if (message?.type !== "user_message" || this.#gone.has(runId) || this.#chat.watched.has(runId)) return [];
      return [{ key: keys.get(runId) ?? message.id, message, state: "waiting", runId }];
    });
    const ids = new Set(found.map((each) => each.message.id));
    const left = await this.#left(runs);
    if (thread.peek()?.id !== id) return;
    if (this.#chat.responding.peek()) for (const [key, why] of left) if (why === "ended") left.delete(key);
    batch(() => {
      items.value = items.peek().filter((each) => !ids.has(each.id));
      waiting.value = [...found, ...waiting.peek().filter((each) => !left.has(each.key) && !ids.has(each.message.id))];
    });
    // Answered unseen: the thread has both.
    if ([...left.values()].includes("ended")) await this.#chat.refresh();
    const atWork = runs.find((each) => each.status === "in_progress" || each.status === "cancelling");
    const { responding, loading, watched } = this.#chat;
    if (atWork && !responding.peek() && !loading.peek() && !watched.has(atWork.id)) void this.#chat.join(atWork.id);
  }

  /**
   * Those that wait no more and have nothing that would bring their message: taken back elsewhere, or answered unseen. What ended while another
   * answer is drawn stays until that is, and the thread can be read again.
   */
  async #left(runs: readonly Run[]): Promise<Map<string, "withdrawn" | "ended">> {
    const { client, waiting, responding } = this.#chat;
    const left = new Map<string, "withdrawn" | "ended">();
    for (const { key, state, runId } of waiting.peek()) {
      if (state !== "waiting" || !runId || runs.some((each) => each.id === runId)) continue;
      const { status, started_at } = await client.run(runId);
      if (status === "cancelled" && !started_at) left.set(key, "withdrawn");
      else if (status !== "queued" && !responding.peek()) left.set(key, "ended");
    }
    return left;
  }

  async #post(key: string, operation: Operation): Promise<void> {
    this.#put(key, { state: "sending" });
    const abort = new AbortController();
    const stop = () => abort.abort();
    this.#signal.addEventListener("abort", stop);
    let runId: string | undefined;
    try {
      const onRun = (id: string) => {
        runId = id;
      };
      // Its stream begins with the message as it is kept; the rest is watched once its turn comes.
      for await (const events of streamRun(this.#chat.client, { operation, idempotent: true }, { signal: abort.signal, onRun })) {
        const kept = events.find((each) => each.type === "thread.item.done" && each.item.type === "user_message");
        if (kept?.type !== "thread.item.done") continue;
        this.#put(key, { state: "waiting", message: kept.item as UserMessage, ...(runId && { runId }) });
        break;
      }
    } catch (error) {
      if (this.#signal.aborted) return;
      this.#put(key, { state: "failed", retry: () => void this.#post(key, operation) });
      this.#chat.report(error);
    } finally {
      this.#signal.removeEventListener("abort", stop);
      stop();
    }
    void this.look();
  }

  #put(key: string, change: Partial<Waiting>): void {
    this.#chat.waiting.value = this.#chat.waiting.peek().map((each) => (each.key === key ? { ...each, ...change } : each));
  }
}

// The conversation: state goes down as signals, intents come up as methods. No DOM; the page is told through `host`.
import { batch, computed, signal } from "@preact/signals-core";
import type { Client, Operation } from "./client.ts";
import { ApiError, TapeExpired } from "./errors.ts";
import { describe, type Failure } from "./failure.ts";
import { fold } from "./fold.ts";
import type { History } from "./history.ts";
import { isPassing, type Start, streamRun } from "./stream.ts";
import type {
  Action,
  ClientToolCall,
  Item,
  JsonObject,
  MessageInput,
  Notice,
  Page,
  Thread,
  ThreadEvent,
  UserMessage,
  WidgetItem,
} from "./types.ts";
import type { Line, Waiting } from "./waiting.ts";

/** What the page around the conversation provides and wants to hear. */
export type ChatHost = {
  emit(name: string, detail?: unknown): void;
  /** What answers client tools now, if the page does. */
  clientTool?(): ((call: { name: string; params: JsonObject }) => unknown) | undefined;
  widgetAction?(action: Action, item: { id: string; widget: WidgetItem["widget"] }): unknown;
  rememberThread(id: string | null): void;
  /** The composer belongs to that thread now: another one, or `created` from what was a new one. */
  composing?(threadId: string | null, created: boolean): void;
  schedule(flush: () => void): void;
  uuid(): string;
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
};

export type Connection = "online" | "reconnecting";
export type Progress = { text: string; icon?: string };

export const PAGE = 40;
// How long after a restarting server could not say whether an answer is on its way it is asked again, half as long again at most.
const LOOK_MS = 2_000;
const NO_LIVE: ReadonlySet<string> = new Set();

export class Chat {
  readonly thread = signal<Thread | null>(null);
  readonly items = signal<readonly Item[]>([]);
  readonly loading = signal(false);
  readonly responding = signal(false);
  readonly allowCancel = signal(false);
  readonly stopping = signal(false);
  readonly connection = signal<Connection>("online");
  readonly progress = signal<Progress | null>(null);
  readonly notices = signal<readonly Notice[]>([]);
  readonly failure = signal<Failure | null>(null);
  /** Items that are still being streamed. */
  readonly live = signal(NO_LIVE);
  readonly imageProgress = signal<Readonly<Record<string, number>>>({});
  readonly feedback = signal<Readonly<Record<string, "positive" | "negative">>>({});
  /** The item before which there are older ones. */
  readonly older = signal<string | undefined>(undefined);
  readonly hasOlder = computed(() => this.older.value !== undefined);
  readonly loadingOlder = signal(false);
  /** Counts the turns that began here: a message sent or answered anew, a run joined. */
  readonly begun = signal(0);
  /** The form that waits for answers, in the composer's place. */
  readonly form = computed(() => {
    const last = this.items.value.at(-1);
    return last?.type === "structured_input" && last.status === "pending" && !this.responding.value ? last : null;
  });
  readonly watched = new Set<string>(); // Runs whose events came here.
  /** Something was said in the open thread that did not come here, and is read once the answer in the making is there. */
  behind = false;
  /** Messages that wait behind the answer in the making; none of them is among the items. */
  readonly waiting = signal<readonly Waiting[]>([]);
  /** Takes messages while one is answered, where the service lets them wait. */
  readonly line = signal<Line | null>(null);
  /** The list of past threads, once something has shown it. */
  history: History | undefined;
  readonly client: Client;
  readonly host: ChatHost;
  #abort: AbortController | undefined;
  #loadAbort: AbortController | undefined;
  #runId: string | undefined;
  #queue: ThreadEvent[] = [];
  #scheduled = false;
  #localId: string | undefined;
  #keys = new Map<string, string>();

  constructor(client: Client, host: ChatHost) {
    this.client = client;
    this.host = host;
  }

  /** A key that stays when the server's id takes the place of the local one, so that the bubble is not rebuilt. */
  keyOf(item: Item): string {
    return this.#keys.get(item.id) ?? item.id;
  }

  dispose(): void {
    this.#abort?.abort();
    this.#loadAbort?.abort();
  }

  // ---- Threads

  async openThread(id: string | null): Promise<void> {
    // Leaving a thread detaches from its run; the server goes on answering there.
    this.dispose();
    this.#reset();
    this.host.composing?.(id, false);
    const before = this.thread.value?.id ?? null;
    if (id === null) {
      this.thread.value = null;
      this.host.rememberThread(null);
      if (before !== null) this.host.emit("thread.change", { threadId: null });
      return;
    }
    const abort = new AbortController();
    this.#loadAbort = abort;
    this.loading.value = true;
    this.host.emit("thread.load.start", { threadId: id });
    try {
      await this.#load(id, abort.signal);
      this.host.rememberThread(id);
      if (before !== id) this.host.emit("thread.change", { threadId: id });
    } catch (error) {
      if (abort.signal.aborted) return;
      // The one before is not what is looked at: nothing that is done now may be done to it.
      this.thread.value = null;
      if (error instanceof ApiError && error.status === 404) this.host.rememberThread(null);
      else this.failure.value = { ...describe(error, this.client.resumable), kind: "load", retry: () => void this.openThread(id) };
      this.report(error);
      return;
    } finally {
      if (this.#loadAbort === abort) {
        this.loading.value = false;
        this.host.emit("thread.load.end", { threadId: id });
      }
    }
    void this.#rejoin(abort.signal);
  }

  /** Fetches the thread again, after changes made elsewhere. */
  async refresh(): Promise<void> {
    const id = this.thread.value?.id;
    if (!id || this.responding.value || this.loading.value) return;
    await this.#load(id);
    if (this.behind) await this.refresh();
  }

  loadOlder(): Promise<void> {
    return import("./older.ts").then(
      (older) => older.loadOlder(this),
      (error) => this.report(error),
    );
  }

  async #load(id: string, signal?: AbortSignal): Promise<void> {
    const [run, load] = [this.#abort, this.#loadAbort];
    const thread = await this.client.call<Thread>("threads.get_by_id", { thread_id: id }, signal);
    let items = thread.items?.data ?? [];
    let older: string | undefined;
    if (thread.items?.has_more) {
      // The thread carries its oldest items; a reader wants the newest.
      const newest = await this.client.call<Page<Item>>("items.list", { thread_id: id, limit: PAGE, order: "desc" }, signal);
      older = newest.has_more ? newest.after : undefined;
      items = newest.data.reverse();
    }
    if (load !== this.#loadAbort) return;
    // Said or answered meanwhile: what is here is newer.
    this.behind = run !== this.#abort;
    if (this.behind) return;
    // What was read before those stays, where they go on from it.
    const shown = this.items.peek();
    const from = shown.findIndex((each) => each.id === items[0]?.id);
    if (older && from > 0) {
      items = [...shown.slice(0, from), ...items];
      older = this.older.peek();
    }
    const waiting = this.waiting.peek().map((each) => each.message.id);
    batch(() => {
      this.thread.value = thread;
      this.items.value = items.filter((item) => !waiting.includes(item.id));
      this.older.value = older;
    });
  }

  /** After a reload the answer may still be on its way: watch it from its first event. Or it never was complete: say so. */
  async #rejoin(signal: AbortSignal): Promise<void> {
    if (this.client.resumable) {
      const run = await this.client
        .lastRun(this.thread.peek()?.id as string)
        .catch((error: unknown) => (isPassing(error) ? null : undefined));
      if (signal.aborted || this.responding.value) return;
      this.connection.value = run === null ? "reconnecting" : "online";
      if (run === null) return void setTimeout(() => signal.aborted || this.#rejoin(signal), LOOK_MS * (0.5 + Math.random()));
      if (run && !run.completed_at) return this.join(run.id);
      if (run?.error) (await import("./cut.ts")).tellCut(this, run);
    }
    const call = this.#pendingCall();
    if (call && !this.responding.value && this.host.clientTool?.()) await this.respond(undefined, call);
  }

  /** Watches a run that began elsewhere, or before a reload. */
  join(runId: string): Promise<void> {
    this.begun.value++;
    return this.respond({ runId });
  }

  // ---- Speaking

  send(input: MessageInput, attachments: UserMessage["attachments"] = []): Promise<void> {
    const client_message_id = this.host.uuid();
    const thread_id = this.thread.value?.id;
    const operation: Operation = {
      type: thread_id ? "threads.add_user_message" : "threads.create",
      params: thread_id ? { thread_id, input } : { input },
      metadata: { client_message_id },
    };
    return this.again(this.items.value.length, operation, spoken(client_message_id, thread_id ?? "", input, attachments));
  }

  /** Ends the answer, keeping what was said so far. */
  async stop(): Promise<void> {
    if (!this.responding.value) return;
    const runId = this.#runId;
    if (!this.client.resumable || !runId) {
      this.#abort?.abort();
      return;
    }
    this.stopping.value = true;
    try {
      await this.client.cancelRun(runId);
    } catch (error) {
      this.#abort?.abort();
      this.report(error);
    }
  }

  /** Answers a user message anew; what came after it goes. */
  retryAfter(itemId: string): void {
    const thread_id = this.thread.value?.id;
    const index = this.items.value.findIndex((each) => each.id === itemId);
    if (!thread_id || index < 0 || this.responding.value) return;
    void this.again(index + 1, { type: "threads.retry_after_item", params: { thread_id, item_id: itemId } });
  }

  /** Goes on behind the first `keep` items with what the operation answers; `local` stands for the message it brings. */
  again(keep: number, operation: Operation, local?: UserMessage): Promise<void> {
    batch(() => {
      this.items.value = [...this.items.value.slice(0, keep), ...(local ? [local] : [])];
      this.begun.value++;
    });
    this.#localId = local?.id;
    // Where nothing of it arrived it is the same operation again, under the same id: the message cannot be there twice.
    return this.respond({ operation, idempotent: !!local && this.client.resumable }, undefined, () => this.again(keep, operation, local));
  }

  // ---- Listening

  /** Shows an answer: of a run that was started or is joined, or of the page to a tool's call. */
  async respond(start: Start | undefined, call?: ClientToolCall, resend?: () => void): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    batch(() => {
      this.responding.value = true;
      this.stopping.value = false;
      this.failure.value = null;
      this.notices.value = [];
      this.allowCancel.value = this.client.resumable;
    });
    this.host.emit("response.start");
    let tape = false;
    try {
      // One answer may take several runs: each client tool's result starts the next.
      for (let next = start ?? (await this.#toolOutput(call)); next; next = await this.#toolOutput(this.#pendingCall())) {
        for await (const events of streamRun(this.client, next, {
          signal: abort.signal,
          onRun: (id) => {
            this.watched.add(id);
            if (this.#abort === abort) this.#runId = id;
          },
          onConnection: (connected) => {
            if (this.#abort === abort) this.connection.value = connected ? "online" : "reconnecting";
          },
          ...(this.host.wait && { wait: this.host.wait }),
        })) {
          // What was under way when the thread was left must not be drawn in the next one.
          if (this.#abort !== abort) return;
          this.#enqueue(events);
        }
        if (this.#abort !== abort) return;
        this.#flush();
        if (abort.signal.aborted || this.failure.value) break;
      }
    } catch (error) {
      if (this.#abort !== abort) return;
      this.#flush();
      if (error instanceof TapeExpired) tape = true;
      else if (!abort.signal.aborted) {
        const unsent = this.#localId !== undefined && resend;
        this.failure.value = { ...describe(error, this.client.resumable), retry: unsent || this.#afterTheLastMessage() };
        this.report(error);
      }
    }
    if (this.#abort !== abort) return; // Another thread was opened meanwhile; its state is not ours to end.
    this.#rest();
    if (tape || (this.behind && !this.failure.value)) await this.refresh().catch((error) => this.report(error));
    if (tape) void this.#rejoin(abort.signal);
    this.host.emit("response.end");
  }

  #afterTheLastMessage(): (() => void) | undefined {
    const last = this.items.value.findLast((each) => each.type === "user_message" && !each.id.startsWith("local_"));
    return last && (() => this.retryAfter(last.id));
  }

  #pendingCall(): ClientToolCall | undefined {
    // Not only the very last item: a run may store hidden ones, or widgets, after its call.
    return this.items.value
      .slice(-20)
      .findLast((each): each is ClientToolCall => each.type === "client_tool_call" && each.status === "pending");
  }

  async #toolOutput(call: ClientToolCall | undefined): Promise<Start | undefined> {
    return call && (await import("./deeds.ts")).callTool(this, call);
  }

  /** Events gather here and are applied once a frame: the stream never waits for the page, nor the page for the stream. */
  #enqueue(events: ThreadEvent[]): void {
    this.#queue.push(...events);
    if (this.#scheduled) return;
    this.#scheduled = true;
    const abort = this.#abort;
    this.host.schedule(() => {
      if (this.#abort === abort) this.#flush();
    });
  }

  #flush(): void {
    this.#scheduled = false;
    const events = this.#queue;
    if (!events.length) return;
    this.#queue = [];
    batch(() => {
      let items = this.items.value;
      for (const event of events) {
        if (event.type === "thread.item.done" && event.item.type === "user_message" && this.#localId) {
          const local = this.#localId;
          this.#localId = undefined;
          // A replayed run may bring a message that is here under its own id already.
          const known = items.some((each) => each.id === event.item.id);
          if (!known) this.#keys.set(event.item.id, local);
          items = known ? items.filter((each) => each.id !== local) : items.map((each) => (each.id === local ? event.item : each));
        }
        items = fold(items, event);
        this.#notice(event);
      }
      this.items.value = items;
    });
  }

  /** What an event means besides its effect on the items. */
  #notice(event: ThreadEvent): void {
    switch (event.type) {
      case "thread.created":
        this.thread.value = event.thread;
        this.history?.put(event.thread);
        this.host.rememberThread(event.thread.id);
        this.host.composing?.(event.thread.id, true);
        this.host.emit("thread.change", { threadId: event.thread.id });
        break;
      case "thread.updated":
        this.thread.value = event.thread;
        this.history?.put(event.thread);
        break;
      case "thread.item.added":
        this.live.value = new Set(this.live.value).add(event.item.id);
        break;
      case "thread.item.done":
      case "thread.item.removed": {
        const id = "item" in event ? event.item.id : event.item_id;
        if (this.live.value.has(id)) this.live.value = new Set([...this.live.value].filter((each) => each !== id));
        break;
      }
      case "thread.item.updated":
        if (event.update.type === "generated_image.updated" && event.update.progress !== undefined)
          this.imageProgress.value = { ...this.imageProgress.value, [event.item_id]: event.update.progress };
        break;
      case "stream_options":
        this.allowCancel.value = event.stream_options.allow_cancel;
        break;
      case "progress_update":
        this.progress.value = { text: event.text, ...(event.icon && { icon: event.icon }) };
        break;
      case "client_effect":
        this.host.emit("effect", { name: event.name, data: event.data ?? {} });
        break;
      case "notice":
        this.notices.value = [...this.notices.value, event];
        break;
      case "error": {
        // Looked up when pressed: this batch's items are not in place yet.
        const retry = event.allow_retry ? () => this.#afterTheLastMessage()?.() : undefined;
        const code = this.client.resumable ? (event.reason ?? event.code) : null;
        this.failure.value = { kind: "server", code, ...(event.message && { message: event.message }), ...(retry && { retry }) };
        this.host.emit("error", { error: new Error(event.message ?? event.code) });
        break;
      }
      default:
        break;
    }
  }

  /** Nothing is answered any more. */
  #rest(): void {
    batch(() => {
      this.responding.value = false;
      this.stopping.value = false;
      this.allowCancel.value = false;
      this.connection.value = "online";
      this.progress.value = null;
      this.live.value = NO_LIVE;
      this.imageProgress.value = {};
      this.#runId = undefined;
    });
  }

  #reset(): void {
    this.behind = false;
    this.#queue = [];
    this.#scheduled = false;
    this.#localId = undefined;
    const responding = this.responding.value;
    this.#abort = undefined;
    this.#loadAbort = undefined;
    batch(() => {
      this.items.value = [];
      this.waiting.value = [];
      this.older.value = undefined;
      this.loading.value = false;
      this.notices.value = [];
      this.failure.value = null;
      this.#rest();
    });
    if (responding) this.host.emit("response.end");
  }

  report(error: unknown): void {
    this.host.emit("error", { error: error instanceof Error ? error : new Error(String(error)) });
  }
}

/** A message as it is seen before the server has it. */
export function spoken(id: string, thread_id: string, input: MessageInput, attachments: UserMessage["attachments"]): UserMessage {
  return {
    id: `local_${id}`,
    type: "user_message",
    thread_id,
    created_at: new Date().toISOString(),
    content: input.content,
    attachments,
    inference_options: input.inference_options,
    ...(input.quoted_text && { quoted_text: input.quoted_text }),
  };
}

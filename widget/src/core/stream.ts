// A run's events in order, each once, however often the connection breaks: reopened after the last sequence number seen.
import type { Client, Operation } from "./client.ts";
import { ApiError, ConnectionLost, TapeExpired } from "./errors.ts";
import { createSseParser, type SseEvent, type SseParser } from "./sse.ts";
import type { RunStatus, ThreadEvent } from "./types.ts";

/** Where to begin: an operation to post, or a run that is already under way. */
export type Start = { operation: Operation; idempotent: boolean } | { runId: string };

export type StreamWatch = {
  signal: AbortSignal;
  onRun?: (runId: string) => void;
  onConnection?: (connected: boolean) => void;
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
};

// Heartbeats come every few seconds; a silence this long is a dead connection the browser has not noticed.
const SILENCE_MS = 45_000;
const BACKOFF_MS = [250, 500, 1_000, 2_000, 4_000, 8_000];
// About five minutes of trying: longer than a restart or a lift, shorter than forever.
const MAX_ATTEMPTS = 40;
// Parsing buffered frames must not keep the page from painting.
const SLICE_MS = 8;
const ENDED = new Set<RunStatus>(["requires_action", "completed", "incomplete", "failed", "cancelled", "expired"]);

export async function* streamRun(client: Client, start: Start, watch: StreamWatch): AsyncGenerator<ThreadEvent[]> {
  const { signal } = watch;
  const wait = watch.wait ?? pause;
  let runId = "runId" in start ? start.runId : undefined;
  let seq = 0;
  let attempt = 0;
  let retryMs: number | undefined;
  const unfinished = new Set<string>();

  for (;;) {
    if (attempt > 0) {
      if (attempt > MAX_ATTEMPTS) throw new ConnectionLost("gave up reconnecting");
      watch.onConnection?.(false);
      const base = (attempt === 1 && retryMs) || (BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length) - 1] as number);
      await wait(base * (0.5 + Math.random()), signal);
    }
    try {
      const response = runId
        ? await client.runEvents(runId, seq, signal)
        : await client.open((start as { operation: Operation }).operation, signal);
      runId ??= (client.resumable && response.headers.get("x-chatdock-run-id")) || undefined;
      if (runId) watch.onRun?.(runId);
      watch.onConnection?.(true);
      const parser = createSseParser();
      for await (const frames of readFrames(response, parser, client.resumable ? SILENCE_MS : 0)) {
        const events: ThreadEvent[] = [];
        for (const frame of frames) {
          const at = sequenceOf(frame.id);
          if (at !== undefined) {
            if (at <= seq) continue;
            seq = at;
          }
          const event = parse(frame.data);
          if (!event) continue;
          if ((event.type as string) === "stream.reset") throw new TapeExpired("the run's recorded events are gone");
          track(unfinished, event);
          events.push(event);
        }
        attempt = 0;
        retryMs = parser.retryMs;
        if (events.length) yield events;
      }
      // A body that ended cleanly with nothing half-said is the run's end; otherwise a proxy may have closed it, so ask.
      if (!runId || (unfinished.size === 0 && !parser.comeBack)) return;
      retryMs = parser.retryMs;
      const run = await client.run(runId);
      if (ENDED.has(run.status) && run.last_seq <= seq) return;
      attempt++;
    } catch (error) {
      if (signal.aborted) throw error;
      if (!isPassing(error)) throw error;
      if (!runId && !("idempotent" in start && start.idempotent)) throw new ConnectionLost("the connection broke", { cause: error });
      attempt++;
    }
  }
}

/** Whether asking again may help: a server that restarts or a network that is away says nothing about what was asked. */
export const isPassing = (error: unknown): boolean => (error instanceof ApiError ? error.passing : isNetworkError(error));

// fetch reports every failure of the network as a TypeError, an aborted read as a DOMException.
function isNetworkError(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof DOMException && error.name !== "SecurityError");
}

function sequenceOf(id: string | undefined): number | undefined {
  const seq = id === undefined ? Number.NaN : Number(id.slice(id.lastIndexOf(":") + 1));
  return Number.isSafeInteger(seq) && seq > 0 ? seq : undefined;
}

function parse(data: string): ThreadEvent | undefined {
  try {
    const event: unknown = JSON.parse(data);
    return event && typeof event === "object" && "type" in event ? (event as ThreadEvent) : undefined;
  } catch {
    return undefined; // Half a frame from a broken connection: its whole comes again on resumption.
  }
}

function track(unfinished: Set<string>, event: ThreadEvent): void {
  if (event.type === "thread.item.added") unfinished.add(event.item.id);
  else if (event.type === "thread.item.done") unfinished.delete(event.item.id);
  else if (event.type === "thread.item.removed") unfinished.delete(event.item_id);
  else if (event.type === "error") unfinished.clear();
}

async function* readFrames(response: Response, parser: SseParser, silenceMs: number): AsyncGenerator<SseEvent[]> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  let sliceStart = performance.now();
  try {
    for (;;) {
      const { value, done } = await withDeadline(reader.read(), silenceMs);
      if (done) return;
      const frames = parser.feed(decoder.decode(value, { stream: true }));
      if (frames.length) yield frames;
      if (performance.now() - sliceStart > SLICE_MS) {
        await new Promise((resolve) => setTimeout(resolve));
        sliceStart = performance.now();
      }
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

async function withDeadline<T>(promise: Promise<T>, ms: number): Promise<T> {
  if (!ms) return promise;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TypeError("the stream fell silent")), ms);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits, but no longer than until the browser is back online. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const end = () => {
      clearTimeout(timer);
      over.abort();
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(end, ms);
    globalThis.addEventListener?.("online", end, over);
    signal.addEventListener("abort", end, over);
  });
}

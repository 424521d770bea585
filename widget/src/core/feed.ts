// What happens in the user's threads, over one connection a browser: the tab that holds a lock listens to the server and tells the others.
import type { Client } from "./client.ts";
import { ApiError } from "./errors.ts";
import { createSseParser } from "./sse.ts";

export type Happening = {
  type: string;
  thread_id: string;
  run_id?: string;
  status?: string;
  item_ids?: string[];
  kind?: "positive" | "negative";
};
export type Ears = {
  /** Something happened; `stream.reset` and the like included. */
  hear(happening: Happening): void;
  /** Whether the server is within reach. */
  connected(is: boolean): void;
};
type Word =
  | { say: "happened"; happening: Happening; at?: string }
  | { say: "connected"; is: boolean }
  | { say: "leads"; at?: string }
  | { say: "want"; id: string; run: string; after: number }
  | { say: "leave"; id: string }
  | { say: "open"; id: string }
  | { say: "chunk"; id: string; text: string }
  | { say: "end"; id: string; status?: number; message?: string };

const BACKOFF_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000];
// The server says something every few seconds.
const SILENCE_MS = 45_000;
const TICK_MS = 5_000;
// A timer this late was asleep, and so was the connection, which may not know it.
const SLEPT_MS = 20_000;
// A leader answers at once; one that does not is on its way out.
const ANSWER_MS = 1_500;

/** Listens until the signal is aborted. `name` is shared by the tabs of one user on one server, and by nobody else. */
export function listen(client: Client, name: string, ears: Ears, signal: AbortSignal): void {
  const channel = typeof BroadcastChannel === "function" && navigator.locks ? new BroadcastChannel(name) : undefined;
  let position: string | undefined;
  let leads = !channel;
  const readRun = client.runEvents.bind(client);
  const waiting = new Map<string, (word: Word) => void>();
  const serving = new Map<string, AbortController>();

  const tell = (word: Word): void => {
    if (!signal.aborted) channel?.postMessage(word);
  };

  function take(word: Word): void {
    if (word.say === "happened") {
      position = word.at ?? position;
      ears.hear(word.happening);
    } else if (word.say === "connected") ears.connected(word.is);
    else if (word.say === "leads") {
      position = word.at ?? position;
      for (const wake of [...waiting.values()]) wake({ say: "end", id: "", status: 0 }); // Whoever served these is gone.
    } else if (word.say === "want") void (leads && serve(word));
    else if (word.say === "leave") serving.get(word.id)?.abort();
    else waiting.get(word.id)?.(word);
  }

  /** Reads a run on behalf of another tab. */
  async function serve({ id, run, after }: Word & { say: "want" }): Promise<void> {
    const abort = new AbortController();
    serving.set(id, abort);
    const stop = () => abort.abort();
    signal.addEventListener("abort", stop);
    try {
      const response = await readRun(run, after, abort.signal);
      tell({ say: "open", id });
      await pump(response, abort.signal, (text) => tell({ say: "chunk", id, text }));
      tell({ say: "end", id });
    } catch (error) {
      const status = error instanceof ApiError ? error.status : error instanceof Error && error.name === "TapeExpired" ? 410 : 0;
      tell({ say: "end", id, status });
    } finally {
      serving.delete(id);
      signal.removeEventListener("abort", stop);
    }
  }

  /** A run's events as the leader reads them; read directly where there is no leader to ask. */
  client.runEvents = (run, after, aborted) => {
    if (leads || !channel) return readRun(run, after, aborted);
    return new Promise<Response>((resolve, reject) => {
      const id = crypto.randomUUID();
      const encoder = new TextEncoder();
      let body: ReadableStreamDefaultController<Uint8Array> | undefined;
      const close = () => {
        waiting.delete(id);
        clearTimeout(timer);
        tell({ say: "leave", id });
      };
      const timer = setTimeout(() => {
        close();
        readRun(run, after, aborted).then(resolve, reject);
      }, ANSWER_MS);
      const fail = (error: unknown) => {
        close();
        if (body) body.error(error);
        else reject(error);
      };
      aborted.addEventListener("abort", () => fail(aborted.reason));
      waiting.set(id, (word) => {
        if (word.say === "open") {
          clearTimeout(timer);
          resolve(
            new Response(
              new ReadableStream({
                start(controller) {
                  body = controller;
                },
                cancel: close,
              }),
            ),
          );
        } else if (word.say === "chunk") body?.enqueue(encoder.encode(word.text));
        else if (word.say === "end" && word.status === undefined) {
          close();
          body?.close();
        } else if (word.say === "end") {
          clearTimeout(timer);
          if (body) fail(new TypeError("the tab that read this for others is gone"));
          else {
            close();
            readRun(run, after, aborted).then(resolve, reject);
          }
        }
      });
      tell({ say: "want", id, run, after });
    });
  };
  signal.addEventListener("abort", () => {
    client.runEvents = readRun;
    for (const abort of serving.values()) abort.abort();
    channel?.close();
  });

  if (channel) {
    channel.onmessage = ({ data }) => take(data as Word);
    navigator.locks
      .request(name, { signal }, () => {
        leads = true;
        tell({ say: "leads", ...(position && { at: position }) });
        return lead();
      })
      .catch(() => undefined); // Aborted while it waited.
  } else void lead();

  /** One connection after the other. */
  async function lead(): Promise<void> {
    let attempt = 0;
    while (!signal.aborted) {
      const abort = new AbortController();
      const cut = () => abort.abort();
      signal.addEventListener("abort", cut);
      let heard = Date.now();
      let ticked = heard;
      const ticker = setInterval(() => {
        const now = Date.now();
        if (now - ticked > SLEPT_MS || now - heard > SILENCE_MS) cut();
        ticked = now;
      }, TICK_MS);
      addEventListener("online", cut);
      addEventListener("offline", cut);
      try {
        const path = `/v1/chatkit/events${position ? `?after=${encodeURIComponent(position)}` : ""}`;
        const response = await client.rest("GET", path, { accept: "text/event-stream" }, abort.signal);
        say({ say: "connected", is: true });
        const parser = createSseParser();
        await pump(response, abort.signal, (text) => {
          heard = Date.now();
          attempt = 0;
          for (const frame of parser.feed(text)) {
            const happening = parse(frame.data);
            position = frame.id ?? position;
            if (happening) say({ say: "happened", happening, ...(frame.id && { at: frame.id }) });
          }
        });
      } catch (error) {
        // No such page here, or not for this session: there is nothing to wait for.
        if (error instanceof ApiError && !error.passing && error.status !== 429) return hold();
      } finally {
        clearInterval(ticker);
        signal.removeEventListener("abort", cut);
        removeEventListener("online", cut);
        removeEventListener("offline", cut);
        abort.abort();
      }
      if (signal.aborted) return;
      attempt++;
      // One that was cut where it began anew, at the end of a secret's life or a server's, is not worth a word.
      if (attempt > 1) say({ say: "connected", is: false });
      await pause((BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length) - 1] as number) * (0.5 + Math.random()));
    }
  }

  function say(word: Word): void {
    take(word);
    tell(word);
  }

  const hold = () => new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));

  /** Until the time is over, or somebody looks again, or the network is back. */
  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        removeEventListener("online", end);
        document.removeEventListener("visibilitychange", end);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      addEventListener("online", end);
      document.addEventListener("visibilitychange", end);
      signal.addEventListener("abort", end);
    });
  }
}

async function pump(response: Response, signal: AbortSignal, each: (text: string) => void): Promise<void> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const read = await reader?.read();
      if (!read || read.done || signal.aborted) return;
      each(decoder.decode(read.value, { stream: true }));
    }
  } finally {
    reader?.cancel().catch(() => undefined);
  }
}

function parse(data: string): Happening | undefined {
  try {
    const found: unknown = JSON.parse(data);
    return found && typeof found === "object" && "type" in found ? (found as Happening) : undefined;
  } catch {
    return undefined;
  }
}

// One server, spoken to over HTTP: the chat protocol's single POST endpoint, uploads, and the runs that survive a dropped connection.
import { ApiError, TapeExpired } from "./errors.ts";
import type { Session } from "./session.ts";
import type { Run, ServerConfig } from "./types.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;
export type UploadStrategy = { type: "two_phase" } | { type: "direct"; uploadUrl: string };

/** Where requests go: our own service with a client secret, or any one URL speaking the chat protocol. */
export type Door = (
  | { mode: "hosted"; base: string; session: Session }
  | { mode: "custom"; url: string; uploadStrategy?: UploadStrategy }
) & {
  fetch: Fetch;
  /** Whether `fetch` is the page's own, which then has to carry everything. */
  ownFetch?: () => boolean;
};

export type Operation = { type: string; params: Record<string, unknown>; metadata?: Record<string, unknown> };

export class Client {
  constructor(
    readonly door: Door,
    private readonly locale: () => string,
  ) {}

  /** Whether runs can be rejoined, cancelled and listed. */
  get resumable(): boolean {
    return this.door.mode === "hosted";
  }

  async call<T>(type: string, params: Record<string, unknown> = {}, signal?: AbortSignal): Promise<T> {
    return (await this.post({ type, params }, {}, signal)).json() as Promise<T>;
  }

  /** Starts a streaming operation; the answer's body is server-sent events. */
  async open(operation: Operation, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (this.resumable) headers["x-chatdock-client"] = __VERSION__;
    return this.post(operation, headers, signal);
  }

  async run(id: string): Promise<Run> {
    return (await this.rest("GET", `/v1/chatkit/runs/${encodeURIComponent(id)}`)).json() as Promise<Run>;
  }

  /** Replaced while another tab may read runs for this one. */
  async runEvents(id: string, after: number, signal: AbortSignal): Promise<Response> {
    try {
      const headers = { accept: "text/event-stream" };
      return await this.rest("GET", `/v1/chatkit/runs/${encodeURIComponent(id)}/events?after=${after}`, headers, signal);
    } catch (error) {
      if (error instanceof ApiError && (error.status === 410 || error.status === 404))
        throw new TapeExpired(error.message, { cause: error });
      throw error;
    }
  }

  async cancelRun(id: string): Promise<void> {
    await this.rest("POST", `/v1/chatkit/runs/${encodeURIComponent(id)}/cancel`);
  }

  /** The run that was at work on a thread last, whatever waits behind it. */
  async lastRun(threadId: string): Promise<Run | undefined> {
    const response = await this.rest("GET", `/v1/chatkit/threads/${encodeURIComponent(threadId)}/runs?limit=5`);
    return ((await response.json()) as { data: Run[] }).data.find((each) => each.status !== "queued");
  }

  /** The workflow's own greeting, prompts and limits; none where the server has no such page. */
  async config(): Promise<ServerConfig> {
    try {
      return (await this.rest("GET", "/v1/chatkit/config")).json() as Promise<ServerConfig>;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return {};
      throw error;
    }
  }

  private post(operation: Operation, headers: Record<string, string>, signal?: AbortSignal): Promise<Response> {
    const url = this.door.mode === "hosted" ? `${this.door.base}/v1/chatkit/conversation` : this.door.url;
    const body = JSON.stringify(operation);
    return this.send(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body }, signal);
  }

  rest(method: string, path: string, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
    if (this.door.mode !== "hosted") throw new TypeError("needs client secrets");
    return this.send(this.door.base + path, { method, headers }, signal);
  }

  async send(url: string, init: RequestInit, signal?: AbortSignal, transport: Fetch = this.door.fetch): Promise<Response> {
    let refused: string | undefined;
    for (;;) {
      const headers: Record<string, string> = { "accept-language": this.locale(), ...(init.headers as Record<string, string>) };
      const secret = this.door.mode === "hosted" ? await this.door.session.secret(refused) : undefined;
      if (secret) headers.authorization = `Bearer ${secret}`;
      const response = await transport(url, { ...init, headers, ...(signal && { signal }) });
      if (response.ok) return response;
      // Refused once: the secret may have expired or been cancelled, and a new one is worth one more try.
      if (response.status !== 401 || !secret || refused !== undefined) throw await ApiError.from(response);
      refused = secret;
    }
  }
}

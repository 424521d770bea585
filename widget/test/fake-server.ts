// A small real server for browser tests: the built widget, a page, and just enough of the chat protocol to show every state.
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Item, Thread } from "../src/core/types.ts";
import { SCRIPTS } from "./scripts.ts";

export type Script = (say: (event: unknown) => Promise<void>, text: string, threadId: string) => Promise<void>;
type RunTape = { id: string; threadId: string; frames: string[]; ended: boolean; cancelled: boolean; wake: Set<() => void> };

const STATIC = `${__ROOT__}../server/chatdock/web/static/widget/`;
const CSP =
  "default-src 'none'; script-src 'nonce-test'; style-src 'nonce-test'; connect-src 'self'; img-src 'self' data: blob:; require-trusted-types-for 'script'; trusted-types 'none'";

export type FakeServer = { url: string; requests: string[]; cut(): void; close(): Promise<void>; secrets: string[] };

/** Answers what is not the chat's, or says that it does not. */
export type Beside = (request: IncomingMessage, response: ServerResponse, path: string) => Promise<boolean>;

export async function fakeServer(pages: Record<string, string> = {}, beside?: Beside): Promise<FakeServer> {
  const threads = new Map<string, { thread: Thread; items: Item[] }>();
  const runs = new Map<string, RunTape>();
  const byClientId = new Map<string, RunTape>();
  const open = new Set<ServerResponse>();
  const requests: string[] = [];
  const secrets: string[] = [];
  let ids = 0;
  const id = (prefix: string) => `${prefix}_${String(++ids).padStart(6, "0")}`;
  const now = () => new Date().toISOString();

  function startRun(threadId: string, script: Script, text: string, first: unknown[]): RunTape {
    const run: RunTape = { id: id("run"), threadId, frames: [], ended: false, cancelled: false, wake: new Set() };
    runs.set(run.id, run);
    const say = async (event: unknown) => {
      if (run.cancelled) throw new Error("cancelled");
      run.frames.push(`id: ${run.id}:${run.frames.length + 1}\ndata: ${JSON.stringify(event)}\n\n`);
      const { type, item } = event as { type: string; item?: Item };
      const items = threads.get(threadId)?.items;
      if (item && items && (type === "thread.item.done" || type === "thread.item.replaced")) {
        const index = items.findIndex((each) => each.id === item.id);
        if (index < 0) items.push(item);
        else items[index] = item;
      }
      for (const wake of run.wake) wake();
    };
    void (async () => {
      for (const event of first) await say(event);
      await say({ type: "stream_options", stream_options: { allow_cancel: true } });
      await script(say, text, threadId).catch(() => undefined);
      run.ended = true;
      for (const wake of run.wake) wake();
    })();
    return run;
  }

  async function tail(run: RunTape, after: number, response: ServerResponse): Promise<void> {
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "x-chatdock-run-id": run.id,
      "access-control-expose-headers": "x-chatdock-run-id",
    });
    response.setMaxListeners(0);
    open.add(response);
    response.on("close", () => open.delete(response));
    let at = after;
    while (!response.destroyed) {
      while (at < run.frames.length) response.write(run.frames[at++]);
      if (run.ended) break;
      await new Promise<void>((resolve) => {
        const wake = () => {
          run.wake.delete(wake);
          resolve();
        };
        run.wake.add(wake);
        response.on("close", wake);
      });
    }
    response.end();
  }

  function json(response: ServerResponse, body: unknown, status = 200): void {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  async function conversation(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { type, params, metadata } = JSON.parse((await bodyOf(request)).toString());
    const stored = threads.get(params.thread_id);
    requests.push(type);
    if (params.thread_id && !stored)
      return json(response, { error: { message: "No such thread", type: "invalid_request_error", param: null, code: "not_found" } }, 404);
    const page = (items: Item[]) => ({ data: items, has_more: false });
    switch (type) {
      case "threads.list":
        return json(response, { data: [...threads.values()].map((each) => each.thread).reverse(), has_more: false });
      case "threads.get_by_id":
        return json(response, { ...stored?.thread, items: page(stored?.items ?? []) });
      case "threads.update":
        if (stored) stored.thread = { ...stored.thread, title: params.title };
        return json(response, stored?.thread);
      case "threads.delete":
        threads.delete(params.thread_id);
        return json(response, {});
      case "threads.create":
      case "threads.add_user_message": {
        const attached = byClientId.get(metadata?.client_message_id);
        if (attached) return tail(attached, 0, response);
        const first: unknown[] = [];
        let threadId = params.thread_id;
        if (!threadId) {
          threadId = id("cthr");
          const thread: Thread = { id: threadId, created_at: now(), status: { type: "active" }, items: page([]) as Thread["items"] };
          threads.set(threadId, { thread, items: [] });
          first.push({ type: "thread.created", thread });
        }
        const text = params.input.content.map((part: { text: string }) => part.text).join("");
        first.push({
          type: "thread.item.done",
          item: {
            id: id("cti"),
            thread_id: threadId,
            created_at: now(),
            type: "user_message",
            content: params.input.content,
            attachments: [],
            quoted_text: params.input.quoted_text,
            inference_options: {},
          },
        });
        const name = Object.keys(SCRIPTS).find((each) => each && text.startsWith(each)) ?? "";
        const run = startRun(threadId, SCRIPTS[name] as Script, text, first);
        if (metadata?.client_message_id) byClientId.set(metadata.client_message_id, run);
        return tail(run, 0, response);
      }
      case "threads.add_client_tool_output":
        return tail(startRun(params.thread_id, SCRIPTS.echo as Script, JSON.stringify(params.result), []), 0, response);
      case "threads.add_structured_input": {
        const item = stored?.items.find((each) => each.id === params.item_id) as Item & { type: "structured_input" };
        const answered = {
          ...item,
          status: params.input.status,
          inputs: item.inputs.map((each) => ({ ...each, answer: params.input.answers[each.id] ?? { values: [], skipped: true } })),
        };
        return tail(
          startRun(params.thread_id, SCRIPTS.echo as Script, JSON.stringify(params.input.answers), [
            { type: "thread.item.replaced", item: answered },
          ]),
          0,
          response,
        );
      }
      case "threads.custom_action":
        return tail(startRun(params.thread_id, SCRIPTS.echo as Script, JSON.stringify(params.action), []), 0, response);
      case "threads.retry_after_item": {
        if (stored) stored.items = stored.items.slice(0, stored.items.findIndex((each) => each.id === params.item_id) + 1);
        return tail(startRun(params.thread_id, SCRIPTS.echo as Script, "once more", []), 0, response);
      }
      case "input.transcribe": {
        const heard = Buffer.from(params.audio_base64, "base64");
        if (heard.length < 100) return json(response, { error: { message: "Nothing was recorded." } }, 400);
        return json(response, { text: `spoken as ${params.mime_type.split(";")[0]}` });
      }
      default:
        return json(response, {});
    }
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    try {
      if (await beside?.(request, response, url.pathname)) return;
      if (url.pathname === "/session") {
        secrets.push(`ek_${secrets.length + 1}`);
        return json(response, { client_secret: secrets.at(-1) });
      }
      if (url.pathname.startsWith("/v1/") && !request.headers.authorization?.startsWith("Bearer ek_"))
        return json(response, { error: { message: "no", type: "invalid_request_error", param: null, code: null } }, 401);
      if (url.pathname === "/v1/chatkit/conversation") return await conversation(request, response);
      if (url.pathname === "/v1/chatkit/config")
        return json(response, {
          greeting: "Hello! How can we help?",
          title: "Acme support",
          prompts: [
            { label: "Track my order", prompt: "Where is my order?" },
            { label: "Plan a weekend in Lisbon", prompt: "markdown" },
            { label: "Explain how refunds work", prompt: "think" },
            { label: "Compare two plans", prompt: "markdown" },
          ],
          history: { enabled: true },
          file_upload: { enabled: true, max_file_size: 5, max_files: 3 },
        });
      if (url.pathname === "/v1/chatkit/files") {
        await bodyOf(request);
        return json(response, { id: id("atc"), name: "upload.txt", mime_type: "text/plain", type: "file" });
      }
      const run = /^\/v1\/chatkit\/runs\/([^/]+)(\/\w+)?$/.exec(url.pathname);
      if (run) {
        const tape = runs.get(run[1] as string);
        if (!tape) return json(response, { error: { message: "No such run" } }, 404);
        requests.push(`run${run[2] ?? ""}`);
        if (run[2] === "/events") return await tail(tape, Number(url.searchParams.get("after") ?? 0), response);
        if (run[2] === "/cancel") {
          tape.cancelled = tape.ended = true;
          for (const wake of tape.wake) wake();
        }
        return json(response, {
          id: tape.id,
          thread_id: tape.threadId,
          status: tape.ended ? "completed" : "in_progress",
          last_seq: tape.frames.length,
        });
      }
      if (/^\/v1\/chatkit\/threads\/[^/]+\/branches$/.test(url.pathname)) return json(response, { object: "list", data: [] });
      const active = /^\/v1\/chatkit\/threads\/([^/]+)\/runs$/.exec(url.pathname);
      if (active) {
        const data = [...runs.values()]
          .filter((each) => each.threadId === active[1] && !each.ended)
          .map((each) => ({ id: each.id, thread_id: each.threadId, status: "in_progress", last_seq: each.frames.length }));
        return json(response, { object: "list", data, first_id: null, last_id: null, has_more: false });
      }
      if (url.pathname.startsWith("/widget/")) {
        const body = await readFile(STATIC + url.pathname.slice(8)).catch(() => undefined);
        if (!body) return response.writeHead(404).end();
        return response
          .writeHead(200, {
            "content-type": url.pathname.endsWith(".js") ? "text/javascript" : "application/json",
            "access-control-allow-origin": "*",
          })
          .end(body);
      }
      if (url.pathname === "/favicon.ico") return response.writeHead(204).end();
      const page = pages[url.pathname];
      if (page === undefined) return response.writeHead(404).end();
      return response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": CSP }).end(page);
    } catch (error) {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    requests,
    secrets,
    cut() {
      for (const response of open) response.destroy();
    },
    async close() {
      for (const run of runs.values()) run.cancelled = true;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

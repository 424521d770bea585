// The inside of /embed: one chat that takes its options and its secret from the page around it, and from nobody else.
import { ChatDockElement, define, METHODS } from "../launcher/shell.ts";
import { put, type ToFrame, type ToPage } from "./contract.ts";

const CALLABLE = new Set<string>(METHODS);
const EVENTS =
  "ready error log effect deeplink response.start response.end history.open history.close thread.change thread.load.start thread.load.end tool.change".split(
    " ",
  );
// The only page that is listened to; the service has checked it against its allowlist.
const page = document.documentElement.dataset.parent;

define("chat-dock", ChatDockElement);
const chat = document.createElement("chat-dock") as ChatDockElement;
// The conversation to go on with where the browser keeps nothing for a frame of another site.
let begins: string | undefined;
const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
let ids = 0;

const post = (message: ToPage) => {
  if (page) parent.postMessage(message, page);
};

function ask(path: string, args: unknown[]): Promise<unknown> {
  const id = ++ids;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    try {
      post({ type: "chatdock.ask", id, function: path, args });
    } catch {
      post({ type: "chatdock.ask", id, function: path, args: JSON.parse(JSON.stringify(args)) });
    }
  });
}

function stores(): boolean {
  try {
    return !!sessionStorage;
  } catch {
    return false;
  }
}

function listen({ data, origin, source }: MessageEvent<ToFrame>): void {
  if (source !== parent || origin !== page) return;
  switch (data?.type) {
    case "chatdock.options": {
      const options = (typeof data.options === "object" && data.options !== null ? data.options : {}) as Record<string, unknown>;
      for (const path of data.functions ?? []) put(options, path, (...args: unknown[]) => ask(path, args));
      const { fresh, thread, ...attributes } = data.data ?? {};
      if (!chat.isConnected && !stores()) begins = thread;
      if (fresh !== undefined) begins = undefined;
      if (begins) options.initialThread ??= begins;
      if (fresh !== undefined) chat.reset();
      for (const name of Object.keys(chat.dataset)) if (!(name in attributes)) delete chat.dataset[name];
      Object.assign(chat.dataset, attributes);
      chat.setOptions(options);
      if (!chat.isConnected) document.body.append(chat);
      return;
    }
    case "chatdock.call": {
      const { id, method, args } = data;
      const run = CALLABLE.has(method) ? (chat as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[method] : undefined;
      Promise.resolve(run ? run.apply(chat, args) : Promise.reject(new Error(`no method ${method}`))).then(
        () => post({ type: "chatdock.answer", id }),
        (error: Error) => post({ type: "chatdock.answer", id, error: error.message }),
      );
      return;
    }
    case "chatdock.answer": {
      const asked = waiting.get(data.id);
      waiting.delete(data.id);
      if (data.error !== undefined) asked?.reject(new Error(data.error));
      else asked?.resolve(data.value);
    }
  }
}

if (page && parent !== window) {
  for (const name of EVENTS)
    chat.addEventListener(`chatkit.${name}`, (event) => {
      const { detail } = event as CustomEvent;
      post({
        type: "chatdock.event",
        name: `chatkit.${name}`,
        detail: name === "error" ? { error: String(detail?.error?.message) } : detail,
      });
    });
  chat.addEventListener("chatdock.close", () => post({ type: "chatdock.close" }));
  new ResizeObserver(([entry]) => {
    if (entry) post({ type: "chatdock.size", width: entry.contentRect.width, height: entry.contentRect.height });
  }).observe(chat);
  addEventListener("message", listen);
  post({ type: "chatdock.ready", version: __VERSION__ });
}

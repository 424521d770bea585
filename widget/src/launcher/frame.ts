// The chat in an iframe of its service, behind the same element, methods and events: for pages that keep strangers' code out of theirs.
import type { Controller } from "../elements/controller.ts";
import { at, type ToFrame, type ToPage, withoutFunctions } from "../embed/contract.ts";

// As in mount.tsx: one module for both would be one more request with every first conversation.
const LIVE = ["greeting", "title", "locale", "color-scheme", "accent"].map((each) => `data-${each}`);
const PASSED_ON = ["greeting", "title", "locale", "colorScheme", "accent", "closable", "height", "user", "fresh", "name"];

export function mount(element: HTMLElement, serverBase: string): Controller {
  const shadow = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  const base = (element.dataset.api ?? serverBase).replace(/\/+$/, "");
  const frame = document.createElement("iframe");
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    ":host{display:block;height:100%}:host([hidden]){display:none}iframe{display:block;width:100%;height:100%;border:0;color-scheme:normal}",
  );
  shadow.adoptedStyleSheets = [sheet];
  frame.src = `${base}/embed?${new URLSearchParams({ parent: location.origin })}`;
  frame.allow = `microphone ${new URL(base).origin}; clipboard-write ${new URL(base).origin}`;
  frame.setAttribute("part", "frame");
  const { origin } = new URL(frame.src);
  const stop = new AbortController();
  const calls = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let ids = 0;
  let ready: () => void;
  const loaded = new Promise<void>((resolve) => {
    ready = resolve;
  });
  let given: unknown;
  // Browsers that keep nothing for frames of other sites forget what is open; this page is told of it anyway.
  const left = new Left(base + (element.dataset.name ?? ""), element.dataset.user);

  const post = (message: ToFrame) => frame.contentWindow?.postMessage(message, origin);

  function sendOptions(): void {
    const options = { ...(given as Record<string, unknown> | undefined) };
    const { sessionEndpoint } = element.dataset;
    if (!options.api && sessionEndpoint) options.api = { getClientSecret: () => mint(sessionEndpoint) };
    const title = (options.frameTitle as string | undefined) ?? element.dataset.title ?? "Chat";
    frame.title = title;
    const { data, functions } = withoutFunctions(options);
    const dataset: Record<string, string> = {};
    for (const name of PASSED_ON) if (element.dataset[name] !== undefined) dataset[name] = element.dataset[name] as string;
    delete element.dataset.fresh;
    if (left.thread) dataset.thread = left.thread;
    given = options;
    // A page's own fetch answers with what cannot be handed over; the frame fetches for itself.
    post({ type: "chatdock.options", options: data, functions: functions.filter((each) => each !== "api.fetch"), data: dataset });
  }

  async function asked({ id, function: path, args }: ToPage & { type: "chatdock.ask" }): Promise<void> {
    try {
      const { owner, value } = at(given, path);
      if (typeof value !== "function") throw new TypeError(`the options have no ${path}`);
      post({ type: "chatdock.answer", id, value: await value.apply(owner, args) });
    } catch (error) {
      post({ type: "chatdock.answer", id, error: error instanceof Error ? error.message : String(error) });
    }
  }

  addEventListener(
    "message",
    (event) => {
      if (event.source !== frame.contentWindow || event.origin !== origin) return;
      const message = event.data as ToPage;
      switch (message?.type) {
        case "chatdock.ready":
          sendOptions();
          ready();
          return;
        case "chatdock.ask":
          void asked(message);
          return;
        case "chatdock.answer": {
          const call = calls.get(message.id);
          calls.delete(message.id);
          if (message.error !== undefined) call?.reject(new Error(message.error));
          else call?.resolve(message.value);
          return;
        }
        case "chatdock.event": {
          const detail = message.detail as { error?: string } | null;
          if (message.name === "chatkit.thread.change") left.thread = (message.detail as { threadId: string | null }).threadId;
          const error = message.name === "chatkit.error" ? { error: new Error(detail?.error) } : detail;
          element.dispatchEvent(new CustomEvent(message.name, { detail: error }));
          if (message.name === "chatkit.ready") element.dispatchEvent(new CustomEvent("chatdock:ready", { bubbles: true, composed: true }));
          return;
        }
        case "chatdock.close":
          element.dispatchEvent(new CustomEvent("chatdock.close"));
          return;
        case "chatdock.size":
          if (element.dataset.height === "auto") frame.style.height = `${Math.ceil(message.height)}px`;
      }
    },
    { signal: stop.signal },
  );
  shadow.replaceChildren(frame);
  const watch = new MutationObserver(() => void loaded.then(sendOptions));
  watch.observe(element, { attributeFilter: LIVE });

  const call =
    (method: string) =>
    async (...args: unknown[]): Promise<void> => {
      await loaded;
      if (method === "focusComposer") frame.focus();
      const id = ++ids;
      await new Promise((resolve, reject) => {
        calls.set(id, { resolve, reject });
        post({ type: "chatdock.call", id, method, args });
      });
    };

  return {
    setOptions(options) {
      given = options;
      void loaded.then(sendOptions);
    },
    focusComposer: call("focusComposer"),
    setThreadId: call("setThreadId"),
    sendUserMessage: call("sendUserMessage"),
    setComposerValue: call("setComposerValue"),
    fetchUpdates: call("fetchUpdates"),
    sendCustomAction: call("sendCustomAction"),
    showHistory: call("showHistory"),
    hideHistory: call("hideHistory"),
    dispose(forget) {
      // What its user left behind is in the frame's own storage: the next frame's first task.
      if (forget) {
        element.dataset.fresh = "";
        left.thread = null;
      }
      stop.abort();
      watch.disconnect();
      for (const { reject } of calls.values()) reject(new Error("the chat was removed"));
      shadow.replaceChildren();
    },
  };
}

/** The thread that was open, for the user who speaks: one finds nothing of another. */
class Left {
  #key: string;
  #whose: string;

  constructor(base: string, user = "") {
    this.#key = `chatdock.thread.framed:${base}`;
    // Tells users apart without writing down who they are.
    this.#whose = `${[...user].reduce((hash, each) => (Math.imul(hash, 31) + (each.codePointAt(0) ?? 0)) | 0, 7)} `;
  }

  get thread(): string | null {
    try {
      const found = sessionStorage.getItem(this.#key);
      return found?.startsWith(this.#whose) ? found.slice(this.#whose.length) : null;
    } catch {
      return null; // The page's own storage is switched off as well.
    }
  }

  set thread(id: string | null) {
    try {
      if (id === null) sessionStorage.removeItem(this.#key);
      else sessionStorage.setItem(this.#key, this.#whose + id);
    } catch {
      // Then a reload begins a new thread.
    }
  }
}

async function mint(endpoint: string): Promise<unknown> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
    credentials: "same-origin",
  });
  if (!response.ok) throw new Error(`the session endpoint answered ${response.status}`);
  return response.json();
}

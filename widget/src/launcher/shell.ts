// The element as the page sees it from the first moment: small, synchronous, and standing in for the chat until that is loaded.
import type { Controller } from "../elements/controller.ts";
import { wantedLocales } from "../i18n/wanted.ts";
import { on } from "./switch.ts";

type Mount = (element: HTMLElement, serverBase: string) => Controller;

const script = document.currentScript as HTMLScriptElement | null;
// A script inside a shadow root is nobody's current one, but its address is in its stack.
const scriptUrl = script?.src || (/https?:.*?\.js/.exec(new Error().stack ?? "")?.[0] ?? document.baseURI);

export const ownScript = script;
/** The service this script came from: all before its `/widget/` folder. */
export const serverBase = new URL(scriptUrl).href.replace(/[?#].*$/, "").replace(/\/(?:widget\/.*|[^/]*)$/, "");

/** One of the scripts beside this one. */
export const chunk = <T>(name: string): Promise<T> => import(new URL(name, scriptUrl).href);

/** The chat, or the frame that holds it. Asked again, a browser has it at hand; after a failure it asks the network again. */
export function load(element: HTMLElement): Promise<Mount> {
  const framed = on(element.dataset.frame);
  // What the chat itself imports is asked for beside it, not after it.
  if (!framed && !/^en/i.test(wantedLocales(element.dataset.locale)[0] ?? "en")) chunk(`nearest-${__WORDS__}.js`).catch(() => undefined);
  return chunk<{ mount: Mount }>(framed ? __FRAME__ : __APP__).then((module) => module.mount);
}

export const METHODS = [
  "focusComposer",
  "setThreadId",
  "sendUserMessage",
  "setComposerValue",
  "fetchUpdates",
  "sendCustomAction",
  "showHistory",
  "hideHistory",
] as const;

type Methods = { [K in (typeof METHODS)[number]]: Controller[K] };

// The methods are defined on the prototype below; declaring them here gives them their types.
export interface ChatDockElement extends Methods {}
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: every declared method is defined right after the class
export class ChatDockElement extends HTMLElement {
  static observedAttributes = ["classname", "data-user"];
  #options: unknown;
  #given = false;
  #controller: Controller | undefined;
  #mounting: Promise<Controller> | undefined;

  setOptions(options: unknown): void {
    this.#options = options;
    this.#given = true;
    this.#controller?.setOptions(options);
  }

  connectedCallback(): void {
    void this.mounted();
  }

  disconnectedCallback(): void {
    // An element that is only moved is back before this runs.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#controller?.dispose();
      this.#controller = this.#mounting = undefined;
    });
  }

  /** Signs the user out: their drafts, thread and secret go, and the next message begins a new session. */
  reset(): void {
    this.#controller?.dispose(true);
    this.#controller = this.#mounting = undefined;
    try {
      for (const key of Object.keys(sessionStorage)) if (/^chatdock\.[dt]/.test(key)) sessionStorage.removeItem(key);
    } catch {
      // Storage may be switched off; then there is nothing in it.
    }
    if (this.isConnected) void this.mounted();
  }

  // React 18 writes `className` as an attribute of that name.
  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (name > "d") {
      if (before !== after && this.#controller) this.reset();
      return;
    }
    if (before) this.classList.remove(...before.split(/\s+/).filter(Boolean));
    if (after) this.classList.add(...after.split(/\s+/).filter(Boolean));
  }

  /** The chat behind the element, once there is one. */
  mounted(): Promise<Controller> {
    this.#mounting ??= load(this)
      .then((mount) => {
        if (!this.isConnected) throw new Error("removed before the chat was loaded");
        const controller = mount(this, serverBase);
        this.#controller = controller;
        if (this.#given) controller.setOptions(this.#options);
        return controller;
      })
      .catch((error: unknown) => {
        this.#mounting = undefined;
        if (this.isConnected) this.dispatchEvent(new CustomEvent("chatkit.error", { detail: { error } }));
        throw error;
      });
    this.#mounting.catch(() => undefined);
    return this.#mounting;
  }
}

for (const name of METHODS)
  (ChatDockElement.prototype as unknown as { [name: string]: unknown })[name] = function (this: ChatDockElement, ...args: unknown[]) {
    return this.mounted().then((controller) => (controller[name] as (...args: unknown[]) => Promise<void>)(...args));
  };

export function define(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element);
}

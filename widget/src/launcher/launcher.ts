// The bubble in the corner and the panel it opens, in the page's top layer, where no stacking order or transform can hide them.
import { wantedLocales } from "../i18n/resolve.ts";
import { type ChatDockElement, chunk, load, ownScript } from "./shell.ts";

export type LauncherOptions = {
  options?: unknown;
  sessionEndpoint?: string;
  api?: string;
  position?: string;
  greeting?: string;
  colorScheme?: string;
  accent?: string;
  title?: string;
  open?: boolean | string;
  locale?: string;
};

const CSS_TEXT = `:host{all:initial;position:fixed;inset:auto;margin:0;padding:0;border:0;background:none;overflow:visible;bottom:20px;inset-inline-end:20px;display:flex!important;flex-direction:column;align-items:flex-end;gap:14px;z-index:2147483000;font:16px system-ui}
:host([data-position=left]){inset-inline:20px auto;align-items:flex-start}
:host([hidden]){display:none!important}
.b{all:unset;box-sizing:border-box;position:relative;display:grid;place-items:center;width:56px;height:56px;border-radius:50%;background:var(--ck-accent,#17171a);color:var(--on,#fff);cursor:pointer;box-shadow:0 1px 2px #0003,0 8px 24px #0003;transition:transform .16s}
.b:hover{transform:scale(1.05)}.b:active{transform:scale(.96)}
.b:focus-visible{outline:3px solid #4c8dff;outline-offset:3px}
svg{width:26px;height:26px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.n{position:absolute;top:-3px;inset-inline-end:-3px;min-width:20px;box-sizing:border-box;padding:0 5px;border-radius:10px;background:#d92d20;color:#fff;font-size:12px;line-height:20px;text-align:center}.n:empty{display:none}
.p{display:none;box-sizing:border-box;width:min(400px,calc(100vw - 40px));height:min(680px,calc(100dvh - 110px));border-radius:20px;overflow:hidden;box-shadow:0 0 0 1px #0000000f,0 12px 48px #0003}
:host(.o) .p{display:block;animation:i .18s ease-out}
@keyframes i{from{opacity:0;transform:translateY(8px)}}
@media (max-width:480px){:host(.o){inset:0;gap:0}:host(.o) .p{width:100%;height:100%;border-radius:0}:host(.o) .b{display:none}}
@media (prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
@media print{:host{display:none!important}}`;
const OPEN_ICON = "M20 11.5a8 8 0 0 1-11.8 7L4 20l1.5-4.2A8 8 0 1 1 20 11.5z";
const CLOSE_ICON = "M6 9l6 6 6-6";

type Listener = (detail: unknown) => void;

export class Launcher {
  readonly host = document.createElement("div");
  readonly element: ChatDockElement;
  #button = document.createElement("button");
  #panel = document.createElement("div");
  #badge = document.createElement("span");
  #path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  #unread = 0;
  #words = ["Open chat", "Close chat"];
  #listeners = new Map<string, Set<Listener>>();

  constructor(settings: LauncherOptions) {
    const { host } = this;
    const shadow = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS_TEXT);
    shadow.adoptedStyleSheets = [sheet];
    if (settings.position?.includes("left")) host.dataset.position = "left";
    if (settings.accent) host.style.setProperty("--ck-accent", settings.accent);

    this.element = document.createElement("chat-dock") as ChatDockElement;
    this.element.style.cssText = "width:100%;height:100%";
    const locale = settings.locale ?? (settings.options as { locale?: string } | undefined)?.locale;
    for (const name of ["sessionEndpoint", "api", "greeting", "colorScheme", "accent", "title", "locale"] as const) {
      const value = settings[name];
      if (value !== undefined) this.element.dataset[name] = value;
    }
    if (settings.options) this.element.setOptions(settings.options);
    this.element.dataset.closable = "";
    this.element.addEventListener("chatkit.response.end", () => this.#count());
    this.element.addEventListener("chatdock.close", () => this.close());

    this.#panel.className = "p";
    this.#panel.id = "p";
    this.#badge.className = "n";
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.append(this.#path);
    const button = this.#button;
    button.className = "b";
    button.type = "button";
    button.setAttribute("part", "launcher");
    button.setAttribute("aria-controls", "p");
    button.append(svg, this.#badge);
    button.addEventListener("click", () => this.toggle());
    button.addEventListener("pointerenter", () => void load(), { once: true });
    host.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.isOpen) this.close();
    });
    shadow.append(this.#panel, button);
    host.popover = "manual";
    document.body.append(host);
    host.showPopover?.();
    this.#show();
    const wanted = wantedLocales(locale);
    if (!wanted[0]?.startsWith("en"))
      void chunk<typeof import("../i18n/labels.ts")>(`labels-${__WORDS__}.js`).then(({ launcherLabels }) => {
        this.#words = launcherLabels(wanted) ?? this.#words;
        this.#show();
      });
    if (settings.open === true || settings.open === "" || settings.open === "true") this.open();
  }

  get isOpen(): boolean {
    return this.host.classList.contains("o");
  }

  open(): void {
    if (this.isOpen) return;
    if (!this.element.isConnected) this.#panel.append(this.element);
    this.host.classList.add("o");
    this.#unread = 0;
    this.#show();
    void this.element.mounted().then((chat) => (this.isOpen ? chat.focusComposer() : undefined));
    this.#emit("open");
  }

  close(): void {
    if (!this.isOpen) return;
    this.host.classList.remove("o");
    this.#show();
    this.#button.focus();
    this.#emit("close");
  }

  toggle(): void {
    if (this.isOpen) this.close();
    else this.open();
  }

  show(): void {
    this.host.hidden = false;
  }

  hide(): void {
    this.host.hidden = true;
  }

  /** A new session and an empty panel. */
  reset(): void {
    const { element } = this;
    if (!element.isConnected) return;
    void element.setThreadId(null).finally(() => {
      element.remove();
      // Once it has let go of the old session, it starts with none.
      setTimeout(() => this.#panel.append(element));
    });
  }

  destroy(): void {
    this.host.remove();
    this.#listeners.clear();
  }

  on(name: string, listener: Listener): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set.add(listener));
    if (name.startsWith("chatkit."))
      this.element.addEventListener(name, (event) => set.has(listener) && listener((event as CustomEvent).detail));
    return () => set.delete(listener);
  }

  #emit(name: string, detail?: unknown): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(detail);
  }

  #count(): void {
    if (this.isOpen) return;
    this.#unread++;
    this.#show();
    this.#emit("unread", this.#unread);
  }

  #show(): void {
    const label = this.#words[this.isOpen ? 1 : 0] as string;
    this.#button.setAttribute("aria-label", this.#unread ? `${label} (${this.#unread})` : label);
    this.#button.setAttribute("aria-expanded", String(this.isOpen));
    this.#badge.textContent = this.#unread ? String(this.#unread) : "";
    this.#path.setAttribute("d", this.isOpen ? CLOSE_ICON : OPEN_ICON);
  }
}

/** Settings from the script tag's own data- attributes. */
export function scriptSettings(): LauncherOptions | undefined {
  const data = ownScript?.dataset;
  return data?.sessionEndpoint === undefined ? undefined : ({ ...data } as LauncherOptions);
}

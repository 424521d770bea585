// The bubble in the corner, in the page's top layer, where no stacking order or transform can hide it. What it opens is in panel.ts, which
// comes with the first wish for it.
import { wantedLocales } from "../i18n/wanted.ts";
import type { Panel } from "./panel.ts";
import type { LauncherOptions } from "./settings.ts";
import { type ChatDockElement, chunk, load, ownScript } from "./shell.ts";
import { on } from "./switch.ts";

const CSS_TEXT = `:host{all:initial!important;--x:20px;--y:20px;position:fixed!important;inset:auto var(--x) var(--y) auto!important;overflow:visible!important;z-index:var(--z,2147483000)!important;display:flex!important;flex-direction:column!important;align-items:flex-end!important;gap:14px!important;font:16px system-ui!important}\
:host([data-position*=left]){inset-inline:var(--x) auto!important;align-items:flex-start!important}\
:host([data-position*=top]){inset-block:var(--y) auto!important;flex-direction:column-reverse!important}\
:host([hidden]),.b[hidden]{display:none!important}\
.b{all:unset;box-sizing:border-box;position:relative;display:grid;place-items:center;width:56px;height:56px;border-radius:50%;background:var(--ck-launcher,var(--ck-accent,#17171a));color:var(--ck-on-launcher,#fff);cursor:pointer;box-shadow:0 1px 2px #0003,0 8px 24px #0003;transition:transform .16s}\
.b:hover{transform:scale(1.05)}\
.b:focus-visible{outline:3px solid #4c8dff;outline-offset:3px}\
svg{width:26px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}\
@media(prefers-reduced-motion){.b{transition:none}}\
@media print{:host{display:none!important}}`;
const OPEN_ICON = "M20 11.5a8 8 0 0 1-11.8 7L4 20l1.5-4.2A8 8 0 1 1 20 11.5z";

export class Launcher {
  readonly host = document.createElement("div");
  readonly shadow = this.host.attachShadow({ mode: "open" });
  readonly button = document.createElement("button");
  readonly box = document.createElement("dialog");
  readonly element = document.createElement("chat-dock") as ChatDockElement;
  readonly path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  readonly stop = new AbortController();
  readonly script = ownScript;
  readonly settings: LauncherOptions;
  /** To open, to close, to put away the preview. */
  words = ["Open chat", "Close chat", "Dismiss message"];
  #panel: Promise<Panel> | undefined;

  constructor(settings: LauncherOptions) {
    const { host, button, element, path } = this;
    const { style, dataset } = host;
    const { mode, launcherSelector, accent, offsetX, offsetY, zIndex } = settings;
    const locale = settings.locale ?? (settings.options as { locale?: string } | undefined)?.locale;
    this.settings = settings;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS_TEXT);
    this.shadow.adoptedStyleSheets = [sheet];
    dataset.position = settings.position ?? (document.dir === "rtl" ? "left" : "");
    for (const [name, value] of [
      ["--ck-accent", accent],
      ["--x", offsetX && Number.parseFloat(`${offsetX}`) + "px"],
      ["--y", offsetY && Number.parseFloat(`${offsetY}`) + "px"],
      ["--z", zIndex],
    ] as const)
      if (value) style.setProperty(name, `${value}`);

    for (const name of ["sessionEndpoint", "api", "greeting", "colorScheme", "accent", "title", "locale", "user", "frame", "name"] as const)
      if (settings[name] !== undefined) element.dataset[name] = `${settings[name]}`;
    if (settings.options) element.setOptions(settings.options);
    element.dataset.closable = "";

    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.append(path);
    path.setAttribute("d", OPEN_ICON);
    button.className = "b";
    button.part = "launcher";
    button.ariaLabel = this.words[0] as string;
    button.ariaExpanded = "false";
    button.append(svg);
    button.onclick = () => this.run("toggle");
    button.onpointerenter = () => void load(element);
    button.hidden = on(settings.hideLauncher);
    this.shadow.append(this.box, button);
    if (!zIndex) host.popover = "manual";
    const { signal } = this.stop;
    if (launcherSelector)
      addEventListener(
        "click",
        (event) => event.composedPath().some((each) => (each as Element).matches?.(launcherSelector)) && this.run("toggle"),
        { signal },
      );
    const wanted = wantedLocales(locale);
    if (!wanted[0]?.startsWith("en"))
      void chunk<typeof import("../i18n/labels.ts")>(`labels-${__WORDS__}.js`).then(({ launcherLabels }) => {
        this.words = launcherLabels(wanted) ?? this.words;
        button.ariaLabel = this.words[this.box.open ? 1 : 0] as string;
      });
    if (mode === "inline" || mode === "page") {
      // Beside the code that finds its place, not after it; whoever asks again hears of a failure.
      load(element).catch(() => undefined);
      this.run("place");
    } else {
      this.attach();
      // A page that changes its whole body takes the bubble along.
      const watch = new MutationObserver(() => this.attach());
      watch.observe(document.documentElement, { childList: true });
      signal.onabort = () => watch.disconnect();
      if (on(settings.open)) this.run("open");
      if (settings.autoOpenSeconds !== undefined || settings.previewMessage) this.run("wait");
    }
  }

  attach(): void {
    if (this.host.isConnected) return;
    document.body.append(this.host);
    if (this.host.popover) this.host.showPopover?.();
  }

  hide(hidden: boolean): void {
    this.host.hidden = hidden;
  }

  on(name: string, listener: (detail: unknown) => void): () => void {
    const target = name.startsWith("chatkit.") ? this.element : this.host;
    const heard = (event: Event) => listener((event as CustomEvent).detail);
    target.addEventListener(name, heard, this.stop); // Of a controller a listener takes the signal.
    return () => target.removeEventListener(name, heard);
  }

  destroy(): void {
    this.stop.abort();
    if (this.#panel) this.run("destroy");
    this.host.remove();
    this.element.remove();
  }

  /** Whatever the panel can do, once it is here. */
  run(verb: "open" | "close" | "toggle" | "place" | "wait" | "destroy"): void {
    if (/open|tog/.test(verb) && !this.element.isConnected) this.box.append(this.element);
    this.#panel ??= chunk<typeof import("./panel.ts")>(__PANEL__).then((module) => new module.Panel(this));
    void this.#panel.then((panel) => panel[verb]());
  }
}

/** Settings from the script tag's own data- attributes. */
export function scriptSettings(): LauncherOptions | undefined {
  const data = ownScript?.dataset;
  return data?.sessionEndpoint === undefined ? undefined : { ...data };
}

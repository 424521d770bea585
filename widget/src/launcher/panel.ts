// What the bubble opens: a popup beside it, a panel along the page's side, the whole screen of a phone, or a chat that stands in the page.
import type { Launcher } from "./launcher.ts";
import css from "./panel.css";
import { chime } from "./sound.ts";
import { on } from "./switch.ts";

const PHONE = "(max-width: 480px), (max-height: 480px) and (pointer: coarse)";
const PREVIEW_SECONDS = 5;
const CLOSE_ICON = "M6 9l6 6 6-6";
const CROSS = "M6 6l12 12M18 6L6 18";
// Kept for the tab's life: who has closed the chat or the preview is not asked again on the next page.
const ASKED = "chatdock.asked";

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

export class Panel {
  #launcher: Launcher;
  #badge = document.createElement("span");
  #status = document.createElement("span");
  #preview: HTMLElement | undefined;
  #unread = 0;
  /** Other threads that wait to be read. */
  #threads = 0;
  #openIcon: string;
  #phone = matchMedia(PHONE);
  #overflow = "";
  #timers: ReturnType<typeof setTimeout>[] = [];

  constructor(launcher: Launcher) {
    this.#launcher = launcher;
    const { host, shadow, button, box, element, path, settings, stop } = launcher;
    const { signal } = stop;
    this.#openIcon = path.getAttribute("d") ?? "";
    shadow.adoptedStyleSheets.push(sheet);
    host.classList.toggle("side", settings.mode === "side");
    host.classList.toggle("bare", Boolean(button.hidden));
    if (settings.width) host.style.setProperty("--w", length(settings.width));
    if (settings.height) host.style.setProperty("--h", length(settings.height));
    box.className = "p";
    box.id = "p";
    box.setAttribute("part", "window");
    button.setAttribute("aria-controls", "p");
    this.#badge.className = "n";
    this.#badge.setAttribute("part", "badge");
    this.#badge.ariaHidden = "true";
    this.#status.className = "s";
    this.#status.role = "status";
    button.append(this.#badge);
    shadow.append(this.#status);
    element.addEventListener("chatdock.close", () => this.close(), { signal });
    element.addEventListener("chatkit.response.end", () => this.#count(), { signal });
    element.addEventListener(
      "chatdock.unread",
      ({ detail }: CustomEventInit<number>) => {
        this.#threads = detail ?? 0;
        this.#show();
      },
      { signal },
    );
    box.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    host.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.isOpen && !event.defaultPrevented) this.close();
    });
    this.#phone.addEventListener("change", () => this.isOpen && this.#display(), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.isOpen && this.#seen(), { signal });
    for (const name of ["resize", "scroll"]) window.visualViewport?.addEventListener(name, () => this.#fit(), { signal });
  }

  get isOpen(): boolean {
    return this.#launcher.box.open;
  }

  open(): void {
    if (this.isOpen) return;
    this.#endPreview();
    this.#display();
    this.#seen();
    this.#show();
    const { element } = this.#launcher;
    void element.mounted().then((chat) => (this.isOpen ? chat.focusComposer() : undefined));
    this.#emit("open");
  }

  close(): void {
    if (!this.isOpen) return;
    this.#hideBox();
    this.#show();
    this.#launcher.button.focus();
    remember();
    this.#emit("close");
  }

  toggle(): void {
    if (this.isOpen) this.close();
    else this.open();
  }

  /** In the page's flow, or as the whole page: no bubble and nothing to close. */
  place(): void {
    const { element, settings } = this.#launcher;
    const { mode, target, height } = settings;
    if (element.isConnected) return;
    delete element.dataset.closable;
    element.style.cssText =
      mode === "page" ? "position:fixed;inset:0;height:auto" : height === "auto" ? "height:auto" : `height:${length(height ?? "640px")}`;
    if (height === "auto" && mode === "inline") element.dataset.height = "auto";
    const at = mode === "inline" && (target ? document.querySelector(target) : this.#launcher.script?.isConnected && this.#launcher.script);
    if (at instanceof HTMLScriptElement) at.after(element);
    else (at || document.body).append(element);
  }

  /** What comes by itself: the chat or a message before it, unless the visitor has closed either before. */
  wait(): void {
    const { autoOpenSeconds, previewMessage, previewSeconds } = this.#launcher.settings;
    if (asked()) return;
    const later = (seconds: number, act: () => void) =>
      this.#timers.push(setTimeout(() => !this.isOpen && !asked() && act(), seconds * 1_000));
    if (autoOpenSeconds !== undefined) later(Number(autoOpenSeconds) || 0, () => this.#launcher.run("open"));
    if (previewMessage) later(Number(previewSeconds ?? PREVIEW_SECONDS) || 0, () => this.#showPreview(previewMessage));
  }

  destroy(): void {
    if (this.isOpen) this.#hideBox();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#badgeApp(0);
  }

  /** The icon of a page that is an installed app, in the browsers that know of such; a badge of nothing is none. */
  #badgeApp(unread: number): void {
    if (on(this.#launcher.settings.appBadge)) void navigator.setAppBadge?.(unread).catch(() => undefined);
  }

  #display(): void {
    const { host, box } = this.#launcher;
    const phone = this.#phone.matches;
    if (this.isOpen) this.#hideBox();
    host.classList.add("open");
    host.classList.toggle("phone", phone);
    if (phone) {
      // A phone shows nothing but the chat, so nothing behind it may be reached or scrolled.
      const { style } = document.documentElement;
      this.#overflow = style.overflow;
      style.overflow = "hidden";
      box.showModal();
    } else box.show();
    this.#fit();
  }

  #hideBox(): void {
    const { host, box } = this.#launcher;
    if (host.classList.contains("phone")) document.documentElement.style.overflow = this.#overflow;
    host.classList.remove("open", "phone");
    box.close();
  }

  /** A phone's keyboard takes its room from what is seen, not from the page. */
  #fit(): void {
    const { visualViewport: view } = window;
    const { style } = this.#launcher.host;
    if (view?.scale !== 1) return;
    style.setProperty("--vh", `${view.height}px`);
    style.setProperty("--vt", `${view.offsetTop}px`);
  }

  #count(): void {
    if (this.isOpen && document.visibilityState === "visible") return;
    this.#unread++;
    this.#show();
    if (on(this.#launcher.settings.sound)) chime();
    this.#emit("unread", this.#unread);
  }

  #seen(): void {
    if (!this.#unread) return;
    this.#unread = 0;
    this.#show();
    this.#emit("unread", 0);
  }

  #show(): void {
    const { button, path } = this.#launcher;
    const label = this.#launcher.words[this.isOpen ? 1 : 0] as string;
    const unread = this.isOpen ? this.#unread : this.#unread + this.#threads;
    button.ariaLabel = unread ? `${label} (${unread})` : label;
    button.ariaExpanded = String(this.isOpen);
    this.#badge.textContent = unread ? String(unread) : "";
    this.#badgeApp(unread);
    this.#status.textContent = unread ? button.ariaLabel : "";
    path.setAttribute("d", this.isOpen ? CLOSE_ICON : this.#openIcon);
  }

  #showPreview(text: string): void {
    if (this.#preview) return;
    const { shadow, button, path } = this.#launcher;
    const card = document.createElement("div");
    card.className = "m";
    card.setAttribute("part", "preview");
    card.role = "status";
    const words = document.createElement("button");
    words.type = "button";
    words.textContent = text;
    words.dir = "auto";
    words.onclick = () => this.#launcher.run("open");
    const dismiss = document.createElement("button");
    dismiss.type = "button";
    dismiss.ariaLabel = this.#launcher.words[2] as string;
    const cross = (path.ownerSVGElement as SVGSVGElement).cloneNode(true) as SVGSVGElement;
    cross.firstElementChild?.setAttribute("d", CROSS);
    dismiss.append(cross);
    dismiss.onclick = () => {
      this.#endPreview();
      remember();
      button.focus();
    };
    card.append(words, dismiss);
    shadow.insertBefore(card, button);
    this.#preview = card;
    this.#emit("preview");
  }

  #endPreview(): void {
    this.#preview?.remove();
    this.#preview = undefined;
  }

  #emit(name: string, detail?: unknown): void {
    this.#launcher.host.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function length(value: string): string {
  return /^[\d.]+$/.test(value) ? `${value}px` : value;
}

function asked(): boolean {
  try {
    return sessionStorage.getItem(ASKED) !== null;
  } catch {
    return false;
  }
}

function remember(): void {
  try {
    sessionStorage.setItem(ASKED, "");
  } catch {
    // Storage may be switched off; then each page asks anew.
  }
}

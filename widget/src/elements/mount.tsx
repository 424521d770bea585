// Puts a chat into an element: options in, ChatKit's methods and events out, everything else behind a shadow root.
import { batch, effect, signal } from "@preact/signals";
import { render } from "preact";
import { Client } from "../core/client.ts";
import { Composer } from "../core/composer.ts";
import { type ChatOptions, sameOptions, usable } from "../core/options.ts";
import { Chat, type ChatHost } from "../core/store.ts";
import type { ServerConfig } from "../core/types.ts";
import { ENGLISH, type Language, loadLanguage, withTerms } from "../i18n/locale.ts";
import { wantedLocales } from "../i18n/wanted.ts";
import { themeOf } from "../theme/theme.ts";
import { Announcer } from "./announcer.ts";
import { App } from "./app.tsx";
import base from "./base.css";
import { type Enlarged, type View, ViewContext } from "./context.ts";
import type { Controller } from "./controller.ts";
import { onNextFrame } from "./frame.ts";
import { attachmentLimits } from "./limits.ts";
import { Memory } from "./memory.ts";
import { narrate } from "./narrator.ts";
import { attributeScheme, doorOf, identity, withAttributes } from "./partner.ts";
import type { WidgetRenderer } from "./widget-host.tsx";

// A pointer that only passes by opens nothing; one on its way to the card keeps it.
const CARD_AFTER_MS = 120;
const CARD_STAYS_MS = 240;

// Any service takes a message of so many characters; of a longer one it is found out before it is sent.
const SHORT = 30_000;

const LIVE = ["greeting", "title", "locale", "color-scheme", "accent"].map((each) => `data-${each}`);

// One sheet for a text, whatever the number of widgets on the page.
const sheets = new Map<string, CSSStyleSheet>();

function sheetOf(css: string): CSSStyleSheet {
  const sheet = sheets.get(css) ?? new CSSStyleSheet();
  if (!sheets.has(css)) {
    sheet.replaceSync(css);
    sheets.set(css, sheet);
  }
  return sheet;
}

/** `serverBase` is where the element's own script came from: the service to talk to unless the page names another. */
export function mount(element: HTMLElement, serverBase: string): Controller {
  // On its way while the composer is drawn. Who needs it asks again, and hears of a failure.
  import("./talk.ts").catch(() => undefined);
  const shadow = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  const themeSheet = new CSSStyleSheet();
  const ownSheet = new CSSStyleSheet();
  shadow.adoptedStyleSheets = [sheetOf(base), themeSheet, ownSheet];
  const adopt = (css: string) => {
    const sheet = sheetOf(css);
    // Before the theme's and the page's own, which have the last word.
    if (!shadow.adoptedStyleSheets.includes(sheet)) shadow.adoptedStyleSheets.splice(-2, 0, sheet);
  };
  const root = document.createElement("div");
  root.className = "root";
  const status = document.createElement("div");
  status.className = "sr";
  status.setAttribute("role", "status");
  const body = document.createElement("div");
  body.className = "body";
  root.append(body, status);
  shadow.replaceChildren(root);

  const grows = element.dataset.height === "auto";
  if (grows) void import("./page-pin.ts").then((module) => adopt(module.css));
  const announcer = new Announcer(status);
  // Listeners take it as their options: of a controller they take the signal.
  const stop = new AbortController();
  const options = signal<ChatOptions>({});
  const config = signal<ServerConfig>({});
  const language = signal<Language>(ENGLISH);
  const panel = signal<"chat" | "history">("chat");
  /** What the service allows is known. */
  const configured = signal(false);
  const online = signal(navigator.onLine !== false);
  const widgets = signal<WidgetRenderer | null>(null);
  const dark = signal(false);
  let fonts: Promise<() => void> | undefined;
  const dropFonts = () => void fonts?.then((drop) => drop());
  let latest: ChatOptions = {};
  let given: unknown;
  let started: { chat: Chat; view: View; dispose(): void } | undefined;
  let apiKey = "";
  let disposed = false;

  const emit = (name: string, detail: unknown = null) => element.dispatchEvent(new CustomEvent(`chatkit.${name}`, { detail }));
  const log = (name: string, data?: unknown) => emit("log", data === undefined ? { name } : { name, data });
  for (const name of ["online", "offline"])
    addEventListener(
      name,
      () => {
        online.value = name === "online";
        if (online.value) announcer.say(language.value.terms.backOnline);
      },
      stop,
    );

  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const applyTheme = () => {
    const theme = themeOf(options.value.theme, attributeScheme(element));
    dark.value = theme.scheme === "dark" || (theme.scheme === "auto" && scheme.matches);
    root.dataset.scheme = dark.value ? "dark" : "light";
    const chosen = options.value.theme;
    const [accent, own] = typeof chosen === "object" ? [chosen.color?.accent?.primary, chosen.stylesheet] : [element.dataset.accent];
    const attribute = accent && element.dataset.accent === accent ? themeOf({ color: { accent: { primary: accent, level: 1 } } }).css : "";
    const css = theme.css + attribute;
    themeSheet.replaceSync(css);
    if (accent)
      void import("../theme/contrast.ts").then(({ textOn }) => {
        if (options.value.theme === chosen) themeSheet.replaceSync(`${css}:host{--ck-auto-on-accent:${textOn(accent, element)}}`);
      });
    ownSheet.replaceSync(own ?? "");
  };
  scheme.addEventListener("change", applyTheme, stop);
  // Files are held from the first moment: whatever looks at them may come later, and a browser would leave the page for one.
  for (const name of ["dragover", "drop"] as const)
    element.addEventListener(
      name,
      (event) => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        if (!started?.view.takesFiles()) event.dataTransfer.dropEffect = "none";
        else if (name === "drop") {
          const { held } = started.view.composer;
          held.value = [...held.value, ...event.dataTransfer.files];
        }
      },
      stop,
    );

  function start(): void {
    const door = doorOf(latest, element, serverBase, () => latest);
    if (!door) return;
    const client = new Client(door, () => language.value.code);
    const partner = door.mode === "hosted" ? door.base : door.url;
    const memory = new Memory(partner + (element.dataset.name ?? ""), element.dataset.user);
    const { drafts } = memory;
    let writingIn: string | null = null;
    const host: ChatHost = {
      emit,
      schedule: onNextFrame,
      uuid: newId,
      rememberThread: (id) => {
        memory.thread = id;
      },
      composing: (id, created) => {
        if (created && writingIn !== null) return;
        if (created) drafts.set(null, "");
        const before = writingIn;
        writingIn = id;
        if (!created && before !== id) composer.turn(before, id, drafts.get(id));
      },
      // Never a getter defined on the object: V8 keeps such a function, and with it this whole widget, in the object's hidden class.
      clientTool: () => latest.onClientTool?.bind(latest),
      widgetAction: (action, item) => latest.widgets?.onAction?.(action, item),
    };
    const chat = new Chat(client, host);
    const composer = new Composer(client);
    composer.set(drafts.get(null));
    composer.modelId.value = latest.composer?.models?.find((each) => each.default)?.id ?? null;
    const stopDrafting = effect(() => drafts.set(writingIn, composer.text.value));
    const flush = new AbortController();
    addEventListener("pagehide", () => drafts.flush(), flush);
    const card = signal<View["card"]["value"]>(null);
    const unread = signal<ReadonlySet<string>>(new Set());
    let cardTimer: ReturnType<typeof setTimeout> | undefined;
    const view: View = {
      chat,
      composer,
      options,
      latest: () => latest,
      config,
      language,
      panel,
      unread,
      online,
      widgets,
      dark,
      adopt,
      fail: (error) => emit("error", { error }),
      log,
      announce: (text) => announcer.say(text),
      loadWidgets: () => {
        if (!widgets.value)
          import("../components/root.tsx").then(
            (module) => {
              adopt(module.css);
              widgets.value = module.WidgetRoot;
            },
            (error) => emit("error", { error }),
          );
      },
      setPanel: (next) => {
        if (panel.value === next) return;
        panel.value = next;
        const name = next === "history" ? "history.open" : "history.close";
        emit(name);
        log(name);
      },
      takesFiles: () => !configured.value || attachmentLimits(view) !== undefined,
      submit: (measured) => {
        if (!measured && composer.text.value.length > SHORT) return void methods().then(({ measure }) => measure(view));
        const persistent = new Set((latest.composer?.tools ?? []).filter((each) => each.persistent).map((each) => each.id));
        const before = composer.toolId.value;
        const { input, attachments } = composer.take(persistent);
        if (before !== composer.toolId.value) emit("tool.change", { toolId: composer.toolId.value });
        void ((chat.responding.value && chat.line.value) || chat).send(input, attachments);
      },
      setTool: (id, source) => {
        composer.toolId.value = id;
        emit("tool.change", { toolId: id });
        log("composer.tool.select", { toolId: id, source });
      },
      deeplink: (url) => {
        if (!url.startsWith("chatkit-link:")) return false;
        const link = new URL(url);
        const data = Object.fromEntries(link.searchParams);
        emit("deeplink", { name: link.host || link.pathname.replace(/^\/+/, ""), ...(Object.keys(data).length && { data }) });
        return true;
      },
      openEntity: (entity) => latest.entities?.onClick?.(entity),
      card,
      cards: new WeakMap(),
      showCard: (anchor, content) => {
        clearTimeout(cardTimer);
        const open = card.peek();
        if (anchor && content) {
          if (open?.anchor !== anchor) cardTimer = setTimeout(() => (card.value = { anchor, content }), open ? 0 : CARD_AFTER_MS);
        } else if (open) cardTimer = setTimeout(() => (card.value = null), CARD_STAYS_MS);
      },
      hideCard: () => {
        clearTimeout(cardTimer);
        card.value = null;
      },
      enlarged: signal<Enlarged | null>(null),
      end: signal<Element | null>(null),
      keys: { current: null },
      runAction: (item) => async (action) => {
        log("widget.action", { widgetType: item.widget.type, actionType: action.type, handler: action.handler ?? "server" });
        try {
          await (await import("../core/deeds.ts")).act(chat, action, item.id);
        } catch (error) {
          emit("error", { error });
        }
      },
      focusComposer: () => requestAnimationFrame(() => focusComposer()),
      grows,
      ...(element.dataset.closable !== undefined && { close: () => element.dispatchEvent(new CustomEvent("chatdock.close")) }),
    };
    const stopNarrating = narrate(chat, announcer, language);
    started = {
      chat,
      view,
      dispose: () => {
        stopNarrating();
        stopDrafting();
        drafts.flush();
        flush.abort();
        clearTimeout(cardTimer);
        composer.release?.();
        chat.dispose();
      },
    };
    render(
      <ViewContext.Provider value={view}>
        <App root={element} />
      </ViewContext.Provider>,
      body,
    );
    log("app.init");
    void begin(chat, client, memory).then(async () => {
      const { feed } = config.value;
      if (!feed || flush.signal.aborted) return;
      const { following } = await import("./following.ts");
      if (!flush.signal.aborted) following(view, element, unread, `chatdock:${partner}:${feed}`, flush.signal);
    });
  }

  async function begin(chat: Chat, client: Client, memory: Memory): Promise<void> {
    const initial = latest.initialThread === undefined ? memory.thread : latest.initialThread;
    const wantsConfig = client.resumable;
    configured.value = !wantsConfig;
    const asked = wantsConfig
      ? client.config().then(
          (found) => {
            batch(() => {
              config.value = found ?? {};
              configured.value = true;
            });
          },
          (error) => {
            configured.value = true;
            emit("error", { error });
          },
        )
      : undefined;
    await Promise.all([initial ? chat.openThread(initial) : undefined, asked]);
    // A task of its own, after paint: handlers are attached after the element is connected and its options are set.
    setTimeout(() => {
      if (disposed || started?.chat !== chat) return;
      emit("ready");
      // Heard anywhere on the page, whichever element it is.
      element.dispatchEvent(new CustomEvent("chatdock:ready", { bubbles: true, composed: true }));
    });
  }

  function setOptions(wanted: unknown): void {
    given = wanted;
    const next = withAttributes(usable(given), element);
    const same = started !== undefined && sameOptions(next, latest);
    latest = next; // Functions may have changed although the data has not.
    if (same) return;
    if (wanted !== undefined)
      void import("../core/check.ts").then(({ check }) => {
        for (const path of check(wanted)) console.warn(`chat-dock: ignored the option ${path}`);
      });
    const { locale, terms } = options.value;
    batch(() => {
      options.value = next;
      applyTheme();
    });
    dropFonts();
    const sources = typeof next.theme === "object" && next.theme.typography?.fontSources;
    fonts = sources ? import("../theme/fonts.ts").then(({ loadFonts }) => loadFonts(sources)) : undefined;
    if (!started || next.locale !== locale || !sameOptions(next.terms, terms)) void speak(next);
    const key = identity(next);
    if (started && key === apiKey) return;
    started?.dispose();
    started = undefined;
    apiKey = key;
    start();
  }

  async function speak({ locale, terms }: ChatOptions): Promise<void> {
    // Seen once it is in its language: no flash of English, and nothing that changes sides.
    if (!root.lang) root.style.opacity = "0";
    const found = await loadLanguage(wantedLocales(locale)).catch(() => ENGLISH);
    if (disposed || options.value.locale !== locale) return;
    language.value = withTerms(found, terms);
    root.style.opacity = "";
    root.lang = found.code;
    root.dir = found.terms.dir;
  }

  function focusComposer(): void {
    shadow.querySelector<HTMLElement>(".composer textarea, .composer input:not([type=file])")?.focus({ preventScroll: true });
  }

  function running(): { chat: Chat; view: View } {
    if (!started) throw new Error("the chat has no options yet: call setOptions first");
    return started;
  }

  setOptions(undefined);
  // What the page says by attributes it may say anew, such as the colours it has itself.
  const watch = new MutationObserver(() => {
    setOptions(given);
    applyTheme();
  });
  watch.observe(element, { attributeFilter: LIVE });
  return {
    setOptions,
    async focusComposer() {
      focusComposer();
    },
    async setThreadId(id) {
      panel.value = "chat";
      await running().chat.openThread(id);
    },
    async sendUserMessage(params) {
      const { view } = running();
      await (await methods()).send(view, params);
    },
    async setComposerValue(given) {
      const { view } = running();
      // A list of files empties when its field is reset: copied before anything is waited for.
      const files = given.files && [...given.files];
      (await methods()).compose(view, { ...given, ...(files && { files }) });
    },
    async fetchUpdates() {
      await running().chat.refresh();
    },
    async sendCustomAction(action, itemId) {
      const { chat } = running();
      await (await import("../core/deeds.ts")).act(chat, action, itemId);
    },
    async showHistory() {
      running().view.setPanel("history");
    },
    async hideHistory() {
      running().view.setPanel("chat");
    },
    dispose() {
      disposed = true;
      started?.dispose();
      stop.abort();
      watch.disconnect();
      announcer.dispose();
      dropFonts();
      render(null, body);
      shadow.replaceChildren();
    },
  };
}

const methods = () => import("./methods.ts");

function newId(): string {
  // Pages without a secure context have no randomUUID.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (each) => each.toString(16).padStart(2, "0")).join("");
}

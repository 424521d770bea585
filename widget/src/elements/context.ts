// What every element of one widget shares.
import type { ReadonlySignal, Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Composer } from "../core/composer.ts";
import type { ChatOptions, Entity } from "../core/options.ts";
import type { Chat } from "../core/store.ts";
import type { ActionConfig, ServerConfig, Source, WidgetItem } from "../core/types.ts";
import type { Language } from "../i18n/locale.ts";
import type { PlainTerms } from "../i18n/terms.ts";
import type { WidgetRenderer } from "./widget-host.tsx";

/** What a card at the pointer or the focus tells more about. */
export type CardContent = { kind: "source"; source: Source } | { kind: "entity"; entity: Entity };
/** An image, or, without `alt`, an address that is not opened unasked. */
export type Enlarged = { src: string; alt?: string; fileId?: string | undefined };

export type View = {
  chat: Chat;
  composer: Composer;
  options: ReadonlySignal<ChatOptions>;
  /** The options as the page set them last: its functions, which may have changed although `options`, the data, has not. */
  latest(): ChatOptions;
  config: ReadonlySignal<ServerConfig>;
  language: ReadonlySignal<Language>;
  panel: ReadonlySignal<"chat" | "history">;
  online: ReadonlySignal<boolean>;
  /** Threads that were answered while another was read. */
  unread: ReadonlySignal<ReadonlySet<string>>;
  /** The widget components, once a widget has asked for them. */
  widgets: ReadonlySignal<WidgetRenderer | null>;
  loadWidgets(): void;
  setPanel(panel: "chat" | "history"): void;
  /** Sends what is written, unless it is longer than the service takes and nobody has `measured` it. */
  submit(measured?: boolean): void;
  /** Whether files may be attached, as far as is known yet. */
  takesFiles(): boolean;
  dark: ReadonlySignal<boolean>;
  /** Adds a style sheet to this widget, once. */
  adopt(css: string): void;
  fail(error: Error): void;
  log(name: string, data?: unknown): void;
  announce(text: string): void;
  deeplink(url: string): boolean;
  openEntity(entity: Entity): void;
  /** A card beside that element; none, and what is open goes unless the pointer is on its way there. */
  showCard(anchor: Element | null, content?: CardContent): void;
  hideCard(): void;
  /** What each citation and tag has a card about. */
  cards: WeakMap<Element, CardContent>;
  card: ReadonlySignal<{ anchor: Element; content: CardContent } | null>;
  enlarged: Signal<Enlarged | null>;
  /** Where the transcript ends, while it is shown. */
  end: Signal<Element | null>;
  /** Takes a key away from the composer while a list of suggestions is open. */
  keys: { current: ((event: KeyboardEvent) => boolean) | null };
  runAction(item: WidgetItem): (action: ActionConfig) => Promise<void>;
  setTool(id: string | null, source: string): void;
  focusComposer(): void;
  /** The chat is as high as what it holds, and the page scrolls. */
  grows: boolean;
  /** Set where the panel can be closed: in the launcher. */
  close?: () => void;
};

export const ViewContext = createContext<View | null>(null);

/** Every element of the chat is drawn within its provider. */
export function useView(): View {
  return useContext(ViewContext) as View;
}

/** The level of the conversation's own heading. */
export function topLevel({ options }: View): number {
  const { headingLevel: asked } = options.value;
  return [1, 2, 3, 4].find((level) => level === asked) ?? 2;
}

/** The element of a heading so far below that one. */
export function useHeading(below: 0 | 1 | 2): "h2" {
  return `h${topLevel(useView()) + below}` as "h2";
}

export function useTerms(): PlainTerms {
  return useView().language.value.terms;
}

// What every element of one widget shares.
import type { ReadonlySignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Composer } from "../core/composer.ts";
import type { ChatOptions } from "../core/options.ts";
import type { Chat } from "../core/store.ts";
import type { EntitySource, ServerConfig, WidgetItem } from "../core/types.ts";
import type { Terms } from "../i18n/en.ts";
import type { Language } from "../i18n/locale.ts";
import type { WidgetRenderer } from "./widget-host.tsx";

export type View = {
  chat: Chat;
  composer: Composer;
  options: ReadonlySignal<ChatOptions>;
  config: ReadonlySignal<ServerConfig>;
  language: ReadonlySignal<Language>;
  panel: ReadonlySignal<"chat" | "history">;
  online: ReadonlySignal<boolean>;
  /** The widget components, once a widget has asked for them. */
  widgets: ReadonlySignal<WidgetRenderer | null>;
  loadWidgets(): void;
  setPanel(panel: "chat" | "history"): void;
  submit(): void;
  dark: ReadonlySignal<boolean>;
  /** Adds a style sheet to this widget, once. */
  adopt(css: string): void;
  fail(error: Error): void;
  log(name: string, data?: unknown): void;
  announce(text: string): void;
  deeplink(url: string): boolean;
  openEntity(source: EntitySource): void;
  runAction(item: WidgetItem): (action: Parameters<Chat["act"]>[0]) => Promise<void>;
  setTool(id: string | null, source: string): void;
  focusComposer(): void;
  /** Set where the panel can be closed: in the launcher. */
  close?: () => void;
};

export const ViewContext = createContext<View | null>(null);

export function useView(): View {
  const view = useContext(ViewContext);
  if (!view) throw new Error("an element of the chat was rendered outside of it");
  return view;
}

export function useTerms(): Terms {
  return useView().language.value.terms;
}

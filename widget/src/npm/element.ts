// The element's public face as types: what `chatdock` and `chatdock/react` declare to a page that imports them.
import type { ChatOptions } from "../core/options.ts";
import type { Action } from "../core/types.ts";
import type { ComposerValue, SendParams } from "../elements/controller.ts";
import type { LauncherOptions } from "../launcher/settings.ts";

/** Each waits until the chat is loaded. */
export interface ChatDockMethods {
  focusComposer(): Promise<void>;
  /** Opens a thread; `null` begins a new one. */
  setThreadId(id: string | null): Promise<void>;
  sendUserMessage(params: SendParams): Promise<void>;
  setComposerValue(value: ComposerValue): Promise<void>;
  /** Fetches what others have added to the open thread. */
  fetchUpdates(): Promise<void>;
  sendCustomAction(action: Action, itemId?: string): Promise<void>;
  showHistory(): Promise<void>;
  hideHistory(): Promise<void>;
}

export type ErrorDetail = { error: Error };
export type NamedDetail = { name: string; data?: unknown };
export type ThreadDetail = { threadId: string | null };
export type ToolDetail = { toolId: string | null };

export interface ChatDockEventMap {
  "chatkit.ready": CustomEvent<null>;
  /** The same, heard on the document too. */
  "chatdock:ready": CustomEvent<null>;
  "chatkit.error": CustomEvent<ErrorDetail>;
  "chatkit.log": CustomEvent<NamedDetail>;
  "chatkit.effect": CustomEvent<NamedDetail>;
  "chatkit.deeplink": CustomEvent<NamedDetail>;
  "chatkit.response.start": CustomEvent<null>;
  "chatkit.response.end": CustomEvent<null>;
  "chatkit.history.open": CustomEvent<null>;
  "chatkit.history.close": CustomEvent<null>;
  "chatkit.thread.change": CustomEvent<ThreadDetail>;
  "chatkit.thread.load.start": CustomEvent<ThreadDetail>;
  "chatkit.thread.load.end": CustomEvent<ThreadDetail>;
  "chatkit.tool.change": CustomEvent<ToolDetail>;
}

type EventMap = HTMLElementEventMap & ChatDockEventMap;

export interface ChatDockElement extends HTMLElement, ChatDockMethods {
  /** Replaces the whole set of options; what is unknown is warned about and ignored. */
  setOptions(options: ChatOptions): void;
  /** Signs the user out: drafts, thread and secret go, and the next message begins a new session. */
  reset(): void;
  addEventListener<K extends keyof EventMap>(
    type: K,
    listener: (this: ChatDockElement, event: EventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof EventMap>(
    type: K,
    listener: (this: ChatDockElement, event: EventMap[K]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void;
}

/** A launcher's settings: those of the script tag, in camel case, and the chat's options. */
export type LauncherSettings = Omit<LauncherOptions, "options"> & { options?: ChatOptions };

/** The bubble in the corner and what it opens; `name` tells several on a page apart. */
export interface ChatDockLauncher {
  /** Makes a launcher; again with the same `name` it puts the same one back and sets its options. */
  init(settings?: LauncherSettings): ChatDockElement;
  open(name?: string): void;
  close(name?: string): void;
  toggle(name?: string): void;
  show(name?: string): void;
  hide(name?: string): void;
  destroy(name?: string): void;
  /** Another user than before is a `reset()`. */
  identify(user: string | { id: string }, name?: string): void;
  reset(name?: string): void;
  /** `open`, `close`, `unread` (with the count), `preview` and every `chatkit.*` event; answers with a function that stops it. */
  on(event: string, listener: (detail: unknown) => void, name?: string): (() => void) | undefined;
}

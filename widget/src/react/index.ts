// <ChatKit control={useChatKit(options)} /> for pages that use React: the same shape as the stock binding, around our element.
// React is the page's own; this file is compiled with it and is no part of the widget's scripts.
import {
  createElement,
  type ForwardRefExoticComponent,
  forwardRef,
  type HTMLAttributes,
  type RefAttributes,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
} from "react";
import type { ChatOptions } from "../core/options.ts";
import type { ChatDockElement, ChatDockMethods, ErrorDetail, NamedDetail, ThreadDetail, ToolDetail } from "../npm/element.ts";

export type { ChatDockElement, ChatDockMethods, ChatOptions };

export type ChatDockHandlers = {
  onReady?: () => void;
  onError?: (detail: ErrorDetail) => void;
  onLog?: (detail: NamedDetail) => void;
  onEffect?: (detail: NamedDetail) => void;
  onDeeplink?: (detail: NamedDetail) => void;
  onResponseStart?: () => void;
  onResponseEnd?: () => void;
  onHistoryOpen?: () => void;
  onHistoryClose?: () => void;
  onThreadChange?: (detail: ThreadDetail) => void;
  onThreadLoadStart?: (detail: ThreadDetail) => void;
  onThreadLoadEnd?: (detail: ThreadDetail) => void;
  onToolChange?: (detail: ToolDetail) => void;
};

const EVENTS: Record<keyof ChatDockHandlers, string> = {
  onReady: "ready",
  onError: "error",
  onLog: "log",
  onEffect: "effect",
  onDeeplink: "deeplink",
  onResponseStart: "response.start",
  onResponseEnd: "response.end",
  onHistoryOpen: "history.open",
  onHistoryClose: "history.close",
  onThreadChange: "thread.change",
  onThreadLoadStart: "thread.load.start",
  onThreadLoadEnd: "thread.load.end",
  onToolChange: "tool.change",
};

type Held = { current: ChatDockElement | null };
export type Control = { options: ChatOptions; handlers: ChatDockHandlers; element: Held };
export type UseChatDockOptions = ChatOptions & ChatDockHandlers;
export type UseChatDock = ChatDockMethods & { control: Control; ref: Held };
export type ChatDockProps = { control: Control } & HTMLAttributes<ChatDockElement>;

const METHODS = [
  "focusComposer",
  "setThreadId",
  "sendUserMessage",
  "setComposerValue",
  "fetchUpdates",
  "sendCustomAction",
  "showHistory",
  "hideHistory",
] as const;

export function useChatDock(all: UseChatDockOptions): UseChatDock {
  const element = useRef<ChatDockElement | null>(null);
  const options: Record<string, unknown> = {};
  const handlers: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(all)) (key in EVENTS ? handlers : options)[key] = value;
  const methods = useMemo(
    () =>
      Object.fromEntries(
        METHODS.map((name) => [
          name,
          (...args: unknown[]) => {
            if (!element.current) throw new Error(`${name}() was called before the chat was rendered`);
            return (element.current[name] as (...args: unknown[]) => Promise<void>)(...args);
          },
        ]),
      ) as unknown as ChatDockMethods,
    [],
  );
  return { ...methods, control: { options: options as ChatOptions, handlers: handlers as ChatDockHandlers, element }, ref: element };
}

type Component = ForwardRefExoticComponent<ChatDockProps & RefAttributes<ChatDockElement>>;

/** A `ref` is handed the element, as the hook's own is. */
export const ChatDock: Component = forwardRef<ChatDockElement, ChatDockProps>(function ChatDock({ control, ...props }, ref) {
  const latest = useRef(control);
  latest.current = control;
  useImperativeHandle(ref, () => latest.current.element.current as ChatDockElement, []);
  useLayoutEffect(() => {
    const { element, options } = latest.current;
    // The element itself ignores equal data and takes over new functions.
    const apply = () => element.current?.setOptions(options);
    if (customElements.get("chat-dock")) apply();
    else void customElements.whenDefined("chat-dock").then(apply);
  });
  useLayoutEffect(() => {
    const stop = new AbortController();
    for (const [prop, name] of Object.entries(EVENTS) as [keyof ChatDockHandlers, string][])
      latest.current.element.current?.addEventListener(
        `chatkit.${name}`,
        (event) => (latest.current.handlers[prop] as ((detail: unknown) => void) | undefined)?.((event as CustomEvent).detail),
        { signal: stop.signal },
      );
    return () => stop.abort();
  }, []);
  return createElement("chat-dock", { ...props, ref: control.element });
});

export type {
  ChatDockProps as ChatKitProps,
  ChatOptions as ChatKitOptions,
  Control as ChatKitControl,
  UseChatDock as UseChatKitReturn,
  UseChatDockOptions as UseChatKitOptions,
};
export { ChatDock as ChatKit, useChatDock as useChatKit };

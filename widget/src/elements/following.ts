// A conversation kept in step with the user's other tabs and devices, messages in line, and the page told how many threads wait to be read.
import { batch, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { follow } from "../core/follow.ts";
import type { View } from "./context.ts";

/** Until it is aborted. `feed` names what is followed. */
export function following(view: View, element: HTMLElement, unread: Signal<ReadonlySet<string>>, feed: string, until: AbortSignal): void {
  const { chat, config, end } = view;
  const atEnd = config.value.history?.marks ? watch(end, until) : undefined;
  follow(chat, feed, unread, until, () => leave(view), atEnd);
  if (/enqueue|interrupt/.test(config.value.concurrent_input ?? ""))
    void import("../core/waiting.ts").then(({ Line }) => {
      if (!until.aborted) chat.line.value = new Line(chat, until);
    }, view.fail);
  const stop = effect(() => {
    element.dispatchEvent(new CustomEvent("chatdock.unread", { detail: unread.value.size }));
  });
  until.addEventListener("abort", stop);
}

/** The open thread is gone. What was being written in it goes on in a new one, before what was begun there. */
function leave({ chat, composer }: View): void {
  const gone = chat.thread.peek()?.id ?? null;
  const [text, tags, caret] = [composer.text.peek(), composer.tags.peek(), composer.caretLeft];
  // Nobody comes back for it.
  composer.set("");
  void chat.openThread(null);
  const [quote, drafts] = composer.kept.get(gone) ?? ["", []];
  composer.kept.delete(gone);
  batch(() => {
    if (text.trim()) composer.write({ text: [text, composer.text.peek()].filter(Boolean).join("\n\n"), tags, caret }, true);
    if (quote) composer.quote.value = quote;
    composer.drafts.value = [...drafts, ...composer.drafts.peek()];
  });
}

/** Whether that element is within what the user sees: the panel open, scrolled so far, the tab in front. */
function watch(end: ReadonlySignal<Element | null>, until: AbortSignal): ReadonlySignal<boolean> {
  const seen = signal(false);
  let inView = false;
  const look = () => {
    seen.value = inView && document.visibilityState === "visible";
  };
  const observer = new IntersectionObserver((entries) => {
    inView = entries.at(-1)?.isIntersecting ?? false;
    look();
  });
  const stop = effect(() => {
    observer.disconnect();
    inView = false;
    look();
    if (end.value) observer.observe(end.value);
  });
  document.addEventListener("visibilitychange", look, { signal: until });
  until.addEventListener("abort", () => {
    stop();
    observer.disconnect();
  });
  return seen;
}

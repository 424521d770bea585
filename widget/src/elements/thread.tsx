// The transcript: turns in a log that scrolls with what is new until its reader scrolls away.
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { toTurns } from "../core/turns.ts";
import { loadedImage } from "../markdown/dom.ts";
import { useTerms, useView } from "./context.ts";
import { Icon } from "./icon.tsx";
import { Failure, Notices } from "./notices.tsx";
import { ScrollPin } from "./scroll-pin.ts";
import { Turn } from "./turn.tsx";

export function Thread() {
  const view = useView();
  const terms = useTerms();
  const { chat } = view;
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const pin = useSignal<ScrollPin | null>(null);
  const items = chat.items.value;
  const turns = useMemo(() => toTurns(items, (item) => chat.keyOf(item)), [items]);
  const lastUserKey = turns.findLast((each) => each.role === "user")?.key;

  useEffect(() => {
    if (!scroller.current || !content.current) return;
    const made = new ScrollPin(scroller.current, content.current);
    pin.value = made;
    return () => made.dispose();
  }, []);
  // Speaking takes one back to the end; so does opening a thread.
  useEffect(() => pin.value?.toEnd(), [lastUserKey, pin.value]);

  const onClick = (event: MouseEvent) => {
    const target = (event.target as Element).closest<HTMLElement>("[data-copy],[data-image],[data-source],a[href]");
    if (!target) return;
    if (target.dataset.copy !== undefined) void copyCode(target, terms, view.announce);
    else if (target.dataset.image) {
      // Asked for by a click, so this one request may leave the page.
      target.replaceWith(loadedImage(document, target.dataset.image, target.dataset.alt ?? ""));
    } else if (target.dataset.source) openSource(target, target.dataset.source);
    else if (view.deeplink(target.getAttribute("href") ?? "")) event.preventDefault();
  };

  const progress = chat.progress.value;
  const last = turns.at(-1);
  const waiting =
    chat.responding.value &&
    !progress &&
    (last?.role !== "assistant" ||
      last.items.every((each) => each.type === "assistant_message" && !each.content.some((part) => part.text)));
  return (
    <div class="thread-frame">
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: only forwards the clicks of buttons and links inside */}
      <div
        ref={scroller}
        class="scroller"
        part="thread"
        role="log"
        aria-live="off"
        aria-label={terms.conversation}
        aria-busy={chat.responding.value}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard
        tabIndex={0}
        onClick={onClick}
      >
        <div ref={content} class="column">
          {chat.hasOlder.value && (
            <button type="button" class="pill older" disabled={chat.loadingOlder.value} onClick={() => void chat.loadOlder()}>
              {chat.loadingOlder.value ? terms.loading : terms.loadOlder}
            </button>
          )}
          {turns.map((turn, index) => (
            <Turn
              key={turn.key}
              turn={turn}
              last={index === turns.length - 1}
              before={turns[index - 1]?.items[0]?.type === "user_message" ? turns[index - 1]?.items[0]?.id : undefined}
            />
          ))}
          {progress && (
            <div class="progress" part="progress">
              <span class="spinner" />
              <span class="shimmer" dir="auto">
                {progress.text}
              </span>
            </div>
          )}
          {waiting && (
            <div class="dots" role="img" aria-label={terms.answering}>
              <i />
              <i />
              <i />
            </div>
          )}
          <Notices />
          <Failure />
        </div>
      </div>
      {pin.value && !pin.value.following.value && (
        <button type="button" class="jump" part="jump" aria-label={terms.latest} title={terms.latest} onClick={() => pin.value?.toEnd()}>
          <Icon name="arrow-down" size={18} />
        </button>
      )}
    </div>
  );
}

async function copyCode(button: HTMLElement, terms: ReturnType<typeof useTerms>, announce: (text: string) => void): Promise<void> {
  const code = button.closest(".code")?.querySelector("code")?.textContent ?? "";
  await navigator.clipboard?.writeText(code);
  button.textContent = terms.copied;
  announce(terms.copied);
  setTimeout(() => {
    button.textContent = terms.copyCode;
  }, 1600);
}

function openSource(chip: HTMLElement, n: string): void {
  const list = chip.closest("article")?.querySelector<HTMLDetailsElement>("details.sources");
  if (!list) return;
  list.open = true;
  const row = list.querySelector<HTMLElement>(`[data-source-row="${CSS.escape(n)}"]`);
  (row?.querySelector<HTMLElement>("a,button") ?? row)?.focus();
}

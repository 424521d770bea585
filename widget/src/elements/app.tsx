// The whole of one chat panel: header, history or conversation, composer, and the region a screen reader listens to.
import { useEffect, useRef } from "preact/hooks";
import { ComposerBox } from "./composer.tsx";
import { useTerms, useView } from "./context.ts";
import { Header, historyEnabled } from "./header.tsx";
import { lazy, lazyCompose, lazyTalk } from "./lazy.tsx";
import { attachmentLimits } from "./limits.ts";
import { ConnectionBar } from "./notices.tsx";
import { StartScreen } from "./start.tsx";

const HistoryPanel = lazy((extras) => extras.HistoryPanel);
const Questions = lazy((extras) => extras.Questions);
const HoverCard = lazy((extras) => extras.HoverCard);
const Lightbox = lazy((extras) => extras.Lightbox);
// The words of a disclaimer take their room at once.
const Prose = lazyTalk(
  (talk) => talk.Prose,
  ({ text }) => text.replace(/\[([^\]]*)\]\([^)]*\)|\*+/g, "$1"),
);
const Thread = lazyTalk((talk) => talk.Thread);
const DropZone = lazyCompose((compose) => compose.DropZone);

/** What answers are made of, drawn unseen while a thread is on its way: its first frame finds code and fonts in use already. */
const SAMPLE = "# a\n**🚀** *b* [c](http:d) `e` 🚀\n- f\n\n|g|\n|-|\n|h|\n\n    i";

export function App({ root }: { root: HTMLElement }) {
  const view = useView();
  const terms = useTerms();
  const { chat } = view;
  const frame = useRef<HTMLDivElement>(null);
  const { disclaimer, frameTitle } = view.options.value;
  const form = chat.form.value;
  const inHistory = view.panel.value === "history" && historyEnabled(view);
  const empty = chat.items.value.length === 0 && !chat.loading.value && !chat.failure.value && !chat.responding.value;

  // Focus comes back to where it was when the history closes.
  const wasInHistory = useRef(false);
  useEffect(() => {
    if (wasInHistory.current && !inHistory && frame.current && !root.shadowRoot?.activeElement) view.focusComposer();
    wasInHistory.current = inHistory;
  }, [inHistory]);

  return (
    <section ref={frame} class="frame" part="panel" aria-label={frameTitle ?? terms.chat}>
      <Header />
      <ConnectionBar />
      {inHistory ? (
        <HistoryPanel />
      ) : (
        <>
          {chat.loading.value ? (
            <div class="loading">
              <span class="spinner large" role="img" aria-label={terms.loading} />
              <div class="sr" style={{ visibility: "hidden" }}>
                <Prose text={SAMPLE} live={false} />
              </div>
            </div>
          ) : empty ? (
            <StartScreen />
          ) : (
            <Thread key={chat.thread.value?.id ? "thread" : "new"} />
          )}
          <div key="dock" class="dock" part="dock">
            {form ? <Questions key={form.id} item={form} /> : <ComposerBox />}
            {disclaimer && (
              <div class={disclaimer.highContrast ? "disclaimer strong" : "disclaimer"} part="disclaimer">
                <Prose text={disclaimer.text} live={false} />
              </div>
            )}
            <slot name="footer" />
          </div>
        </>
      )}
      {attachmentLimits(view) && <DropZone root={root} />}
      {view.card.value && <HoverCard />}
      {view.enlarged.value && <Lightbox image={view.enlarged.value} />}
    </section>
  );
}

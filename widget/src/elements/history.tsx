// Past conversations, grouped by when they began.
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { historyOf } from "../core/history.ts";
import type { Thread } from "../core/types.ts";
import { number } from "../i18n/counted.ts";
import { fill } from "../i18n/locale.ts";
import type { Terms } from "../i18n/terms.ts";
import { useView } from "./context.ts";
import { Row } from "./history-row.tsx";
import { useAllTerms } from "./use-all-terms.ts";

export function HistoryPanel() {
  const view = useView();
  const terms = useAllTerms();
  const history = historyOf(view.chat);
  const panel = useRef<HTMLDivElement>(null);
  const wanted = useRef<string | null>(null);
  useEffect(() => void history.load(), [history]);
  // Before the next key: focus that came after paint would be taken away from what a fast one went to.
  useLayoutEffect(() => panel.current?.focus(), [history]);
  const threads = history.threads.value;
  return (
    <div
      class="history"
      part="history"
      role="region"
      aria-label={terms.history}
      ref={panel}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        view.setPanel("chat");
      }}
    >
      {history.failed.value && !threads?.length && (
        <div class="empty">
          <p>{terms.historyFailed}</p>
          <button type="button" class="pill" onClick={() => void history.load()}>
            {terms.retry}
          </button>
        </div>
      )}
      {!threads && history.loading.value && <div class="skeleton" role="img" aria-label={terms.loading} />}
      {threads?.length === 0 && !history.loading.value && <p class="empty">{terms.noHistory}</p>}
      {groups(threads ?? [], { ...terms, week: fill(terms.week, { n: number(7, view.language.value.code) }) }).map(([label, group]) => (
        <section key={label}>
          <h3>{label}</h3>
          <ul>
            {group.map((thread) => (
              <Row key={thread.id} thread={thread} wanted={wanted} />
            ))}
          </ul>
        </section>
      ))}
      {history.hasMore.value && (
        <button type="button" class="pill older" disabled={history.loading.value} onClick={() => void history.loadMore()}>
          {terms.more}
        </button>
      )}
    </div>
  );
}

function groups(threads: readonly Thread[], terms: Terms): [string, Thread[]][] {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const day = 86_400_000;
  const map = new Map<string, Thread[]>();
  for (const thread of threads) {
    const at = Date.parse(thread.created_at);
    const label =
      at >= midnight ? terms.today : at >= midnight - day ? terms.yesterday : at >= midnight - 6 * day ? terms.week : terms.older;
    map.set(label, [...(map.get(label) ?? []), thread]);
  }
  return [...map];
}

// Past conversations: what is pinned, then the rest grouped by when they began, the archived ones apart, and a search over all of them.
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { historyOf } from "../core/history.ts";
import { Search } from "../core/search.ts";
import type { Thread } from "../core/types.ts";
import { number } from "../i18n/counted.ts";
import { fill } from "../i18n/locale.ts";
import type { Terms } from "../i18n/terms.ts";
import { useHeading, useView } from "./context.ts";
import { Row } from "./history-row.tsx";
import { Found, SearchBox } from "./history-search.tsx";
import { Icon } from "./more-icon.tsx";
import { useAllTerms } from "./use-all-terms.ts";

export function HistoryPanel() {
  const view = useView();
  const terms = useAllTerms();
  const history = historyOf(view.chat);
  const search = useMemo(() => new Search(view.chat.client), [history]);
  const panel = useRef<HTMLDivElement>(null);
  const { marks = false, search: searches = false } = view.config.value.history ?? {};
  useEffect(() => {
    history.marks = marks;
    void history.show(false);
  }, [history, marks]);
  useEffect(() => () => search.dispose(), [search]);
  // Before the next key: focus that came after paint would be taken away from what a fast one went to.
  useLayoutEffect(() => panel.current?.focus(), [history]);
  const show = (archived: boolean) => {
    panel.current?.focus();
    void history.show(archived);
  };
  return (
    <div
      class="history"
      part="history"
      role="region"
      aria-label={terms.history}
      ref={panel}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === "ArrowDown" || event.key === "ArrowUp") walk(event);
        if (event.key !== "Escape") return;
        event.stopPropagation();
        event.preventDefault();
        if (history.archived.value) show(false);
        else view.setPanel("chat");
      }}
    >
      {searches && <SearchBox search={search} />}
      <div class="past">{search.hits.value || search.failed.value ? <Found search={search} /> : <List show={show} />}</div>
    </div>
  );
}

function List({ show }: { show(archived: boolean): void }) {
  const view = useView();
  const terms = useAllTerms();
  const Heading = useHeading(1);
  const history = historyOf(view.chat);
  const wanted = useRef<string | null>(null);
  const threads = history.threads.value;
  const archived = history.archived.value;
  const idle = !history.loading.value;
  return (
    <>
      {archived && (
        <div class="aside">
          <button type="button" class="icon-button small" aria-label={terms.back} title={terms.back} onClick={() => show(false)}>
            <Icon name="arrow-left" size={17} />
          </button>
          <Heading>{terms.archivedConversations}</Heading>
        </div>
      )}
      {history.failed.value && !threads?.length && (
        <div class="empty">
          <p>{terms.historyFailed}</p>
          <button type="button" class="pill" onClick={() => void history.load()}>
            {terms.retry}
          </button>
        </div>
      )}
      {!threads && !idle && <div class="skeleton" role="img" aria-label={terms.loading} />}
      {threads?.length === 0 && idle && <p class="empty">{archived ? terms.noArchived : terms.noHistory}</p>}
      {groups(threads ?? [], { ...terms, week: fill(terms.week, { n: number(7, view.language.value.code) }) }, history.marks).map(
        ([label, group]) => (
          <section key={label}>
            <Heading>{label}</Heading>
            <ul>
              {group.map((thread) => (
                <Row key={thread.id} thread={thread} wanted={wanted} />
              ))}
            </ul>
          </section>
        ),
      )}
      {history.hasMore.value && (
        <button type="button" class="pill older" disabled={!idle} onClick={() => void history.loadMore()}>
          {terms.more}
        </button>
      )}
      {history.marks && threads && !archived && (
        <button type="button" class="to-archived" onClick={() => show(true)}>
          <Icon name="archive" size={16} />
          {terms.showArchived}
        </button>
      )}
    </>
  );
}

/** The pinned ones, then by day; each newest first, wherever they were put in. */
function groups(threads: readonly Thread[], terms: Terms, ours: boolean): [string, Thread[]][] {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const day = 86_400_000;
  const map = new Map<string, Thread[]>([[terms.pinned, []]]);
  // To the second, which is all that some of them tell; our own ids go on in order of time.
  const at = (thread: Thread) => Math.floor(Date.parse(thread.created_at) / 1_000);
  for (const thread of [...threads].sort((one, other) => at(other) - at(one) || (ours ? (one.id < other.id ? 1 : -1) : 0))) {
    const ms = at(thread) * 1_000;
    const label = thread.pinned
      ? terms.pinned
      : ms >= midnight
        ? terms.today
        : ms >= midnight - day
          ? terms.yesterday
          : ms >= midnight - 6 * day
            ? terms.week
            : terms.older;
    map.set(label, [...(map.get(label) ?? []), thread]);
  }
  return [...map].filter(([, group]) => group.length > 0);
}

/** Up and down go from row to row, and above the first into the search box. */
function walk(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>("input[type=search],.open")];
  const target = event.target as HTMLElement;
  const at = stops.indexOf(target);
  // A form or a menu has its own use for these keys.
  if (at < 0 && target !== event.currentTarget) return;
  const next = stops[event.key === "ArrowDown" ? at + 1 : at < 0 ? stops.length : at - 1];
  event.preventDefault();
  next?.focus();
}

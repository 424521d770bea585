// Past conversations, grouped by when they began; each can be opened, renamed and deleted.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { historyOf } from "../core/history.ts";
import type { Thread } from "../core/types.ts";
import { number } from "../i18n/counted.ts";
import { fill } from "../i18n/locale.ts";
import type { Terms } from "../i18n/terms.ts";
import { useView } from "./context.ts";
import { Icon } from "./more-icon.tsx";
import { useAllTerms } from "./use-all-terms.ts";

// Refs of one identity act once, when their element comes; what is drawn again keeps its focus and its selection.
const focus = (el: HTMLElement | null) => el?.focus();
const select = (el: HTMLInputElement | null) => el?.select();

export function HistoryPanel() {
  const view = useView();
  const terms = useAllTerms();
  const history = historyOf(view.chat);
  const first = useRef<HTMLDivElement>(null);
  useEffect(() => void history.load(), [history]);
  // Before the next key: focus that came after paint would be taken away from what a fast one went to.
  useLayoutEffect(() => first.current?.focus(), [history]);
  const threads = history.threads.value;
  return (
    <div
      class="history"
      part="history"
      role="region"
      aria-label={terms.history}
      ref={first}
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
              <Row key={thread.id} thread={thread} />
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

function Row({ thread }: { thread: Thread }) {
  const view = useView();
  const terms = useAllTerms();
  const { chat } = view;
  const [mode, setMode] = useState<"idle" | "rename" | "delete">("idle");
  const { showDelete = true, showRename = true } = view.options.value.history ?? {};
  const title = thread.title ?? terms.untitled;
  const row = useRef<HTMLLIElement>(null);
  const edited = useRef(false);
  useLayoutEffect(() => {
    if (mode === "idle" && edited.current) row.current?.querySelector<HTMLElement>(".open")?.focus();
    edited.current = mode !== "idle";
  }, [mode]);
  const back = () => {
    // The form goes, and focus with it: the panel holds it until the row is drawn, so that no key is lost in between.
    row.current?.closest<HTMLElement>(".history")?.focus();
    setMode("idle");
  };
  const leave = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    back();
  };
  if (mode === "rename")
    return (
      <li ref={row} class="editing">
        <form
          onKeyDown={leave}
          onSubmit={(event) => {
            event.preventDefault();
            const next = String(new FormData(event.currentTarget).get("title") ?? "").trim();
            back();
            if (next && next !== thread.title)
              historyOf(chat)
                .rename(thread.id, next)
                .then(
                  (renamed) => {
                    if (chat.thread.value?.id === renamed.id) chat.thread.value = renamed;
                  },
                  () => view.announce(terms.errorServer),
                );
          }}
        >
          <input name="title" aria-label={terms.newTitle} defaultValue={title} maxLength={200} autocomplete="off" ref={select} />
          <button type="submit" class="icon-button small" aria-label={terms.save} title={terms.save}>
            <Icon name="check" size={16} />
          </button>
          <button type="button" class="icon-button small" aria-label={terms.cancel} title={terms.cancel} onClick={back}>
            <Icon name="x" size={16} />
          </button>
        </form>
      </li>
    );
  if (mode === "delete")
    return (
      <li ref={row} class="editing">
        <div class="confirm" role="group" aria-label={fill(terms.deleteThread, { title })} onKeyDown={leave}>
          <p>{terms.deleteConfirm}</p>
          <button type="button" class="pill" onClick={back}>
            {terms.cancel}
          </button>
          <button
            type="button"
            class="pill danger"
            ref={focus}
            onClick={(event) => {
              // The row goes, and focus with it; the panel is where one goes on from.
              event.currentTarget.closest<HTMLElement>(".history")?.focus();
              const current = chat.thread.value?.id === thread.id;
              historyOf(chat)
                .remove(thread.id)
                .then(
                  () => {
                    if (current) void chat.openThread(null);
                  },
                  () => view.announce(terms.errorServer),
                );
            }}
          >
            {terms.delete}
          </button>
        </div>
      </li>
    );
  const current = chat.thread.value?.id === thread.id;
  return (
    <li ref={row} part="history-row" class={current ? "current" : ""}>
      <button
        type="button"
        class="open"
        aria-current={current ? "true" : undefined}
        onClick={() => {
          view.setPanel("chat");
          if (!current) void chat.openThread(thread.id);
          view.focusComposer();
        }}
      >
        <span dir="auto">{title}</span>
        {view.unread.value.has(thread.id) && <i class="dot" />}
      </button>
      {showRename && (
        <button
          type="button"
          class="icon-button small"
          aria-label={fill(terms.renameThread, { title })}
          title={terms.rename}
          onClick={() => setMode("rename")}
        >
          <Icon name="pencil" size={15} />
        </button>
      )}
      {showDelete && (
        <button
          type="button"
          class="icon-button small"
          aria-label={fill(terms.deleteThread, { title })}
          title={terms.delete}
          onClick={() => setMode("delete")}
        >
          <Icon name="trash" size={15} />
        </button>
      )}
    </li>
  );
}

// The search box above the list of past conversations, and what was found.
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Hit, Search } from "../core/search.ts";
import { counted } from "../i18n/counted.ts";
import { fill } from "../i18n/locale.ts";
import { useHeading, useView } from "./context.ts";
import { Icon } from "./more-icon.tsx";
import { useAllTerms } from "./use-all-terms.ts";

export function SearchBox({ search }: { search: Search }) {
  const terms = useAllTerms();
  const input = useRef<HTMLInputElement>(null);
  const text = search.query.value;
  const clear = () => {
    search.type("");
    if (input.current) input.current.value = "";
    input.current?.focus();
  };
  return (
    <search class="search">
      <Icon name="search" size={16} />
      <input
        ref={input}
        type="search"
        aria-label={terms.searchConversations}
        placeholder={terms.searchConversations}
        autocomplete="off"
        enterkeyhint="search"
        maxLength={200}
        onInput={(event) => search.type(event.currentTarget.value)}
        onKeyDown={(event) => {
          // Escape clears what there is to clear, and only then goes on to close the panel.
          if (event.key !== "Escape" || !text || event.isComposing) return;
          event.stopPropagation();
          event.preventDefault();
          clear();
        }}
      />
      {search.busy.value && <span class="spinner" />}
      {text && (
        <button type="button" class="icon-button small" aria-label={terms.clearSearch} title={terms.clearSearch} onClick={clear}>
          <Icon name="x" size={15} />
        </button>
      )}
    </search>
  );
}

export function Found({ search }: { search: Search }) {
  const view = useView();
  const terms = useAllTerms();
  const Heading = useHeading(1);
  const { code } = view.language.value;
  const hits = search.hits.value;
  const none = fill(terms.noMatch, { query: search.query.peek().trim() });
  // Of those that are not loaded yet nobody knows the number.
  const found = counted(terms.searchResults, hits?.length ?? 0, code, search.hasMore.value);
  const said = useRef<unknown>(null);
  useLayoutEffect(() => {
    if (!hits || said.current === hits) return;
    said.current = hits;
    view.announce(hits.length ? found : none);
  }, [hits]);
  if (search.failed.value)
    return (
      <div class="empty" role="alert">
        <p>{terms.searchFailed}</p>
        <button type="button" class="pill" onClick={() => void search.again()}>
          {terms.retry}
        </button>
      </div>
    );
  if (!hits?.length) return <p class="empty">{none}</p>;
  return (
    <>
      <Heading>{found}</Heading>
      <ul class="found">
        {hits.map((hit) => (
          <li key={`${hit.thread_id} ${hit.item_id}`}>
            <Result hit={hit} />
          </li>
        ))}
      </ul>
      {search.hasMore.value && (
        <button type="button" class="pill older" disabled={search.busy.value} onClick={() => void search.more()}>
          {terms.more}
        </button>
      )}
    </>
  );
}

function Result({ hit }: { hit: Hit }) {
  const view = useView();
  const terms = useAllTerms();
  const { chat } = view;
  const marked = <Marked hit={hit} />;
  return (
    <button
      type="button"
      class="open"
      onClick={(event) => {
        const root = event.currentTarget.getRootNode() as ShadowRoot;
        view.setPanel("chat");
        const opened = chat.thread.peek()?.id === hit.thread_id ? Promise.resolve() : chat.openThread(hit.thread_id);
        const { item_id } = hit;
        if (item_id === null) view.focusComposer();
        else
          void opened
            .then(() => import("./reveal.ts"))
            .then(({ reveal }) => reveal(chat, root, item_id))
            .then((is) => is || view.focusComposer(), view.fail);
      }}
    >
      <span class="grow">
        <span class="hit-head">
          <span class="name" dir="auto">
            {hit.item_id === null ? marked : (hit.title ?? terms.untitled)}
          </span>
          <time dateTime={new Date(hit.created_at * 1_000).toISOString()}>{when(hit.created_at * 1_000, view.language.value.code)}</time>
        </span>
        {hit.item_id !== null && <small dir="auto">{marked}</small>}
      </span>
    </button>
  );
}

function Marked({ hit: { snippet, ranges } }: { hit: Hit }) {
  let from = 0;
  const pieces = ranges.map(([low, high]) => {
    const before = snippet.slice(from, low);
    from = high;
    return [before, <mark key={low}>{snippet.slice(low, high)}</mark>];
  });
  return (
    <>
      {pieces}
      {snippet.slice(from)}
    </>
  );
}

/** The hour of today, the day of this year, the date of any other. */
function when(ms: number, code: string): string {
  const [at, now] = [new Date(ms), new Date()];
  const year = at.getFullYear() !== now.getFullYear() ? ({ year: "numeric" } as const) : {};
  const today = at.toDateString() === now.toDateString();
  return new Intl.DateTimeFormat(code, today ? { timeStyle: "short" } : { day: "numeric", month: "short", ...year }).format(at);
}

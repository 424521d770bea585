import type { NumberedSource } from "../core/sources.ts";
import type { Source } from "../core/types.ts";
import { number } from "../i18n/counted.ts";
import { safeLink, tellsMuch } from "../markdown/links.ts";
import { useView } from "./context.ts";
import { Icon } from "./more-icon.tsx";
import { openEntity } from "./open-entity.ts";
import { useAllTerms } from "./use-all-terms.ts";

/** The numbered list behind an answer's citations, closed until someone looks. */
export function Sources({ sources }: { sources: readonly NumberedSource[] }) {
  const terms = useAllTerms();
  const { code } = useView().language.value;
  if (!sources.length) return null;
  return (
    <details class="sources" part="sources">
      <summary>
        {terms.sources} <span class="count">{number(sources.length, code)}</span>
        <span class="turn-icon">
          <Icon name="chevron-down" size={15} />
        </span>
      </summary>
      <ol>
        {sources.map(({ n, source }) => (
          <li key={n} data-source-row={n} tabIndex={-1}>
            <span class="number" aria-hidden="true">
              {number(n, code)}
            </span>
            <SourceLine source={source} />
          </li>
        ))}
      </ol>
    </details>
  );
}

function SourceLine({ source }: { source: Source }) {
  const view = useView();
  const url = source.type === "url" ? safeLink(source.url) : undefined;
  const under =
    source.type === "url" ? (source.attribution ?? hostOf(source.url)) : source.type === "file" ? source.filename : source.label;
  const text = (
    <>
      <span class="source-title" dir="auto">
        {source.title}
      </span>
      {under && under !== source.title && <span class="source-under">{under}</span>}
      {source.description && (
        <span class="source-about" dir="auto">
          {source.description}
        </span>
      )}
    </>
  );
  if (url)
    return (
      <a
        class="source"
        href={url.href}
        data-tells={tellsMuch(url) || undefined}
        target="_blank"
        rel="noopener noreferrer nofollow"
        referrerpolicy="no-referrer"
      >
        {text}
      </a>
    );
  if (source.type === "entity" && source.interactive)
    return (
      <button type="button" class="source" onClick={() => openEntity(view, source)}>
        {text}
      </button>
    );
  return <span class="source">{text}</span>;
}

export function hostOf(url: string): string | undefined {
  try {
    return new URL(url).hostname;
  } catch {
    return undefined;
  }
}

/** From a citation to its source in the list. */
export function openSource(chip: HTMLElement, n: string): void {
  const list = chip.closest("article")?.querySelector<HTMLDetailsElement>("details.sources");
  if (!list) return;
  list.open = true;
  const row = list.querySelector<HTMLElement>(`[data-source-row="${CSS.escape(n)}"]`);
  (row?.querySelector<HTMLElement>("a,button") ?? row)?.focus();
}

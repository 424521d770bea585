// An assistant's text. The element is an island: markdown goes straight from the stream to its nodes, past the framework.
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { NumberedSource } from "../core/sources.ts";
import { fill } from "../i18n/locale.ts";
import type { PlainTerms } from "../i18n/terms.ts";
import type { Scope } from "../markdown/dom.ts";
import { hostAllowed } from "../markdown/links.ts";
import { MarkdownStream, renderMarkdown } from "../markdown/stream.ts";
import { topLevel, useView, type View } from "./context.ts";
import { drawn } from "./drawn.ts";

type ProseProps = { text: string; live: boolean; citations?: { offset: number; n: number }[]; sources?: readonly NumberedSource[] };

const NO_SOURCES: readonly NumberedSource[] = [];

export function Prose({ text, live, citations = [], sources = NO_SOURCES }: ProseProps) {
  const view = useView();
  const root = useRef<HTMLDivElement>(null);
  const stream = useRef<MarkdownStream | null>(null);
  const sourcesNow = useRef(sources);
  sourcesNow.current = sources;
  const cited = citations.map(({ offset, n }) => `${offset}:${n}`).join();
  const shown = useRef("");
  const language = view.language.value;
  const level = topLevel(view);
  // A stream has one level for all of its headings.
  useMemo(() => {
    stream.current = null;
  }, [level]);
  useLayoutEffect(() => {
    const el = root.current;
    if (!el) return;
    const scope = scopeOf(view, () => sourcesNow.current);
    if (live && (!stream.current || !text.startsWith(stream.current.text))) {
      el.replaceChildren();
      stream.current = new MarkdownStream(el, scope);
      shown.current = "";
    }
    if (stream.current && text.startsWith(stream.current.text)) {
      if (shown.current !== cited) stream.current.cite(citations);
      if (text.length > stream.current.text.length) stream.current.write(text.slice(stream.current.text.length));
      if (!live) {
        stream.current.finish();
        stream.current = null;
      }
    } else renderMarkdown(el, text, citations, scope);
    shown.current = cited;
    if (!live) for (const image of el.querySelectorAll("img")) enlargeable(image, language.terms);
  }, [text, live, cited, language, level]);
  return <div ref={root} class={live ? "prose live" : "prose"} part="markdown" dir="auto" />;
}

/** An image can be enlarged by pointer and by key. */
export function enlargeable(image: HTMLImageElement, terms: PlainTerms): void {
  image.dataset.enlarge = "";
  image.tabIndex = 0;
  image.setAttribute("role", "button");
  image.setAttribute("aria-label", fill(terms.enlarge, { name: image.alt || terms.image }));
}

export function scopeOf(view: View, sources: () => readonly NumberedSource[]): Scope {
  const { code, terms } = view.language.value;
  return {
    document,
    headingLevel: topLevel(view) + 2,
    words: terms,
    ...drawn(view, terms),
    imageAllowed: (url) => hostAllowed(url, view.chat.thread.value?.allowed_image_domains),
    citation: (n) => {
      const source = sources().find((each) => each.n === n)?.source;
      if (!source) return undefined;
      const chip = document.createElement("button");
      chip.type = "button";
      chip.className = "cite";
      chip.setAttribute("part", "citation");
      chip.dataset.source = String(n);
      view.cards.set(chip, { kind: "source", source });
      const shown = n.toLocaleString(code);
      chip.setAttribute("aria-label", fill(terms.source, { n: shown, title: source.title }));
      chip.textContent = source.type === "entity" && source.inline_label ? source.inline_label : shown;
      return chip;
    },
  };
}

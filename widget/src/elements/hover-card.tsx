// A card beside a citation or a tag, for pointer and keyboard alike: it stays while either is on it, and Escape takes it away.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Entity } from "../core/options.ts";
import type { Source, WidgetNode } from "../core/types.ts";
import { useView } from "./context.ts";
import { Icon } from "./more-icon.tsx";
import { NamedIcon } from "./named-icon.tsx";
import { hostOf } from "./sources.tsx";

const MARGIN_PX = 8;

export function HoverCard() {
  const view = useView();
  const box = useRef<HTMLDivElement>(null);
  const card = view.card.value;
  const [preview, setPreview] = useState<WidgetNode | null | undefined>(undefined);
  const entity = card && entityOf(card.content);
  const previewed = view.options.value.entities?.onRequestPreview;

  useEffect(() => {
    setPreview(undefined);
    if (!entity || !previewed) return;
    view.loadWidgets();
    let late = false;
    Promise.resolve(view.latest().entities?.onRequestPreview?.(entity)).then(
      (found) => late || setPreview(found?.preview ?? null),
      (error: unknown) => {
        if (!late) setPreview(null);
        view.fail(error instanceof Error ? error : new Error(String(error)));
      },
    );
    return () => {
      late = true;
    };
  }, [card]);

  useLayoutEffect(() => {
    const el = box.current;
    const anchor = card?.anchor;
    const frame = el?.closest(".frame")?.getBoundingClientRect();
    if (!el || !anchor || !frame) return;
    const place = () => {
      const at = anchor.getClientRects()[0] ?? anchor.getBoundingClientRect();
      const { width, height } = el.getBoundingClientRect();
      const above = at.top - frame.top - height - MARGIN_PX;
      const top = above >= MARGIN_PX ? above : Math.min(at.bottom - frame.top + MARGIN_PX, frame.height - height - MARGIN_PX);
      const left = Math.max(MARGIN_PX, Math.min(at.left - frame.left + at.width / 2 - width / 2, frame.width - width - MARGIN_PX));
      el.style.top = `${Math.max(MARGIN_PX, top)}px`;
      el.style.left = `${left}px`;
    };
    place();
    const resize = new ResizeObserver(place);
    resize.observe(el);
    anchor.setAttribute("aria-describedby", "card");
    const stop = new AbortController();
    const close = () => view.showCard(null);
    document.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        event.preventDefault();
        view.hideCard();
      },
      { capture: true, signal: stop.signal },
    );
    el.closest(".frame")?.querySelector(".scroller")?.addEventListener("scroll", close, { passive: true, signal: stop.signal });
    return () => {
      stop.abort();
      resize.disconnect();
      anchor.removeAttribute("aria-describedby");
    };
  }, [card]);

  if (!card) return null;
  // Nothing to tell beyond what is read already.
  if (card.content.kind === "entity" && (!previewed || preview === null)) return null;
  const Renderer = view.widgets.value;
  return (
    <div
      ref={box}
      id="card"
      class="card-over"
      part="card"
      role="tooltip"
      onPointerEnter={() => view.showCard(card.anchor, card.content)}
      onPointerLeave={() => view.showCard(null)}
    >
      {preview && Renderer ? (
        <Renderer root={preview} run={async () => undefined} report={view.log} fail={view.fail} dark={view.dark.value} />
      ) : card.content.kind === "source" ? (
        <SourceCard source={card.content.source} />
      ) : (
        <span class="spinner" />
      )}
    </div>
  );
}

function entityOf(content: NonNullable<ReturnType<typeof useView>["card"]["value"]>["content"]): Entity | undefined {
  if (content.kind === "entity") return content.entity;
  return content.source.type === "entity" && content.source.interactive ? content.source : undefined;
}

function SourceCard({ source }: { source: Source }) {
  const { language } = useView();
  const head = source.type === "url" ? (source.attribution ?? hostOf(source.url)) : source.type === "file" ? source.filename : source.label;
  const when = source.timestamp === undefined ? Number.NaN : Date.parse(source.timestamp);
  return (
    <>
      {head && head !== source.title && (
        <div class="card-head">
          {source.type === "entity" && source.icon ? (
            <NamedIcon name={source.icon} size={14} />
          ) : (
            <Icon name={source.type === "url" ? "globe" : "file"} size={14} />
          )}
          <span dir="auto">{head}</span>
        </div>
      )}
      <div class="card-title" dir="auto">
        {source.title}
      </div>
      {source.description && (
        <p class="card-about" dir="auto">
          {source.description}
        </p>
      )}
      {!Number.isNaN(when) && (
        <time class="card-when" dateTime={source.timestamp}>
          {new Intl.DateTimeFormat(language.value.code, { dateStyle: "medium" }).format(when)}
        </time>
      )}
    </>
  );
}

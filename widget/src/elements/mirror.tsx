// Behind the text that is written: the same text, unseen, with a ground beneath each of its tags.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useView } from "./context.ts";

export function Mirror({ box }: { box: { current: HTMLTextAreaElement | null } }) {
  const view = useView();
  const { composer } = view;
  const ground = useRef<HTMLDivElement>(null);
  const text = composer.text.value;
  const tags = composer.tags.value;
  useEffect(() => {
    const el = box.current;
    const behind = ground.current;
    if (!el || !behind) return;
    const stop = new AbortController();
    const scroll = () => {
      behind.scrollTop = el.scrollTop;
    };
    scroll();
    el.addEventListener("scroll", scroll, { signal: stop.signal, passive: true });
    // The text lies above its tags, so which one is pointed at has to be looked up.
    el.addEventListener(
      "pointermove",
      ({ clientX, clientY }) => {
        const mark = [...behind.querySelectorAll("mark")].find((each) =>
          [...each.getClientRects()].some(
            ({ left, right, top, bottom }) => clientX >= left && clientX <= right && clientY >= top && clientY <= bottom,
          ),
        );
        const part = mark && tags[Number(mark.dataset.n)]?.part;
        if (part?.interactive && mark) view.showCard(mark, { kind: "entity", entity: { ...part, title: part.text } });
        else view.showCard(null);
      },
      { signal: stop.signal, passive: true },
    );
    el.addEventListener("pointerleave", () => view.showCard(null), { signal: stop.signal });
    return () => stop.abort();
  }, [box.current, tags, text]);
  const parts: ComponentChildren[] = [];
  let at = 0;
  for (const [n, tag] of tags.entries()) {
    parts.push(
      text.slice(at, tag.start),
      <mark key={n} data-n={n}>
        {text.slice(tag.start, tag.end)}
      </mark>,
    );
    at = tag.end;
  }
  return (
    <div ref={ground} class="input mirror" aria-hidden="true" dir="auto">
      {parts}
      {text.slice(at)}{" "}
    </div>
  );
}

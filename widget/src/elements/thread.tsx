// The transcript: turns in a log that scrolls with what is new until its reader scrolls away.
import { type Signal, signal, useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { copyText, type Turn as TurnData, toTurns } from "../core/turns.ts";
import { loadedImage } from "../markdown/dom.ts";
import { tellsMuch } from "../markdown/links.ts";
import { enlargeable } from "./assistant-message.tsx";
import { useTerms, useView } from "./context.ts";
import { soon } from "./frame.ts";
import { Icon } from "./icon.tsx";
import { lazy } from "./lazy.tsx";
import { Failure } from "./notices.tsx";
import { type Pin, ScrollPin } from "./scroll-pin.ts";
import { acts, Turn, type TurnProps } from "./turn.tsx";

const Progress = lazy((extras) => extras.Progress);
const Notices = lazy((extras) => extras.Notices);
const WaitingMessages = lazy((extras) => extras.WaitingMessages);

// A long thread is drawn from its end: these turns at once, the rest in slices of about this time, so that no frame waits for all of it.
// A slice is an element of its own: until it comes near what is seen, the browser neither styles nor lays out what is in it.
const FIRST_TURNS = 16;
/** Fewer, where their text fills the window: what is newest does not wait for what nobody sees yet. */
const CHARS_A_PIXEL = 3.5;
/** What the room around a turn is worth, in characters. */
const TURN_CHARS = 200;
const SLICE_MS = 45;
/** A guess in pixels, until a slice has been laid out. */
const TURN_HEIGHT = 160;
const NONE: ReadonlySet<string> = new Set();
// Far enough ahead that a reader scrolling up seldom waits.
const AHEAD = "800px 0px";

export function Thread() {
  const view = useView();
  const terms = useTerms();
  const { chat } = view;
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const room = useRef<HTMLDivElement>(null);
  const older = useRef<HTMLButtonElement>(null);
  const pin = useSignal<Pin | null>(null);
  const items = chat.items.value;
  const before = useRef<readonly TurnData[]>([]);
  const turns = useMemo(() => (before.current = toTurns(items, (item) => chat.keyOf(item), before.current)), [items]);
  // What a turn's component was asked for last: asked for by the same node again, it does not run.
  const nodes = useRef(new WeakMap<TurnData, VNode>()).current;
  const drawn = useRef<{ turns: readonly TurnData[]; live: ReadonlySet<string>; hidden: number; all: VNode[] } | null>(null);
  const begun = chat.begun.value;
  const [hidden, ends] = useHidden(turns);

  useEffect(() => {
    const end = room.current;
    view.end.value = end;
    return () => {
      // The next one may be there before this one is cleared away.
      if (view.end.peek() === end) view.end.value = null;
    };
  }, []);
  const unpin = useRef<(() => void) | null>(null);
  const open = () => {
    if (!scroller.current || !content.current || !room.current) return;
    const follow = () => view.options.peek().thread?.autoScroll === true;
    if (view.grows) {
      const between = [content.current, room.current] as const;
      const page = import("./page-pin.ts").then(({ PagePin }) => (pin.value = new PagePin(...between, follow)));
      unpin.current = () => void page.then((made) => made.dispose());
      return;
    }
    const made = new ScrollPin(scroller.current, content.current, room.current, follow);
    pin.value = made;
    unpin.current = () => made.dispose();
    // A thread opens at its end, a new one at its first message.
    if (chat.responding.peek()) made.begin();
    else made.toEnd();
  };
  // The end is shown with the first frame: an effect waits for the slices. A message goes to the top once all beneath it stands.
  useLayoutEffect(() => {
    if (!chat.responding.peek()) open();
    return () => unpin.current?.();
  }, []);
  useEffect(() => {
    if (!unpin.current) open();
  }, []);
  const seen = useRef(begun);
  useEffect(() => {
    if (seen.current !== begun) pin.value?.begin();
    seen.current = begun;
  }, [begun]);

  // Older turns are put in above what is read, which must not move.
  const oldest = items[0]?.id;
  const oldestBefore = useRef(oldest);
  const prepended = oldestBefore.current !== oldest && items.some((each) => each.id === oldestBefore.current);
  if (prepended) pin.peek()?.hold();
  useLayoutEffect(() => {
    if (prepended) pin.peek()?.restore();
    oldestBefore.current = oldest;
  }, [oldest]);
  const hasOlder = chat.hasOlder.value && hidden === 0;
  useEffect(() => {
    if (hasOlder && older.current) return whenNear(older.current, view.grows, () => void chat.loadOlder());
  }, [hasOlder, oldest]);

  const card = (event: Event) => {
    const anchor = (event.target as Element).closest?.(".cite,.tag") ?? null;
    const about = anchor ? view.cards.get(anchor) : undefined;
    // A click focuses too; the card is for those who came by key.
    if (event.type === "focusin" && !anchor?.matches(":focus-visible")) return;
    view.showCard(about ? anchor : null, about);
  };
  const onClick = (event: MouseEvent) => {
    acts.get((event.target as Element).closest("button") as Element)?.();
    const target = (event.target as Element).closest<HTMLElement>("[data-image],[data-source],[data-enlarge],a[href]");
    if (!target) return;
    if (target.dataset.image) {
      // Asked for by a click, so this one request may leave the page.
      const image = loadedImage(document, target.dataset.image, target.dataset.alt ?? "");
      target.replaceWith(image);
      enlargeable(image, terms);
      image.focus({ preventScroll: true });
    } else if (target.dataset.enlarge !== undefined || target.dataset.source)
      void import("./extras.ts").then(({ enlarge, openSource }) => {
        if (target.dataset.source) openSource(target, target.dataset.source);
        else enlarge(target, view);
      }, view.fail);
    else if (view.deeplink(target.getAttribute("href") ?? "")) event.preventDefault();
    else leave(event);
  };
  /** What a model was made to put into an address goes to whoever has it: that is asked first, whichever way the link is taken. */
  const leave = (event: MouseEvent) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
    if (!link || !tellsMuch(link)) return;
    event.preventDefault();
    if (event.type !== "dragstart") view.enlarged.value = { src: link.href };
  };

  const progress = chat.progress.value;
  const last = turns.at(-1);
  const live = chat.live.value;
  const draw = (from: number, to: number) => {
    const made: VNode[] = [];
    let slice: VNode[] | undefined;
    let near: Signal<boolean> | undefined;
    // Backwards: it is their ends that slices are known by.
    for (let index = to - 1; index >= from; index--) {
      const turn = turns[index] as TurnData;
      if (ends.has(turn.key)) {
        near = ends.get(turn.key) as Signal<boolean>;
        slice = [];
        made.unshift(<Slice key={turn.key} near={near} turns={slice} />);
      }
      const props: TurnProps = {
        turn,
        near,
        last: turn === last,
        before: turns[index - 1],
        live: turn.items.some((item) => live.has(item.id)) ? live : NONE,
      };
      let node = nodes.get(turn);
      const was = node?.props as TurnProps | undefined;
      if (!node || (Object.keys(props) as (keyof TurnProps)[]).some((name) => was?.[name] !== props[name])) {
        node = <Turn key={turn.key} {...props} />;
        nodes.set(turn, node);
      }
      (slice ?? made).unshift(node);
    }
    return made;
  };
  // While only older turns come, those that are there are not even looked at.
  const { current: known } = drawn;
  const kept = known?.turns === turns && known.live === live ? known : { hidden: turns.length, all: [] };
  drawn.current = { turns, live, hidden, all: [...draw(hidden, kept.hidden), ...kept.all] };
  const waiting =
    chat.responding.value &&
    !progress &&
    (last?.role !== "assistant" ||
      last.items.every((each) => each.type === "assistant_message" && !each.content.some((part) => part.text)));
  return (
    <div class="thread-frame">
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys on images are heard in reader.ts */}
      <div
        ref={scroller}
        class="scroller"
        part="thread"
        role="log"
        aria-live="off"
        aria-label={terms.conversation}
        aria-busy={chat.responding.value}
        // A scrolling region has to be reachable by keyboard.
        tabIndex={view.grows ? undefined : 0}
        onClick={onClick}
        onAuxClick={leave}
        onContextMenu={leave}
        onDragStart={leave}
        onPointerOver={card}
        onFocusIn={card}
        onFocusOut={() => view.showCard(null)}
      >
        <div ref={content} class={`column${hidden ? " filling" : ""}`} part="column">
          {hasOlder && (
            <button ref={older} type="button" class="pill older" disabled={chat.loadingOlder.value} onClick={() => void chat.loadOlder()}>
              {chat.loadingOlder.value ? terms.loading : terms.loadOlder}
            </button>
          )}
          {drawn.current.all}
          {progress && <Progress progress={progress} />}
          {waiting && (
            <div class="dots" role="img" aria-label={terms.answering}>
              <i />
              <i />
              <i />
            </div>
          )}
          {chat.notices.value.length > 0 && <Notices />}
          <Failure />
          {chat.waiting.value.length > 0 && <WaitingMessages />}
          <div ref={room} class="room" />
        </div>
      </div>
      {pin.value?.below.value && (
        <button type="button" class="jump" part="jump" aria-label={terms.latest} title={terms.latest} onClick={() => pin.value?.toEnd()}>
          <Icon name="arrow-down" size={18} />
        </button>
      )}
    </div>
  );
}

/** What can be done with its turns is drawn when it first comes near what is seen, as the browser itself does with all that is in it. */
function Slice({ near, turns }: { near: Signal<boolean>; turns: VNode[] }) {
  const { grows } = useView();
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!root.current || near.peek()) return;
    const stop = whenNear(root.current, grows, () => {
      stop();
      near.value = true;
    });
    return stop;
  }, []);
  return (
    <div ref={root} class="slice" style={{ containIntrinsicBlockSize: `auto ${turns.length * TURN_HEIGHT}px` }}>
      {turns}
    </div>
  );
}

/** Tells when an element is about to be seen, until that is called which it answers. */
function whenNear(el: Element, grows: boolean, tell: () => void): () => void {
  const watch = new IntersectionObserver((entries) => entries.some((each) => each.isIntersecting) && tell(), {
    root: grows ? null : el.closest(".scroller"),
    rootMargin: AHEAD,
  });
  watch.observe(el);
  return () => watch.disconnect();
}

/**
 * How many of the oldest turns are not drawn yet, and the turns that ended the slices, with whether what they end is near: a page of older
 * ones grows the first at its front.
 */
function useHidden(turns: readonly TurnData[]): [number, ReadonlyMap<string, Signal<boolean>>] {
  const [hidden, setHidden] = useState(() => hiddenAtFirst(turns));
  const slice = useRef({ turns: 12, from: 0, ends: new Map<string, Signal<boolean>>() }).current;
  useLayoutEffect(() => {
    if (slice.from) slice.turns = Math.min(120, Math.max(8, (slice.turns * SLICE_MS) / (performance.now() - slice.from))) | 0;
    if (!hidden) return;
    // A task of its own; what the reader does comes first. Of a transcript that has gone by then, nothing is drawn.
    const draw = () => {
      slice.from = performance.now();
      slice.ends.set(turns[hidden - 1]?.key as string, signal(false));
      setHidden(Math.max(0, hidden - slice.turns));
    };
    // The newest are painted first; from then on a timer would only leave time for frames in which nothing is new.
    if (slice.from) soon(draw);
    else setTimeout(draw);
  }, [hidden]);
  return [hidden, slice.ends];
}

function hiddenAtFirst(turns: readonly TurnData[]): number {
  let hidden = turns.length;
  for (let chars = 0; hidden > 0 && turns.length - hidden < FIRST_TURNS && chars < innerHeight * CHARS_A_PIXEL; hidden--)
    chars += TURN_CHARS + copyText(turns[hidden - 1] as TurnData).length;
  return hidden;
}

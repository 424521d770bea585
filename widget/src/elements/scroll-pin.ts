// Where the reader is in the transcript. Following, the newest text stays in view until the reader scrolls away; otherwise what was just
// said goes to the top and its answer fills the room beneath. What counts is the reader's gesture, not a distance: content that grows,
// shrinks or is anchored by the browser must never let go of the end, and one notch of the wheel must.
import { type Signal, signal } from "@preact/signals";

// Closer to the end than this, the reader is taken to be there again.
const REACH_PX = 64;
// Less than this below the edge is not worth a button.
const BELOW_PX = 12;
const GAP_PX = 12;
const UP_KEYS = new Set(["PageUp", "Home", "ArrowUp"]);

export interface Pin {
  /** Whether there is something newer below what is seen. */
  readonly below: Signal<boolean>;
  /** A new turn began. */
  begin(): void;
  /** To the newest, and along with it from there on. */
  toEnd(): void;
  /** Before older turns are put in, and after: what is seen stays where it stands. */
  hold(): void;
  restore(): void;
  dispose(): void;
}

export class ScrollPin implements Pin {
  /** Whether there is something newer below what is seen. */
  readonly below = signal(false);
  #following = true;
  #scroller: HTMLElement;
  #content: HTMLElement;
  /** Room after the last turn, so that it can stand at the top before it is long enough. */
  #room: HTMLElement;
  #turn: HTMLElement | undefined;
  #follow: () => boolean;
  #resize: ResizeObserver;
  #stop = new AbortController();
  #touchY = 0;
  #lastTop = 0;
  #held: { el: Element; top: number }[] = [];

  constructor(scroller: HTMLElement, content: HTMLElement, room: HTMLElement, follow: () => boolean) {
    this.#scroller = scroller;
    this.#content = content;
    this.#room = room;
    this.#follow = follow;
    const { signal: until } = this.#stop;
    const on = <K extends keyof HTMLElementEventMap>(name: K, listener: (event: HTMLElementEventMap[K]) => void) =>
      scroller.addEventListener(name, listener, { passive: true, signal: until });
    on("wheel", (event) => {
      if (event.deltaY < 0) this.#release();
    });
    on("keydown", (event) => {
      if (UP_KEYS.has(event.key) || (event.key === " " && event.shiftKey)) this.#release();
    });
    on("touchstart", (event) => {
      this.#touchY = event.touches[0]?.clientY ?? 0;
    });
    on("touchmove", (event) => {
      if ((event.touches[0]?.clientY ?? 0) > this.#touchY + 4) this.#release();
    });
    on("pointerdown", (event) => {
      // The scrollbar: a press on the scroller itself, beside its content.
      if (event.target === scroller) this.#release();
    });
    on("scroll", () => {
      const down = scroller.scrollTop > this.#lastTop;
      this.#lastTop = scroller.scrollTop;
      if (down && this.#follow() && !this.#turn && this.#distance() < REACH_PX) this.#follows(true);
      this.#look();
    });
    this.#resize = new ResizeObserver(() => this.#settle());
    this.#resize.observe(content);
    this.#resize.observe(scroller);
  }

  #release(): void {
    if (this.#scroller.scrollHeight > this.#scroller.clientHeight) this.#follows(false);
    this.#look();
  }

  /** Who follows the end needs no anchor, which the browser would look for with each frame. */
  #follows(is: boolean): void {
    this.#following = is;
    this.#scroller.style.overflowAnchor = is || this.#held.length ? "none" : "";
  }

  #distance(): number {
    return this.#scroller.scrollHeight - this.#scroller.clientHeight - this.#scroller.scrollTop;
  }

  #look(): void {
    const end = this.#room.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().bottom;
    this.below.value = !this.#following && end > BELOW_PX;
  }

  #settle(): void {
    if (this.#turn) this.#makeRoom(this.#turn);
    if (this.#following) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#look();
  }

  #makeRoom(turn: HTMLElement): void {
    const content = this.#content.getBoundingClientRect();
    const used = this.#room.getBoundingClientRect().top - turn.getBoundingClientRect().top;
    const after = content.bottom - this.#room.getBoundingClientRect().bottom;
    this.#room.style.height = `${Math.max(0, Math.floor(this.#scroller.clientHeight - GAP_PX - used - after))}px`;
  }

  /** A new turn began. */
  begin(): void {
    const turn = [...this.#content.querySelectorAll<HTMLElement>(".turn.user")].at(-1);
    if (this.#follow() || !turn) {
      this.toEnd();
      return;
    }
    this.#follows(false);
    this.#turn = turn;
    this.#makeRoom(turn);
    const top = this.#scroller.scrollTop + turn.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top - GAP_PX;
    this.#scroller.scrollTo({ top, behavior: matchMedia("(prefers-reduced-motion)").matches ? "instant" : "smooth" });
    this.#look();
  }

  /** To the newest, and along with it from there on. */
  toEnd(): void {
    this.#follows(true);
    this.#turn = undefined;
    this.#room.style.height = "0px";
    this.#settle();
  }

  /** Before older turns are put in: remembers where what is seen stands. */
  hold(): void {
    const { top, bottom } = this.#scroller.getBoundingClientRect();
    this.#held = [...this.#content.querySelectorAll(".turn")]
      // Not one whose place the browser has not worked out.
      .filter((el) => el.checkVisibility?.({ contentVisibilityAuto: true }) !== false)
      .map((el) => ({ el, rect: el.getBoundingClientRect() }))
      .filter(({ rect }) => rect.bottom > top && rect.top < bottom + 2_000)
      .map(({ el, rect }) => ({ el, top: rect.top }));
    this.#follows(this.#following);
  }

  /** After they were put in: what was seen stands there again. Their heights are known a frame later only. */
  restore(frames = 3): void {
    // A turn that grew at its front is a new element.
    const held = this.#held.find(({ el }) => el.isConnected);
    if (held && !this.#following) this.#scroller.scrollTop += held.el.getBoundingClientRect().top - held.top;
    this.#lastTop = this.#scroller.scrollTop;
    if (frames && held) requestAnimationFrame(() => this.restore(frames - 1));
    else {
      this.#held = [];
      this.#follows(this.#following);
    }
  }

  dispose(): void {
    this.#stop.abort();
    this.#resize.disconnect();
  }
}

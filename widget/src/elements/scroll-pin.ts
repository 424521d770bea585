// Keeps the newest text in view until the reader scrolls away. What counts is the reader's gesture, not a distance: content that grows,
// shrinks or is anchored by the browser must never let go of the end, and one notch of the wheel must.
import { signal } from "@preact/signals";

// Closer to the end than this, the reader is taken to be there again.
const REACH_PX = 64;
const UP_KEYS = new Set(["PageUp", "Home", "ArrowUp"]);

export class ScrollPin {
  readonly following = signal(true);
  #scroller: HTMLElement;
  #resize: ResizeObserver;
  #stop = new AbortController();
  #touchY = 0;
  #lastTop = 0;

  constructor(scroller: HTMLElement, content: HTMLElement) {
    this.#scroller = scroller;
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
      if (down && this.#distance() < REACH_PX) this.following.value = true;
    });
    this.#resize = new ResizeObserver(() => this.#pin());
    this.#resize.observe(content);
    this.#resize.observe(scroller);
  }

  #release(): void {
    if (this.#scroller.scrollHeight > this.#scroller.clientHeight) this.following.value = false;
  }

  #distance(): number {
    return this.#scroller.scrollHeight - this.#scroller.clientHeight - this.#scroller.scrollTop;
  }

  #pin(): void {
    if (this.following.value) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  toEnd(): void {
    this.following.value = true;
    this.#pin();
  }

  dispose(): void {
    this.#stop.abort();
    this.#resize.disconnect();
  }
}

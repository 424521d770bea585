// Where the reader is in a chat that grows with its page: the page scrolls, so it is moved only when its reader has asked something, and
// along with an answer only while the end of it is in sight.
import { signal } from "@preact/signals";
import css from "./page-pin.css";
import type { Pin } from "./scroll-pin.ts";

export { css };

// The end counts as in sight this far below the window's edge: a line or two.
const REACH_PX = 64;

export class PagePin implements Pin {
  readonly below = signal(false);
  #content: HTMLElement;
  #room: HTMLElement;
  #near = false;
  #resize: ResizeObserver;
  #stop = new AbortController();

  constructor(content: HTMLElement, room: HTMLElement, follow: () => boolean) {
    this.#content = content;
    this.#room = room;
    addEventListener("scroll", () => this.#look(), { capture: true, passive: true, signal: this.#stop.signal });
    this.#resize = new ResizeObserver(() => {
      if (this.#near && follow()) room.scrollIntoView({ block: "nearest" });
      this.#look();
    });
    this.#resize.observe(content);
  }

  #look(): void {
    this.#near = this.#room.getBoundingClientRect().top <= innerHeight + REACH_PX;
  }

  begin(): void {
    const turn = [...this.#content.querySelectorAll(".turn.user")].at(-1);
    turn?.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
  }

  toEnd(): void {
    this.#look();
  }

  hold(): void {}

  restore(): void {}

  dispose(): void {
    this.#stop.abort();
    this.#resize.disconnect();
  }
}

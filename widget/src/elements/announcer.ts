// What a screen reader hears, unhurried, through a region of its own. The transcript itself stays silent while it streams, because a
// live region that changes with every token floods readers or silences them.

// Faster than this and readers begin to drop what is queued.
const INTERVAL_MS = 1_500;

export class Announcer {
  #region: HTMLElement;
  #queue: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(region: HTMLElement) {
    this.#region = region;
  }

  say(text: string): void {
    const line = text.trim();
    if (!line) return;
    this.#queue.push(line);
    if (this.#timer === undefined) this.#next();
  }

  #next(): void {
    const text = this.#queue.splice(0).join(" ");
    if (!text) {
      this.#timer = undefined;
      return;
    }
    this.#region.textContent = text;
    this.#timer = setTimeout(() => this.#next(), INTERVAL_MS);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#queue = [];
  }
}

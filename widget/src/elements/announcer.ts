// What a screen reader hears of a streaming answer: whole sentences, unhurried, through a region of its own. The transcript itself stays
// silent while it streams, because a live region that changes with every token floods readers or silences them.

// Faster than this and readers begin to drop what is queued.
const INTERVAL_MS = 1_500;

export class Announcer {
  #region: HTMLElement;
  #queue: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #spoken = new Map<string, number>();

  constructor(region: HTMLElement) {
    this.#region = region;
  }

  say(text: string): void {
    const line = text.trim();
    if (!line) return;
    this.#queue.push(line);
    if (this.#timer === undefined) this.#next();
  }

  /** Says the sentences completed since the last call; all that is left once the message is finished. */
  follow(id: string, text: string, finished: boolean): void {
    const from = this.#spoken.get(id) ?? 0;
    const fresh = text.slice(from);
    const end = finished ? fresh.length : lastSentenceEnd(fresh);
    if (end <= 0) return;
    this.#spoken.set(id, from + end);
    this.say(plain(fresh.slice(0, end)));
  }

  /** What was there before anyone listened is not read out. */
  skip(id: string, text: string): void {
    this.#spoken.set(id, text.length);
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

function lastSentenceEnd(text: string): number {
  let end = 0;
  for (const match of text.matchAll(/[.!?…。！？؟](?=\s|$)|\n{2,}|[。！？]/g)) end = match.index + match[0].length;
  return end === text.length && !/\s$/.test(text) && !/[。！？]$/.test(text) ? text.slice(0, -1).search(/[.!?…](?=\s[^.!?…]*$)/) + 1 : end;
}

function plain(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^[ \t]*(?:#{1,6}|[-*+>]|\d+[.)])[ \t]+/gm, "")
    .replace(/[*_`~]{1,3}/g, "")
    .replace(/\|/g, " ")
    .replace(/\s+/g, " ");
}

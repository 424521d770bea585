// What was being written in each thread, as text, for as long as the tab lives: a reload or a look at another thread loses nothing.

const MAX_THREADS = 30;
// More than anybody types; a pasted book need not survive a reload.
const MAX_CHARACTERS = 20_000;
const WRITE_AFTER_MS = 200;
const NEW = "";

type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export class Drafts {
  #storage: Shelf | undefined;
  #key: string;
  #texts: Map<string, string>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(storage: Shelf | undefined, key: string) {
    this.#storage = storage;
    this.#key = key;
    this.#texts = new Map(read(storage, key));
  }

  get(threadId: string | null): string {
    return this.#texts.get(threadId ?? NEW) ?? "";
  }

  set(threadId: string | null, text: string): void {
    const id = threadId ?? NEW;
    if (this.get(threadId) === text) return;
    this.#texts.delete(id);
    if (text.trim()) this.#texts.set(id, text.slice(0, MAX_CHARACTERS));
    if (this.#texts.size > MAX_THREADS) this.#texts.delete(this.#texts.keys().next().value as string);
    this.#timer ??= setTimeout(() => this.flush(), WRITE_AFTER_MS);
  }

  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      if (this.#texts.size) this.#storage?.setItem(this.#key, JSON.stringify([...this.#texts]));
      else this.#storage?.removeItem(this.#key);
    } catch {
      // Storage may be full or switched off; then drafts live as long as the page.
    }
  }
}

function read(storage: Shelf | undefined, key: string): [string, string][] {
  try {
    const found: unknown = JSON.parse(storage?.getItem(key) ?? "[]");
    return Array.isArray(found) ? found.filter((each) => typeof each?.[0] === "string" && typeof each?.[1] === "string") : [];
  } catch {
    return [];
  }
}

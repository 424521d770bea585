// What a tab remembers of a conversation partner, for the user who speaks: the open thread and what was being written, nothing else.
import { Drafts } from "../core/drafts.ts";

export class Memory {
  readonly drafts: Drafts;
  #thread: string;

  /** `partner` is the service; `user` as the page names them, so that one finds nothing of another. */
  constructor(partner: string, user: string | undefined) {
    const whose = user === undefined ? "" : `#${fingerprint(user)}`;
    this.#thread = `chatdock.thread:${partner}${whose}`;
    const drafts = `chatdock.drafts:${partner}${whose}`;
    // A tab that was another user's keeps nothing of theirs.
    for (const key of Object.keys(storage() ?? {}))
      for (const own of [this.#thread, drafts]) if (key !== own && key.split("#")[0] === own.split("#")[0]) write(key, null);
    this.drafts = new Drafts(storage(), drafts);
  }

  get thread(): string | null {
    try {
      return sessionStorage.getItem(this.#thread);
    } catch {
      return null;
    }
  }

  set thread(id: string | null) {
    write(this.#thread, id);
  }
}

function storage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined; // Switched off, or a frame without an origin.
  }
}

function write(key: string, value: string | null): void {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, value);
  } catch {
    // Storage may be switched off; then a reload starts a new thread.
  }
}

// FNV-1a: tells users of one tab apart without writing down who they are.
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(36);
}

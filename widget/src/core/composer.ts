// What is being written: text with its tags, attachments on their way up, the quote, the chosen tool and model.
import { batch, computed, signal } from "@preact/signals-core";
import type { Client } from "./client.ts";
import type { Tag, Tagging, Written } from "./tags.ts";
import type { Attachment, MessageInput, UserContent } from "./types.ts";

export type Draft = {
  key: string;
  name: string;
  size_bytes: number;
  image: boolean;
  preview?: string;
  state: "uploading" | "ready" | "failed";
  /** 0 to 1; stays 0 where the way up tells nothing. */
  progress: number;
  attachment?: Attachment;
  retry?: (() => void) | undefined;
  abort?: AbortController;
};
export type Refusal = {
  reason: "too_large" | "too_many" | "wrong_type" | "empty" | "refused" | "too_long";
  name: string;
  limit?: number;
  message?: string;
  /** The service's own name for why, where the server is that service: its message is English. */
  code?: string | null;
};

/** What belongs to a message besides its text. */
export type Beside = [quote: string, drafts: readonly Draft[]];

const NO_TAGS: readonly Tag[] = [];

export class Composer {
  readonly text = signal("");
  readonly tags = signal<readonly Tag[]>(NO_TAGS);
  readonly quote = signal("");
  readonly drafts = signal<readonly Draft[]>([]);
  /** Files that were dropped or pasted and not yet looked at: what does that may still be on its way. */
  readonly held = signal<readonly File[]>([]);
  readonly refusals = signal<readonly Refusal[]>([]);
  readonly toolId = signal<string | null>(null);
  readonly modelId = signal<string | null>(null);
  /** Where the caret belongs after a change that was not typed; -1 is the end. */
  readonly caret = signal<{ at: number } | null>(null);
  /** Where the caret was when the text was last left. */
  caretLeft = 0;
  readonly uploading = computed(() => this.drafts.value.some((each) => each.state === "uploading"));
  readonly empty = computed(() => this.text.value.trim() === "" && !this.drafts.value.some((each) => each.state === "ready"));
  /** What tags need, once there may be one. */
  tagging: Tagging | undefined;
  /** What was begun in threads that are not open, each with its own. */
  readonly kept = new Map<string | null, Beside>();
  /** Lets go of these files, or of all, once some are or were on their way up. */
  release: ((drafts?: readonly Draft[]) => void) | undefined;
  readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  /** What the user made of the text, with the caret where it was left; answers where it belongs now. */
  type(text: string, caret: number): number {
    const written = this.edited(text, caret);
    this.write(written, written.text !== text);
    return written.caret;
  }

  /** The text as it stands after that change, with its tags and the caret's place. */
  edited(text: string, caret: number): Written {
    return this.tagging?.edited(this.text.value, this.tags.value, text, caret) ?? { text, tags: NO_TAGS, caret };
  }

  set(text: string): void {
    this.write({ text, tags: NO_TAGS, caret: -1 }, true);
  }

  /** Another thread is written in, where that text was begun. */
  turn(from: string | null, to: string | null, text: string): void {
    this.kept.set(from, [this.quote.value, this.drafts.value]);
    [this.quote.value, this.drafts.value] = this.kept.get(to) ?? ["", []];
    this.refusals.value = [];
    this.set(text);
  }

  /** Puts this in the text's place; the caret `moves` where it was not typed. */
  write({ text, tags, caret }: Written, moves: boolean): void {
    batch(() => {
      this.text.value = text;
      this.tags.value = tags;
      if (moves) this.caret.value = { at: caret };
      this.caretLeft = caret < 0 ? text.length : caret;
    });
  }

  /** The message as it stands; the composer is empty afterwards, but for a tool that stays and files that failed. */
  take(persistentTools: ReadonlySet<string>): { input: MessageInput; attachments: Attachment[] } {
    const ready = this.drafts.value.filter((each) => each.attachment && each.state === "ready");
    const attachments = ready.flatMap((each) => (each.attachment ? [each.attachment] : []));
    const text = this.text.value.trim();
    const input = toInput({
      content: this.tagging?.toContent(this.text.value, this.tags.value) ?? (text ? [{ type: "input_text", text }] : []),
      attachments,
      quote: this.quote.value,
      toolId: this.toolId.value,
      modelId: this.modelId.value,
    });
    this.release?.(ready);
    batch(() => {
      this.text.value = "";
      this.tags.value = NO_TAGS;
      this.quote.value = "";
      this.drafts.value = this.drafts.value.filter((each) => each.state === "failed");
      this.refusals.value = [];
      if (this.toolId.value && !persistentTools.has(this.toolId.value)) this.toolId.value = null;
    });
    return { input, attachments };
  }
}

export function toInput(from: {
  content: UserContent[];
  attachments?: readonly Attachment[];
  quote?: string | undefined;
  toolId?: string | null | undefined;
  modelId?: string | null | undefined;
}): MessageInput {
  return {
    content: from.content.map((part) => (part.type === "input_tag" ? { ...part, data: part.data ?? {} } : part)),
    attachments: (from.attachments ?? []).map((each) => each.id),
    inference_options: { ...(from.modelId && { model: from.modelId }), ...(from.toolId && { tool_choice: { id: from.toolId } }) },
    ...(from.quote && { quoted_text: from.quote }),
  };
}

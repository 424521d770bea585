// What is being written: text with its tags, attachments on their way up, the quote, the chosen tool and model.
import { batch, computed, signal } from "@preact/signals-core";
import type { Client } from "./client.ts";
import type { Tag, Written } from "./tags.ts";
import type { Attachment, MessageInput, TagPart, UserContent } from "./types.ts";
import type { Limits } from "./uploads.ts";

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
  reason: "too_large" | "too_many" | "wrong_type" | "empty" | "refused";
  name: string;
  limit?: number;
  message?: string;
  /** The service's own name for why, where the server is that service: its message is English. */
  code?: string | null;
};

type Tagging = typeof import("./tags.ts").tagging;

// More lines than these would push the composer off a phone's screen.
const MAX_REFUSALS = 3;
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
  #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** What the user made of the text, with the caret where it was left; answers where it belongs now. */
  type(text: string, caret: number): number {
    const written = this.#edited(text, caret);
    this.#write(written, written.text !== text);
    return written.caret;
  }

  #edited(text: string, caret: number): Written {
    return this.tagging?.edited(this.text.value, this.tags.value, text, caret) ?? { text, tags: NO_TAGS, caret };
  }

  insertTag(tagging: Tagging, from: number, to: number, part: TagPart): void {
    this.tagging = tagging;
    this.#write(tagging.withTag(this.text.value, this.tags.value, from, to, part), true);
  }

  /** Puts text in the place of a range, as typing would. */
  replace(from: number, to: number, text: string): void {
    const before = this.text.value;
    this.#write(this.#edited(before.slice(0, from) + text + before.slice(to), from + text.length), true);
  }

  set(text: string): void {
    this.#write({ text, tags: NO_TAGS, caret: -1 }, true);
  }

  async setContent(content: readonly UserContent[]): Promise<void> {
    this.tagging ??= (await import("./tags.ts")).tagging;
    this.#write({ ...this.tagging.fromContent(content), caret: -1 }, true);
  }

  #write({ text, tags, caret }: Written, moves: boolean): void {
    batch(() => {
      this.text.value = text;
      this.tags.value = tags;
      if (moves) this.caret.value = { at: caret };
      this.caretLeft = caret < 0 ? text.length : caret;
    });
  }

  /** Takes files within the limits and starts their upload. */
  async attach(files: Iterable<File>, limits: Limits): Promise<void> {
    // A picker's list empties when it is reset: copied before anything is waited for.
    const taken = [...files];
    const { attachFiles } = await import("./uploads.ts");
    attachFiles(this, this.#client, taken, limits);
  }

  refuse(refusal: Refusal): void {
    // How many may come is said once, however many did.
    const others = this.refusals.value.filter(({ reason }) => reason !== "too_many" || refusal.reason !== "too_many");
    this.refusals.value = [...others, refusal].slice(-MAX_REFUSALS);
  }

  patch(key: string, change: Partial<Draft>): void {
    this.drafts.value = this.drafts.value.map((each) => (each.key === key ? { ...each, ...change } : each));
  }

  /** Attachments that are on the server already. */
  add(attachments: readonly Attachment[]): void {
    const drafts = attachments.map((attachment): Draft => {
      const { id, name, preview_url, type } = attachment;
      const draft: Draft = { key: id, name, size_bytes: 0, image: type === "image", state: "ready", progress: 1, attachment };
      return preview_url ? { ...draft, preview: preview_url } : draft;
    });
    this.drafts.value = [...this.drafts.value.filter((each) => !drafts.some(({ key }) => key === each.key)), ...drafts];
  }

  detach(key: string): void {
    const draft = this.drafts.value.find((each) => each.key === key);
    draft?.abort?.abort();
    if (draft?.attachment) this.forget(draft.attachment.id);
    release(draft);
    batch(() => {
      this.drafts.value = this.drafts.value.filter((each) => each.key !== key);
      this.refusals.value = [];
    });
  }

  forget(attachmentId: string): void {
    void this.#client.call("attachments.delete", { attachment_id: attachmentId }).catch(() => undefined);
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
    for (const draft of ready) release(draft);
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

  dispose(): void {
    for (const draft of this.drafts.value) {
      draft.abort?.abort();
      release(draft);
    }
  }
}

function release(draft: Draft | undefined): void {
  if (draft?.preview?.startsWith("blob:")) URL.revokeObjectURL(draft.preview);
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

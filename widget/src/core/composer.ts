// What is being written: text, attachments on their way up, the quote, the chosen tool and model.
import { computed, signal } from "@preact/signals-core";
import type { Client } from "./client.ts";
import type { AttachmentOptions } from "./options.ts";
import type { Attachment, MessageInput, UserContent } from "./types.ts";

export type Draft = {
  key: string;
  name: string;
  size_bytes: number;
  image: boolean;
  preview?: string;
  state: "uploading" | "ready" | "failed";
  attachment?: Attachment;
  retry?: () => void;
  abort?: AbortController;
};
export type Refusal = { reason: "too_large" | "too_many" | "wrong_type"; name: string; limit?: number };

const DEFAULT_MAX_BYTES = 100 * 1024 * 1024;
const DEFAULT_MAX_COUNT = 10;

export class Composer {
  readonly text = signal("");
  /** Content set by the page that plain text cannot hold, such as tags; typing replaces it. */
  readonly content = signal<UserContent[] | null>(null);
  readonly quote = signal("");
  readonly drafts = signal<readonly Draft[]>([]);
  readonly refusal = signal<Refusal | null>(null);
  readonly toolId = signal<string | null>(null);
  readonly modelId = signal<string | null>(null);
  readonly uploading = computed(() => this.drafts.value.some((each) => each.state === "uploading"));
  readonly empty = computed(
    () => this.text.value.trim() === "" && !this.content.value && !this.drafts.value.some((each) => each.state === "ready"),
  );
  #client: Client;
  #count = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Takes files within the limits and starts their upload; the last one refused is kept for the user to read. */
  attach(files: Iterable<File>, options: AttachmentOptions): void {
    this.refusal.value = null;
    for (const file of files) {
      const limit = maxBytes(file, options.maxSize);
      const maxCount = options.maxCount ?? DEFAULT_MAX_COUNT;
      if (!accepted(file, options.accept)) this.refusal.value = { reason: "wrong_type", name: file.name };
      else if (file.size > limit) this.refusal.value = { reason: "too_large", name: file.name, limit };
      else if (this.drafts.value.length >= maxCount) this.refusal.value = { reason: "too_many", name: file.name, limit: maxCount };
      else this.#upload(file);
    }
  }

  #upload(file: File): void {
    const image = file.type.startsWith("image/");
    const abort = new AbortController();
    const preview = image && typeof URL.createObjectURL === "function" ? URL.createObjectURL(file) : undefined;
    const draft: Draft = { key: `draft_${++this.#count}`, name: file.name, size_bytes: file.size, image, state: "uploading", abort };
    if (preview) draft.preview = preview;
    this.drafts.value = [...this.drafts.value, draft];
    const start = () => {
      this.#patch(draft.key, { state: "uploading" });
      this.#client.upload(file, abort.signal).then(
        (attachment) => this.#patch(draft.key, { state: "ready", attachment }),
        () => this.#patch(draft.key, { state: "failed", retry: start }),
      );
    };
    start();
  }

  #patch(key: string, change: Partial<Draft>): void {
    this.drafts.value = this.drafts.value.map((each) => (each.key === key ? { ...each, ...change } : each));
  }

  add(attachments: readonly Attachment[]): void {
    const drafts = attachments.map((attachment): Draft => {
      const { name, preview_url } = attachment;
      const draft: Draft = {
        key: `draft_${++this.#count}`,
        name,
        size_bytes: 0,
        image: attachment.type === "image",
        state: "ready",
        attachment,
      };
      if (preview_url) draft.preview = preview_url;
      return draft;
    });
    this.drafts.value = [...this.drafts.value, ...drafts];
  }

  detach(key: string): void {
    const draft = this.drafts.value.find((each) => each.key === key);
    draft?.abort?.abort();
    if (draft?.attachment) void this.#client.call("attachments.delete", { attachment_id: draft.attachment.id }).catch(() => undefined);
    this.#release(draft);
    this.drafts.value = this.drafts.value.filter((each) => each.key !== key);
  }

  /** The message as it stands; the composer is empty afterwards, but for a tool that stays. */
  take(persistentTools: ReadonlySet<string>): { input: MessageInput; attachments: Attachment[] } {
    const attachments = this.drafts.value.flatMap((each) => (each.attachment && each.state === "ready" ? [each.attachment] : []));
    const input = toInput({
      content: this.content.value ?? [{ type: "input_text", text: this.text.value.trim() }],
      attachments,
      quote: this.quote.value,
      toolId: this.toolId.value,
      modelId: this.modelId.value,
    });
    for (const draft of this.drafts.value) this.#release(draft);
    this.text.value = "";
    this.content.value = null;
    this.quote.value = "";
    this.drafts.value = [];
    this.refusal.value = null;
    if (this.toolId.value && !persistentTools.has(this.toolId.value)) this.toolId.value = null;
    return { input, attachments };
  }

  #release(draft: Draft | undefined): void {
    if (draft?.preview?.startsWith("blob:")) URL.revokeObjectURL(draft.preview);
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

function maxBytes(file: File, limits: AttachmentOptions["maxSize"]): number {
  if (limits === undefined) return DEFAULT_MAX_BYTES;
  if (typeof limits === "number") return limits;
  const exact = limits[file.type] ?? limits[`${file.type.split("/")[0]}/*`];
  return exact ?? limits["*"] ?? limits[""] ?? DEFAULT_MAX_BYTES;
}

function accepted(file: File, accept: AttachmentOptions["accept"]): boolean {
  if (!accept || Object.keys(accept).length === 0) return true;
  const name = file.name.toLowerCase();
  return Object.entries(accept).some(([pattern, extensions]) => {
    const typed = pattern === file.type || pattern === "*/*" || (pattern.endsWith("/*") && file.type.startsWith(pattern.slice(0, -1)));
    return typed || extensions.some((each) => name.endsWith(each.toLowerCase()));
  });
}

// What a page puts into the composer.
import { batch } from "@preact/signals-core";
import type { Composer } from "./composer.ts";
import { tagging } from "./tags.ts";
import type { Attachment, UserContent } from "./types.ts";
import { attachFiles, bring, type Limits } from "./uploads.ts";

export type Filling = {
  text?: string;
  content?: UserContent[];
  reply?: string;
  attachments?: Attachment[];
  files?: Iterable<File>;
  selectedModelId?: string | null;
};

/** Leaves what is not given as it is. */
export function fill(composer: Composer, { text, content, reply, attachments, files, selectedModelId }: Filling, limits: Limits): void {
  batch(() => {
    if (content) {
      composer.tagging = tagging;
      composer.write({ ...tagging.fromContent(content), caret: -1 }, true);
    } else if (text !== undefined) composer.set(text);
    if (reply !== undefined) composer.quote.value = reply;
    if (selectedModelId !== undefined) composer.modelId.value = selectedModelId;
  });
  if (attachments) bring(composer, attachments);
  if (files) attachFiles(composer, [...files], limits);
}

// What a page does with the composer and in its user's place. Loaded with the first such call.
import { toInput } from "../core/composer.ts";
import { fill } from "../core/fill.ts";
import type { View } from "./context.ts";
import type { ComposerValue, SendParams } from "./controller.ts";
import { attachmentLimits } from "./limits.ts";
import { save } from "./save.ts";

/** Saves what the server keeps of an attachment behind a secret. */
export async function saveFile({ chat, fail }: View, id: string, name: string): Promise<void> {
  try {
    save(await (await chat.client.rest("GET", `/v1/chatkit/files/${encodeURIComponent(id)}`)).blob(), name);
  } catch (error) {
    fail(error as Error);
  }
}

/** Raises: Error while a thread loads, and while an answer is made, unless the service lets messages wait. */
export async function send(
  view: View,
  { text, content, reply, attachments = [], newThread, toolChoice, model }: SendParams,
): Promise<void> {
  const { chat } = view;
  const line = !newThread && chat.thread.peek() && chat.line.peek();
  if (chat.responding.peek() && !line) throw new Error("sendUserMessage() ignored: already responding");
  if (chat.loading.peek()) throw new Error("sendUserMessage() ignored: the thread is loading");
  if (newThread) await chat.openThread(null);
  const parts = content ?? [{ type: "input_text" as const, text: text ?? "" }];
  view.setPanel("chat");
  const input = toInput({ content: parts, attachments, quote: reply, toolId: toolChoice?.id, modelId: model });
  void ((chat.responding.peek() && line) || chat).send(input, attachments);
}

/** Sends what is written, or says that it is too long. The service counts characters; a string has two units for some of them. */
export function measure({ composer, config, submit }: View): void {
  const { max_message_length: limit = Number.POSITIVE_INFINITY } = config.peek();
  const text = composer.text.peek();
  const parts = composer.tagging?.toContent(text, composer.tags.peek()) ?? [{ text: text.trim() }];
  // Sent by a second Enter meanwhile.
  if (composer.empty.peek()) return;
  if (parts.every((part) => [...part.text].length <= limit)) submit(true);
  else composer.refusals.value = [{ reason: "too_long", name: "", limit }];
}

export function compose(view: View, given: ComposerValue): void {
  fill(view.composer, given, attachmentLimits(view) ?? { enabled: true });
  const { selectedToolId } = given;
  if (selectedToolId !== undefined && selectedToolId !== view.composer.toolId.peek()) view.setTool(selectedToolId, "method");
}

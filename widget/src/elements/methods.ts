// What a page does with the composer and in its user's place. Loaded with the first such call.
import { toInput } from "../core/composer.ts";
import { fill } from "../core/fill.ts";
import type { View } from "./context.ts";
import type { ComposerValue, SendParams } from "./controller.ts";
import { attachmentLimits } from "./limits.ts";

export { save } from "./save.ts";

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

export function compose(view: View, given: ComposerValue): void {
  fill(view.composer, given, attachmentLimits(view) ?? { enabled: true });
  const { selectedToolId } = given;
  if (selectedToolId !== undefined && selectedToolId !== view.composer.toolId.peek()) view.setTool(selectedToolId, "method");
}

// What a person or their page does besides writing: presses a widget, answers a form, judges an answer, runs a tool. Loaded with the first.
import { fold } from "./fold.ts";
import type { Chat } from "./store.ts";
import type { Start } from "./stream.ts";
import type { Action, ActionConfig, Answer, ClientToolCall, Item, Json } from "./types.ts";

export function answer(chat: Chat, itemId: string, status: "answered" | "skipped", answers: Record<string, Answer>): void {
  const thread_id = chat.thread.value?.id;
  if (!thread_id || chat.responding.value) return;
  const params = { thread_id, item_id: itemId, input: { status, answers } };
  void chat.respond({ operation: { type: "threads.add_structured_input", params }, idempotent: false });
}

/** A widget's action: to the page, to the server as a stream, or to the server for one new state of that widget. */
export async function act(chat: Chat, action: ActionConfig, itemId?: string): Promise<void> {
  const wire: Action = { type: action.type, ...(action.payload !== undefined && { payload: action.payload }) };
  const item = chat.items.value.find((each) => each.id === itemId);
  if (action.handler === "client") {
    if (item?.type === "widget") await chat.host.widgetAction?.(wire, { id: item.id, widget: item.widget });
    return;
  }
  const thread_id = chat.thread.value?.id;
  if (!thread_id) throw new Error("sendCustomAction() ignored: no active thread");
  const params = { thread_id, action: wire, ...(itemId && { item_id: itemId }) };
  if (action.streaming === false) {
    const { updated_item } = await chat.client.call<{ updated_item?: Item }>("threads.sync_custom_action", params);
    // The thread may have been left meanwhile.
    if (updated_item && chat.thread.value?.id === thread_id)
      chat.items.value = fold(chat.items.value, { type: "thread.item.replaced", item: updated_item });
    return;
  }
  if (chat.responding.value) throw new Error("sendCustomAction() ignored: already responding");
  await chat.respond({ operation: { type: "threads.custom_action", params }, idempotent: false });
}

export async function rate(chat: Chat, itemIds: string[], kind: "positive" | "negative"): Promise<void> {
  const thread_id = chat.thread.value?.id;
  const key = itemIds[0];
  if (!thread_id || key === undefined) return;
  const before = chat.feedback.value;
  chat.feedback.value = { ...before, [key]: kind };
  try {
    await chat.client.call("items.feedback", { thread_id, item_ids: itemIds, kind });
  } catch (error) {
    chat.feedback.value = before;
    chat.report(error);
  }
}

/** Has the page run a tool of its own; answers what sends the result to the server, and goes on with the answer. */
export async function callTool(chat: Chat, call: ClientToolCall): Promise<Start | undefined> {
  const thread_id = chat.thread.value?.id;
  if (!thread_id) return undefined;
  let result: Json;
  try {
    const tool = chat.host.clientTool?.();
    if (!tool) throw new Error(`this page does not handle the tool ${call.name}`);
    result = ((await tool({ name: call.name, params: call.arguments ?? {} })) ?? null) as Json;
  } catch (error) {
    chat.report(error);
    result = { error: error instanceof Error ? error.message : String(error) };
  }
  if (chat.thread.value?.id !== thread_id) return undefined; // Left meanwhile: it is called again when that is opened.
  // The server completes the call without an event.
  const item: ClientToolCall = { ...call, status: "completed", output: result };
  chat.items.value = fold(chat.items.value, { type: "thread.item.replaced", item });
  return { operation: { type: "threads.add_client_tool_output", params: { thread_id, result } }, idempotent: false };
}

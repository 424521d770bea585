// An answer that ended before it was whole, told to who did not hear it end: after a reload, or where its events were lost. Loaded with the
// first such answer.
import type { Chat } from "./store.ts";
import type { Item, Run } from "./types.ts";

/** Says why that run, its thread's last, ended as it did. */
export function tellCut(chat: Chat, run: Run): void {
  const items = chat.items.peek();
  if (!run.error || chat.thread.peek()?.id !== run.thread_id || chat.responding.peek() || !isEnd(items.at(-1), run)) return;
  const { code, message, allow_retry } = run.error;
  const asked = items.findLast((each) => each.type === "user_message");
  chat.failure.value = {
    kind: "server",
    code,
    ...(message && { message }),
    ...(allow_retry && asked && { retry: () => chat.retryAfter(asked.id) }),
  };
}

/** Whether the thread ends with that run: a backend may have said something since, or an older version is shown. */
function isEnd(last: Item | undefined, { created_at, completed_at }: Run): boolean {
  const at = Math.floor(Date.parse(last?.created_at ?? "") / 1000);
  return last?.type === "user_message" || (at >= created_at && at <= (completed_at ?? 0));
}

import type { UserMessage as Message } from "../core/types.ts";
import { lazy } from "./lazy.tsx";

const Files = lazy((extras) => extras.Files);
const Quoted = lazy((extras) => extras.Quoted);
const Tag = lazy((extras) => extras.Tag);

/** What the user said: plain text with its tags, the quote it answers and the files it brought. */
export function UserMessage({ item }: { item: Message }) {
  const text = item.content.some((part) => part.text !== "");
  return (
    <div class="user-stack">
      {item.attachments?.length > 0 && <Files files={item.attachments} />}
      {item.quoted_text && <Quoted text={item.quoted_text} />}
      {text && (
        <div class="bubble" part="bubble" dir="auto">
          {item.content.map((part) => (part.type === "input_tag" ? <Tag key={part.id} part={part} /> : part.text))}
        </div>
      )}
    </div>
  );
}

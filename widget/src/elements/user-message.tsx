import type { UserMessage as Message } from "../core/types.ts";
import { Icon } from "./icon.tsx";

/** What the user said: plain text with its tags, the quote it answers and the files it brought. */
export function UserMessage({ item }: { item: Message }) {
  const text = item.content.some((part) => part.text !== "");
  return (
    <div class="user-stack">
      {item.attachments?.length > 0 && (
        <ul class="files">
          {item.attachments.map((file) => (
            <li key={file.id} class={file.type === "image" && file.preview_url ? "file image" : "file"} part="attachment">
              {file.type === "image" && file.preview_url ? (
                <img src={file.preview_url} alt={file.name} loading="lazy" />
              ) : (
                <>
                  <Icon name={file.type === "image" ? "image" : "file"} size={16} />
                  <span dir="auto">{file.name}</span>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {item.quoted_text && (
        <blockquote class="quote" dir="auto">
          <Icon name="reply" size={14} />
          <span>{item.quoted_text}</span>
        </blockquote>
      )}
      {text && (
        <div class="bubble" part="bubble" dir="auto">
          {item.content.map((part) =>
            part.type === "input_tag" ? (
              <span class="tag" key={part.id}>
                {part.text}
              </span>
            ) : (
              part.text
            ),
          )}
        </div>
      )}
    </div>
  );
}

// What a message brought besides its text: files, tags, and the words it answers.
import type { TagPart, UserMessage } from "../core/types.ts";
import { fill } from "../i18n/locale.ts";
import { useView } from "./context.ts";
import { Icon } from "./more-icon.tsx";
import { openEntity } from "./open-entity.ts";
import { useAllTerms } from "./use-all-terms.ts";

export function Quoted({ text }: { text: string }) {
  return (
    <blockquote class="quote" dir="auto">
      <Icon name="reply" size={14} />
      <span>{text}</span>
    </blockquote>
  );
}

export function Tag({ part }: { part: TagPart }) {
  const view = useView();
  if (!part.interactive) return <span class="tag">{part.text}</span>;
  const { id, text, group, data, interactive } = part;
  const entity = { id, title: text, ...(group && { group }), ...(data && { data }), interactive };
  return (
    <button
      type="button"
      class="tag"
      part="tag"
      ref={(el) => {
        if (el) view.cards.set(el, { kind: "entity", entity });
      }}
      onClick={() => openEntity(view, entity)}
    >
      {text}
    </button>
  );
}

export function Files({ files }: { files: UserMessage["attachments"] }) {
  const view = useView();
  const terms = useAllTerms();
  return (
    <ul class="files" aria-label={terms.attachments}>
      {files.map(({ id, name, type, preview_url }) => {
        if (type === "image" && preview_url)
          return (
            <li key={id}>
              <button type="button" class="file image" part="attachment" data-enlarge={id} aria-label={fill(terms.enlarge, { name })}>
                <img src={preview_url} alt={name} loading="lazy" />
              </button>
            </li>
          );
        const inner = (
          <>
            <Icon name={type === "image" ? "image" : "file"} size={16} />
            <span class="file-name" dir="auto">
              {name}
            </span>
          </>
        );
        return (
          <li key={id}>
            {view.chat.client.resumable ? (
              <button
                type="button"
                class="file"
                part="attachment"
                title={terms.download}
                aria-label={fill(terms.downloadFile, { name })}
                onClick={() => void import("./methods.ts").then(({ saveFile }) => saveFile(view, id, name), view.fail)}
              >
                {inner}
              </button>
            ) : (
              <span class="file" part="attachment">
                {inner}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

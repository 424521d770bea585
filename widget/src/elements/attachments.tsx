// Files that wait to be sent, why others do not, and the panel-wide place to drop more.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Draft, Refusal } from "../core/composer.ts";
import { attachFiles, detach, type Limits } from "../core/uploads.ts";
import { counted, fileSize, number } from "../i18n/counted.ts";
import { fill } from "../i18n/locale.ts";
import { useView } from "./context.ts";
import { attachmentLimits } from "./limits.ts";
import { Icon } from "./more-icon.tsx";
import { useAllTerms } from "./use-all-terms.ts";

export function Attached() {
  const { composer } = useView();
  return (
    <>
      {composer.refusals.value.length > 0 && <Refusals />}
      {composer.quote.value && <Quote />}
      {composer.drafts.value.length > 0 && <Drafts />}
    </>
  );
}

function Refusals() {
  const { composer, language } = useView();
  const terms = useAllTerms();
  const sentence = ({ reason, name, limit = 0, message, code }: Refusal) => {
    switch (reason) {
      case "too_large":
        return fill(terms.tooLarge, { name, limit: fileSize(limit, language.value.code) });
      case "too_many":
        return counted(terms.tooMany, limit, language.value.code);
      case "wrong_type":
        return fill(terms.wrongType, { name });
      case "empty":
        return fill(terms.emptyFile, { name });
      case "too_long":
        return fill(terms.messageTooLong, { n: number(limit, language.value.code) });
      case "refused":
        // What the service tells in English is told in the chat's own language.
        if (code && !/^en\b/.test(language.value.code))
          return fill(code.endsWith("type_rejected") ? terms.wrongType : terms.uploadFailed, { name });
        return message ? `${name}: ${message}` : fill(terms.wrongType, { name });
      default:
        return reason satisfies never;
    }
  };
  return (
    <div class="refusals">
      <div role="alert">
        {composer.refusals.value.map((refusal, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: refusals have no identity but their order
          <p key={index} class="refusal" dir="auto">
            {sentence(refusal)}
          </p>
        ))}
      </div>
      <button
        type="button"
        class="icon-button tiny"
        aria-label={terms.dismiss}
        title={terms.dismiss}
        onClick={() => {
          composer.refusals.value = [];
        }}
      >
        <Icon name="x" size={14} />
      </button>
    </div>
  );
}

function Quote() {
  const { composer, focusComposer } = useView();
  const terms = useAllTerms();
  return (
    <div class="quote in-composer">
      <Icon name="reply" size={14} />
      <span dir="auto">{composer.quote.value}</span>
      <button
        type="button"
        class="icon-button tiny"
        aria-label={terms.removeQuote}
        title={terms.removeQuote}
        onClick={() => {
          composer.quote.value = "";
          focusComposer();
        }}
      >
        <Icon name="x" size={14} />
      </button>
    </div>
  );
}

function Drafts() {
  const view = useView();
  const terms = useAllTerms();
  const drafts = view.composer.drafts.value;
  // Said once per file, when it is there or cannot be.
  const said = useRef(new Map<string, Draft["state"]>());
  useEffect(() => {
    for (const { key, name, state } of drafts) {
      if (said.current.get(key) === state) continue;
      said.current.set(key, state);
      if (state === "ready") view.announce(fill(terms.attached, { name }));
      else if (state === "failed") view.announce(fill(terms.uploadFailed, { name }));
    }
  }, [drafts]);
  return (
    <ul class="files drafts" aria-label={terms.attachments}>
      {drafts.map((draft) => (
        <DraftChip key={draft.key} draft={draft} />
      ))}
    </ul>
  );
}

function DraftChip({ draft }: { draft: Draft }) {
  const view = useView();
  const terms = useAllTerms();
  const { key, name, state, progress, preview, retry } = draft;
  const image = draft.image && preview;
  const uploading = state === "uploading";
  const under =
    state === "failed" ? terms.failed : draft.size_bytes > 0 ? fileSize(draft.size_bytes, view.language.value.code) : extension(name);
  return (
    <li class={`file ${image ? "image" : ""} ${state}`} part="attachment">
      {image ? (
        <img src={preview} alt={name} />
      ) : (
        <>
          <span class="file-icon">
            <Icon name={draft.image ? "image" : "file"} size={18} />
          </span>
          <span class="file-words">
            <span class="file-name" dir="auto">
              {name}
            </span>
            <small>{under}</small>
          </span>
        </>
      )}
      {uploading && (
        <span
          class="upload"
          role="progressbar"
          aria-label={fill(terms.uploadingFile, { name })}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={progress > 0 ? Math.round(progress * 100) : undefined}
        >
          {progress > 0 && progress < 1 ? <Ring share={progress} /> : <span class="spinner" />}
        </span>
      )}
      {state === "failed" && retry && (
        <button
          type="button"
          class="icon-button tiny retry"
          aria-label={fill(terms.retryFile, { name })}
          title={fill(terms.retryFile, { name })}
          onClick={retry}
        >
          <Icon name="rotate-cw" size={14} />
        </button>
      )}
      <button
        type="button"
        class="icon-button tiny remove"
        aria-label={fill(terms.removeFile, { name })}
        title={fill(terms.removeFile, { name })}
        onClick={() => {
          detach(view.composer, key);
          view.focusComposer();
        }}
      >
        <Icon name="x" size={14} />
      </button>
    </li>
  );
}

function extension(name: string): string {
  const at = name.lastIndexOf(".");
  return at > 0 ? name.slice(at + 1).toUpperCase() : "";
}

// The circle's circumference is 50, so a share is half its percentage of dashes.
function Ring({ share }: { share: number }) {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true" class="ring">
      <circle cx="10" cy="10" r="7.96" />
      <circle cx="10" cy="10" r="7.96" pathLength={50} stroke-dasharray={`${share * 50} 50`} />
    </svg>
  );
}

export function AttachButton({ limits, disabled }: { limits: Limits; disabled: boolean }) {
  const { composer } = useView();
  const terms = useAllTerms();
  const picker = useRef<HTMLInputElement>(null);
  const accept = Object.entries(limits.accept ?? {}).flatMap(([type, extensions]) => [type, ...(extensions ?? [])]);
  return (
    <>
      <input
        ref={picker}
        type="file"
        class="sr"
        tabIndex={-1}
        aria-hidden="true"
        multiple={Math.min(limits.maxCount ?? 10, limits.serverMaxCount ?? 10) > 1}
        accept={accept.length ? accept.join() : undefined}
        onChange={(event) => {
          attachFiles(composer, [...(event.currentTarget.files ?? [])], limits);
          event.currentTarget.value = "";
        }}
      />
      <button
        type="button"
        class="icon-button attach"
        aria-label={terms.attach}
        title={terms.attach}
        disabled={disabled}
        onClick={() => picker.current?.click()}
      >
        <Icon name="paperclip" />
      </button>
    </>
  );
}

/** Files dragged over the panel may be dropped anywhere on it. */
export function DropZone({ root }: { root: HTMLElement }) {
  const view = useView();
  const terms = useAllTerms();
  const [over, setOver] = useState(false);
  const limits = useRef<Limits | undefined>(undefined);
  limits.current = view.chat.thread.value?.status.type === "locked" ? undefined : attachmentLimits(view);
  useEffect(() => {
    const stop = new AbortController();
    // Every element that is entered tells, and so does every one that is left.
    let depth = 0;
    const on = (name: "dragenter" | "dragover" | "dragleave" | "drop", act: (event: DragEvent) => void) =>
      root.addEventListener(
        name,
        (event) => {
          if (!limits.current || !event.dataTransfer?.types.includes("Files")) return;
          event.preventDefault();
          act(event);
          setOver(depth > 0);
        },
        { signal: stop.signal },
      );
    on("dragenter", () => depth++);
    on("dragleave", () => {
      depth = Math.max(0, depth - 1);
    });
    on("dragover", (event) => {
      if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    });
    on("drop", () => {
      depth = 0;
      view.setPanel("chat");
      view.focusComposer();
    });
    return () => stop.abort();
  }, [root, view]);
  const held = view.composer.held.value;
  useEffect(() => {
    // More may have been dropped since this was drawn.
    const files = view.composer.held.peek();
    if (!files.length) return;
    view.composer.held.value = [];
    if (limits.current) attachFiles(view.composer, files, limits.current);
  }, [held]);
  if (!over) return null;
  return (
    <div class="drop" part="drop">
      <span class="drop-icon">
        <Icon name="paperclip" size={24} />
      </span>
      {terms.dropHere}
    </div>
  );
}

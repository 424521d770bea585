// Where messages are written. Enter sends, Shift+Enter breaks the line, an input method's Enter does neither.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { AttachmentOptions } from "../core/options.ts";
import { fileSize, fill } from "../i18n/locale.ts";
import { useTerms, useView } from "./context.ts";
import { Icon } from "./icon.tsx";
import { lazy } from "./lazy.tsx";

const Menu = lazy((extras) => extras.Menu);

const MAX_LINES = 8;

export function attachmentOptions(view: ReturnType<typeof useView>): AttachmentOptions | undefined {
  const own = view.options.value.composer?.attachments;
  if (own) return own.enabled ? own : undefined;
  const { file_upload } = view.config.value;
  if (!file_upload?.enabled) return undefined;
  const options: AttachmentOptions = { enabled: true };
  if (file_upload.max_file_size) options.maxSize = file_upload.max_file_size * 1024 * 1024;
  if (file_upload.max_files) options.maxCount = file_upload.max_files;
  return options;
}

export function ComposerBox() {
  const view = useView();
  const terms = useTerms();
  const { chat, composer } = view;
  const box = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const status = chat.thread.value?.status;
  const { placeholder, tools = [], models = [] } = view.options.value.composer ?? {};
  const files = attachmentOptions(view);
  const text = composer.text.value;
  const tool = tools.find((each) => each.id === composer.toolId.value);
  useLayoutEffect(() => {
    if (box.current) fit(box.current);
  }, [text]);

  if (status?.type === "closed")
    return (
      <div class="closed" part="banner" role="status">
        {status.reason ?? terms.closed}
      </div>
    );
  const locked = status?.type === "locked";
  const responding = chat.responding.value;
  const canSend = !composer.empty.value && !composer.uploading.value && !responding && !locked && !chat.loading.value;
  const hint = locked ? (status.reason ?? terms.locked) : (tool?.placeholderOverride ?? placeholder ?? terms.placeholder);

  const onKeyDown = (event: KeyboardEvent) => {
    // Safari ends a composition before the key that ended it: 229 tells that key from a real Enter.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape" && responding && chat.allowCancel.value) {
      event.stopPropagation();
      void chat.stop();
    }
    const touch = matchMedia("(hover: none) and (pointer: coarse)").matches;
    if (event.key === "Enter" && !event.shiftKey && !touch) {
      event.preventDefault();
      if (canSend) view.submit();
    }
    if (event.key === "Backspace" && text === "") {
      const last = composer.drafts.value.at(-1);
      if (last) composer.detach(last.key);
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData?.files;
    if (!files || !pasted?.length) return;
    event.preventDefault();
    composer.attach(pasted, files);
  };

  return (
    <form
      class={locked ? "composer locked" : "composer"}
      part="composer"
      onSubmit={(event) => {
        event.preventDefault();
        if (canSend) view.submit();
      }}
    >
      <Refusal />
      <Quote />
      <Drafts />
      <textarea
        ref={box}
        class="input"
        part="input"
        rows={1}
        dir={text ? "auto" : undefined}
        aria-label={terms.message}
        placeholder={hint}
        disabled={locked}
        value={text}
        enterkeyhint="send"
        onInput={(event) => {
          composer.content.value = null;
          composer.text.value = event.currentTarget.value;
        }}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
      <div class="composer-row">
        {files && (
          <>
            <input
              ref={picker}
              type="file"
              class="sr"
              tabIndex={-1}
              aria-hidden="true"
              multiple={(files.maxCount ?? 2) > 1}
              accept={Object.entries(files.accept ?? {})
                .flatMap(([type, extensions]) => [type, ...extensions])
                .join()}
              onChange={(event) => {
                composer.attach(event.currentTarget.files ?? [], files);
                event.currentTarget.value = "";
              }}
            />
            <button
              type="button"
              class="icon-button"
              aria-label={terms.attach}
              title={terms.attach}
              disabled={locked}
              onClick={() => picker.current?.click()}
            >
              <Icon name="paperclip" />
            </button>
          </>
        )}
        {tools
          .filter((each) => each.pinned)
          .map((each) => (
            <button
              key={each.id}
              type="button"
              class="pill"
              aria-pressed={composer.toolId.value === each.id}
              onClick={() => view.setTool(composer.toolId.value === each.id ? null : each.id, "pinned")}
            >
              {each.shortLabel ?? each.label}
            </button>
          ))}
        {tools.some((each) => !each.pinned) && (
          <Menu
            label={terms.tools}
            choices={tools
              .filter((each) => !each.pinned)
              .map((each) => ({ id: each.id, label: each.label, checked: each.id === composer.toolId.value }))}
            choose={(id) => view.setTool(id === composer.toolId.value ? null : id, "menu")}
          >
            {tool && !tool.pinned ? (tool.shortLabel ?? tool.label) : terms.tools}
          </Menu>
        )}
        <span class="grow" />
        {models.length > 0 && (
          <Menu
            label={terms.model}
            choices={models.map(({ id, label, description, disabled }) => ({
              id,
              label,
              description,
              disabled,
              checked: id === composer.modelId.value,
            }))}
            choose={(id) => {
              composer.modelId.value = id;
            }}
          >
            {models.find((each) => each.id === composer.modelId.value)?.label ?? terms.model}
          </Menu>
        )}
        {responding && chat.allowCancel.value ? (
          <button
            type="button"
            class="send"
            part="stop"
            aria-label={terms.stop}
            title={terms.stop}
            disabled={chat.stopping.value}
            onClick={() => void chat.stop()}
          >
            <span class="stop-square" />
          </button>
        ) : (
          <button type="submit" class="send" part="send" aria-label={terms.send} title={terms.send} aria-disabled={!canSend}>
            {responding ? <span class="spinner" /> : <Icon name="arrow-up" size={20} />}
          </button>
        )}
      </div>
    </form>
  );
}

function fit(box: HTMLTextAreaElement): void {
  if (CSS.supports("field-sizing", "content")) return;
  box.style.height = "auto";
  const line = Number.parseFloat(getComputedStyle(box).lineHeight) || 24;
  box.style.height = `${Math.min(box.scrollHeight, line * MAX_LINES)}px`;
}

function Refusal() {
  const { composer, language } = useView();
  const terms = useTerms();
  const refusal = composer.refusal.value;
  if (!refusal) return null;
  const { name, limit = 0 } = refusal;
  const text =
    refusal.reason === "too_large"
      ? fill(terms.tooLarge, { name, limit: fileSize(limit, language.value.code) })
      : fill(refusal.reason === "too_many" ? terms.tooMany : terms.wrongType, { name, limit });
  return (
    <p class="refusal" role="alert">
      {text}
    </p>
  );
}

function Quote() {
  const { composer } = useView();
  const terms = useTerms();
  if (!composer.quote.value) return null;
  return (
    <div class="quote in-composer">
      <Icon name="reply" size={14} />
      <span dir="auto">{composer.quote.value}</span>
      <button
        type="button"
        class="icon-button tiny"
        aria-label={terms.removeQuote}
        onClick={() => {
          composer.quote.value = "";
        }}
      >
        <Icon name="x" size={14} />
      </button>
    </div>
  );
}

function Drafts() {
  const { composer } = useView();
  const terms = useTerms();
  if (!composer.drafts.value.length) return null;
  return (
    <ul class="files drafts">
      {composer.drafts.value.map((draft) => (
        <li key={draft.key} class={`file ${draft.image && draft.preview ? "image" : ""} ${draft.state}`} part="attachment">
          {draft.image && draft.preview ? (
            <img src={draft.preview} alt={draft.name} />
          ) : (
            <>
              <Icon name={draft.image ? "image" : "file"} size={16} />
              <span dir="auto">{draft.name}</span>
            </>
          )}
          {draft.state === "uploading" && <span class="spinner" role="img" aria-label={terms.uploading} />}
          {draft.state === "failed" && (
            <button type="button" class="icon-button tiny" aria-label={fill(terms.retryFile, { name: draft.name })} onClick={draft.retry}>
              <Icon name="rotate-cw" size={14} />
            </button>
          )}
          <button
            type="button"
            class="icon-button tiny remove"
            aria-label={fill(terms.removeFile, { name: draft.name })}
            onClick={() => composer.detach(draft.key)}
          >
            <Icon name="x" size={14} />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Files dragged over the panel may be dropped anywhere on it. */
export function DropZone({ root }: { root: HTMLElement }) {
  const view = useView();
  const terms = useTerms();
  const [over, setOver] = useState(false);
  const files = attachmentOptions(view);
  useEffect(() => {
    if (!files) return;
    const stop = new AbortController();
    let depth = 0;
    const on = (name: "dragenter" | "dragover" | "dragleave" | "drop", act: (event: DragEvent) => void) =>
      root.addEventListener(
        name,
        (event) => {
          if (!event.dataTransfer?.types.includes("Files")) return;
          event.preventDefault();
          act(event);
          setOver(depth > 0);
        },
        { signal: stop.signal },
      );
    on("dragenter", () => depth++);
    on("dragleave", () => depth--);
    on("dragover", () => undefined);
    on("drop", (event) => {
      depth = 0;
      view.composer.attach(event.dataTransfer?.files ?? [], files);
    });
    return () => stop.abort();
  }, [root, files?.enabled, files?.maxSize, files?.maxCount]);
  return over ? <div class="drop">{terms.dropHere}</div> : null;
}

// Where messages are written. Enter sends, Shift+Enter breaks the line, an input method's Enter does neither.
import { useLayoutEffect, useRef } from "preact/hooks";
import { useTerms, useView } from "./context.ts";
import { Icon } from "./icon.tsx";
import { lazyCompose } from "./lazy.tsx";
import { attachmentLimits } from "./limits.ts";
import { touch } from "./touch.ts";

const Attached = lazyCompose((compose) => compose.Attached);
const ComposeRow = lazyCompose((compose) => compose.ComposeRow);
const Mirror = lazyCompose((compose) => compose.Mirror);
const Suggest = lazyCompose((compose) => compose.Suggest);

const MAX_LINES = 8;

export function ComposerBox() {
  const view = useView();
  const terms = useTerms();
  const { chat, composer } = view;
  const box = useRef<HTMLTextAreaElement>(null);
  const asked = useRef<string | null>(null);
  const { composer: { placeholder, tools, models, dictation } = {}, entities, commands } = view.options.value;
  const limits = attachmentLimits(view);
  const status = chat.thread.value?.status;
  const text = composer.text.value;
  const caret = composer.caret.value;
  const tool = tools?.find((each) => each.id === composer.toolId.value);

  // The text is the browser's while it is typed; it is only set where something else changed it, and the caret then goes along.
  useLayoutEffect(() => {
    const el = box.current;
    if (!el) return;
    if (el.value !== text) el.value = text;
    fit(el);
  }, [text, status?.type]);
  useLayoutEffect(() => {
    if (caret && box.current) {
      const at = caret.at < 0 ? text.length : caret.at;
      box.current.setSelectionRange(at, at);
    }
  }, [caret]);
  useLayoutEffect(() => {
    const el = box.current;
    if (el && composer.caretLeft <= el.value.length) el.setSelectionRange(composer.caretLeft, composer.caretLeft);
  }, [composer]);

  const locked = status !== undefined && status.type !== "active";
  const responding = chat.responding.value;
  // Another message may wait behind the answer, once there is a thread to wait in.
  const busy = responding && !(chat.line.value && chat.thread.value);
  const soon = composer.uploading.value || chat.loading.value || chat.failure.value?.kind === "load";
  const canSend = !composer.empty.value && !soon && !busy && !locked;
  const send = () => {
    if (canSend) view.submit();
    else if (soon) asked.current = text;
  };
  // What is sent before its thread or its files are there goes when they are, unless it was written on meanwhile.
  useLayoutEffect(() => {
    if (soon) return;
    if (canSend && asked.current === text) view.submit();
    asked.current = null;
  });

  if (status?.type === "closed")
    return (
      <div class="closed" part="banner" role="status" dir="auto">
        {status.reason ?? terms.closed}
      </div>
    );
  const stops = responding && chat.allowCancel.value;
  const hint = locked ? (status.reason ?? terms.locked) : (tool?.placeholderOverride ?? placeholder ?? terms.placeholder);
  const suggests = entities?.onTagSearch || commands?.enabled;
  const above = composer.drafts.value.length || composer.refusals.value.length || composer.quote.value;

  const onKeyDown = (event: KeyboardEvent) => {
    // Safari ends a composition before the key that ended it: 229 tells that key from a real Enter.
    if (event.isComposing || event.keyCode === 229) return;
    if (view.keys.current?.(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.key === "Escape" && stops) {
      event.stopPropagation();
      event.preventDefault();
      void chat.stop();
    }
    if (event.key === "Enter" && !event.shiftKey && !touch()) {
      event.preventDefault();
      send();
    }
    if (event.key === "Backspace" && text === "") {
      const last = composer.drafts.value.at(-1);
      if (last) void import("../core/uploads.ts").then(({ detach }) => detach(composer, last.key));
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData?.files;
    if (!pasted?.length || !view.takesFiles()) return;
    event.preventDefault();
    composer.held.value = [...composer.held.value, ...pasted];
  };

  return (
    <form
      class={locked ? "composer locked" : "composer"}
      part="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {suggests && !locked && <Suggest box={box} />}
      {above && <Attached />}
      <div class="field">
        {composer.tags.value.length > 0 && <Mirror box={box} />}
        <textarea
          ref={box}
          class="input"
          part="input"
          rows={1}
          dir={text ? "auto" : undefined}
          aria-label={terms.message}
          placeholder={hint}
          disabled={locked}
          enterkeyhint="send"
          onInput={({ currentTarget: el }) => {
            const at = composer.type(el.value, el.selectionStart);
            if (el.value !== composer.text.peek()) {
              el.value = composer.text.peek();
              el.setSelectionRange(at, at);
            }
          }}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onBlur={({ currentTarget: el }) => {
            composer.caretLeft = el.selectionStart;
          }}
        />
      </div>
      <div class="composer-row">
        {(limits || suggests || tools?.length || models?.length || dictation?.enabled) && <ComposeRow locked={locked} box={box} />}
        {stops && (
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
        )}
        {(canSend || !stops) && (
          <button type="submit" class="send" part="send" aria-label={terms.send} title={terms.send} aria-disabled={!canSend}>
            {busy ? <span class="spinner" /> : <Icon name="arrow-up" size={20} />}
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

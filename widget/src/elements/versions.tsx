// What a turn says and offers beside its text: when it was, copying and editing a message, answering it once more, and going from one
// version to the other.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { copyText, type Turn } from "../core/turns.ts";
import type { UserMessage } from "../core/types.ts";
import { versionsOf } from "../core/versions.ts";
import { number } from "../i18n/counted.ts";
import { fill } from "../i18n/locale.ts";
import { useView } from "./context.ts";
import { Icon } from "./more-icon.tsx";
import { attend } from "./reader.ts";
import { acts, useCopy } from "./turn.tsx";
import { useAllTerms } from "./use-all-terms.ts";
import css from "./versions.css";

export { css };

// A version takes the place of another within some frames; a key pressed later than that is not waited for.
const FRAMES = 120;

export function Versions({ turn, before }: { turn: Turn; before?: string | undefined }) {
  const view = useView();
  const terms = useAllTerms();
  const { chat } = view;
  const versions = versionsOf(chat);
  const [editing, setEditing] = useState(false);
  const row = useRef<HTMLDivElement>(null);
  const forks = versions.forks.value;
  const { code } = view.language.value;
  const place = (el: HTMLDivElement | null) => {
    row.current = el;
    if (el) attend(el.getRootNode() as ShadowRoot, { view, terms });
  };
  const fork = forks?.find((each) => turn.items.some((item) => item.id === each.item_id));
  const { edit = true, retry } = view.options.value.threadItemActions ?? {};
  const message = turn.role === "user" ? turn.items[0] : undefined;
  const text = message && copyText(turn);
  const [copied, copy] = useCopy(text ?? "");
  const canEdit = forks && edit && message?.content.length && message.content.every((part) => part.type === "input_text");
  const canRegenerate = forks && turn.role === "assistant" && retry === undefined && before;
  if (editing && message)
    return (
      <Editor
        item={message}
        done={(text) => {
          setEditing(false);
          if (text !== undefined) versions.edit(message, text);
          else requestAnimationFrame(() => row.current?.querySelector<HTMLElement>("[data-edit]")?.focus());
        }}
      />
    );
  const at = whenOf(turn, code);
  const when = at && (
    <time class="when" part="time" dateTime={at.iso}>
      {at.said}
    </time>
  );
  return (
    <div ref={place} class={message ? "versions actions" : "versions"} part="versions">
      {message && when}
      {text && (
        <button
          type="button"
          class="icon-button small"
          part="action copy"
          aria-label={terms.copyMessage}
          title={terms.copyMessage}
          ref={(el) => void (el && acts.set(el, copy))}
        >
          <Icon name={copied ? "check" : "copy"} size={15} />
        </button>
      )}
      {canEdit && (
        <button
          type="button"
          class="icon-button small"
          part="action edit"
          data-edit=""
          aria-label={terms.editMessage}
          title={terms.editMessage}
          ref={(el) => void (el && acts.set(el, () => chat.responding.peek() || setEditing(true)))}
        >
          <Icon name="pencil" size={15} />
        </button>
      )}
      {canRegenerate && (
        <button
          type="button"
          class="icon-button small"
          part="action retry"
          aria-label={terms.regenerate}
          title={terms.regenerate}
          ref={(el) => void (el && acts.set(el, () => versions.regenerate(before)))}
        >
          <Icon name="rotate-cw" size={16} />
        </button>
      )}
      {fork && <Picker versions={fork.versions} at={fork.versions.indexOf(fork.version)} />}
      {!message && when}
    </div>
  );
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** When a turn began: the time, and the day unless it is today. */
function whenOf({ items }: Turn, code: string): { iso: string; said: string } | undefined {
  const at = new Date(items[0]?.created_at ?? "");
  if (Number.isNaN(at.getTime())) return undefined;
  const today = at.toDateString() === new Date().toDateString();
  const key = `${code} ${today}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(code, { timeStyle: "short", ...(!today && { dateStyle: "medium" }) });
  formats.set(key, format);
  return { iso: at.toISOString(), said: format.format(at) };
}

function Picker({ versions, at }: { versions: string[]; at: number }) {
  const view = useView();
  const busy = view.chat.responding.value || versionsOf(view.chat).selecting.value;
  const terms = useAllTerms();
  const { code } = view.language.value;
  const count = versions.length;
  const said = (n: number) => fill(terms.version, { n: number(n, code), count: number(count, code) });
  const go = async (step: number, button: HTMLElement) => {
    const version = versions[at + step];
    if (!version || busy) return;
    const root = button.getRootNode() as ShadowRoot;
    try {
      await versionsOf(view.chat).select(version);
    } catch {
      view.announce(terms.errorServer);
      return;
    }
    view.announce(said(at + step + 1));
    // The turn is another one now: the focus goes on in its picker, where the same key goes on.
    const find = (frames: number) => {
      const picker = root.querySelector<HTMLElement>(`[data-version="${CSS.escape(version)}"]`);
      if (picker) focusIn(picker, step);
      else if (frames) requestAnimationFrame(() => find(frames - 1));
    };
    find(FRAMES);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const forward = getComputedStyle(event.currentTarget as Element).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = forward === "ArrowRight" ? "ArrowLeft" : "ArrowRight";
    if (event.key !== forward && event.key !== back) return;
    event.preventDefault();
    void go(event.key === forward ? 1 : -1, event.currentTarget as HTMLElement);
  };
  const step = (by: number) => (
    <button
      type="button"
      class="icon-button small"
      part="action"
      data-step={by}
      aria-label={by < 0 ? terms.previousVersion : terms.nextVersion}
      title={by < 0 ? terms.previousVersion : terms.nextVersion}
      aria-disabled={busy || !versions[at + by]}
      onClick={(event) => void go(by, event.currentTarget)}
    >
      <svg class={by < 0 ? "step back" : "step"} viewBox="0 0 24 24" width="15" height="15" aria-hidden="true">
        <path d="m9 18 6-6-6-6" />
      </svg>
    </button>
  );
  return (
    <div class="picker" part="version-picker" role="group" aria-label={said(at + 1)} data-version={versions[at]} onKeyDown={onKeyDown}>
      {step(-1)}
      <span aria-hidden="true">
        {number(at + 1, code)} / {number(count, code)}
      </span>
      {step(1)}
    </div>
  );
}

function focusIn(picker: HTMLElement, step: number): void {
  picker.querySelector<HTMLElement>(`[data-step="${step}"]`)?.focus({ preventScroll: true });
}

function Editor({ item, done }: { item: UserMessage; done(text?: string): void }) {
  const { chat, config, language } = useView();
  const terms = useAllTerms();
  const limit = config.value.max_message_length ?? Number.POSITIVE_INFINITY;
  const [tooLong, setTooLong] = useState(false);
  const busy = chat.responding.value;
  const area = useRef<HTMLTextAreaElement>(null);
  const said = item.content.map((part) => part.text).join("");
  // Before the next key, which is the field's already.
  useLayoutEffect(() => {
    const field = area.current;
    const article = field?.closest<HTMLElement>("article");
    if (!field || !article) return;
    article.dataset.editing = "";
    field.focus();
    field.setSelectionRange(said.length, said.length);
    return () => {
      delete article.dataset.editing;
    };
  }, []);
  const save = () => {
    const text = area.current?.value.trim();
    // An answer that another tab asked for: what is written here waits for its end.
    if (!text || busy) return;
    if ([...text].length > limit) setTooLong(true);
    else done(text);
  };
  return (
    <form
      class="editor"
      part="editor"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
      onKeyDown={(event) => {
        if (event.isComposing || event.keyCode === 229) return;
        if (event.key === "Escape") {
          event.stopPropagation();
          event.preventDefault();
          done();
        } else if (event.key === "Enter" && !event.shiftKey && (event.target as Element).tagName === "TEXTAREA") {
          event.preventDefault();
          save();
        }
      }}
    >
      <textarea ref={area} aria-label={terms.editMessage} dir="auto" rows={Math.min(8, said.split("\n").length + 1)} defaultValue={said} />
      {tooLong && (
        <p class="too-long" role="alert">
          {fill(terms.messageTooLong, { n: number(limit, language.value.code) })}
        </p>
      )}
      <div class="editor-actions">
        <button type="button" class="pill" onClick={() => done()}>
          {terms.cancel}
        </button>
        <button type="submit" class="pill strong" aria-disabled={busy}>
          {terms.saveEdit}
        </button>
      </div>
    </form>
  );
}

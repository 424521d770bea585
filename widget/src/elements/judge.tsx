// What an answer may be met with besides being copied: a thumb up or down, a voice, another try, and whatever the page adds.
import { useEffect, useRef, useState } from "preact/hooks";
import { rate } from "../core/deeds.ts";
import type { Turn } from "../core/turns.ts";
import { useView } from "./context.ts";
import { Icon } from "./more-icon.tsx";
import { NamedIcon } from "./named-icon.tsx";
import { useAllTerms } from "./use-all-terms.ts";

const KINDS = ["positive", "negative"] as const;

export function Judge({ turn, before, text }: { turn: Turn; before: string | undefined; text: string }) {
  const view = useView();
  const terms = useAllTerms();
  const { feedback, retry, readAloud, custom } = view.options.value.threadItemActions ?? {};
  const ids = turn.items.map((item) => item.id);
  const rated = view.chat.feedback.value[ids[0] ?? ""];
  return (
    <>
      {feedback &&
        KINDS.map((kind) => {
          const label = kind === "positive" ? terms.good : terms.bad;
          return (
            <button
              key={kind}
              type="button"
              class="icon-button small"
              part="action feedback"
              aria-label={label}
              aria-pressed={rated === kind}
              title={label}
              onClick={() => {
                void rate(view.chat, ids, kind);
                view.announce(terms.rated);
              }}
            >
              <Icon name={kind === "positive" ? "thumbs-up" : "thumbs-down"} size={16} />
            </button>
          );
        })}
      {readAloud && text && "speechSynthesis" in window && <ReadAloud />}
      {retry && before && (
        <button
          type="button"
          class="icon-button small"
          part="action retry"
          aria-label={terms.retry}
          title={terms.retry}
          disabled={view.chat.responding.value}
          onClick={() => view.chat.retryAfter(before)}
        >
          <Icon name="rotate-cw" size={16} />
        </button>
      )}
      {(Array.isArray(custom) ? custom : []).map(({ icon, label }, index) => (
        <button
          key={label}
          type="button"
          class="icon-button small"
          part="action custom"
          aria-label={String(label)}
          title={String(label)}
          onClick={() =>
            view.latest().threadItemActions?.custom?.[index]?.onClick?.({ threadId: view.chat.thread.value?.id ?? "", itemIds: ids, text })
          }
        >
          <NamedIcon name={String(icon)} size={16} />
        </button>
      ))}
    </>
  );
}

/** Speaks the answer as it is shown, with the browser's own voice: no request leaves for it. */
function ReadAloud() {
  const { language } = useView();
  const terms = useAllTerms();
  const [speaking, setSpeaking] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => () => (speaking ? speechSynthesis.cancel() : undefined), [speaking]);
  const toggle = () => {
    speechSynthesis.cancel();
    if (speaking) return setSpeaking(false);
    const prose = [...(button.current?.closest("article")?.querySelectorAll<HTMLElement>(".prose") ?? [])];
    const words = new SpeechSynthesisUtterance(prose.map((each) => each.innerText).join("\n"));
    words.lang = language.value.code;
    words.onend = words.onerror = () => setSpeaking(false);
    setSpeaking(true);
    speechSynthesis.speak(words);
  };
  const label = speaking ? terms.stopReading : terms.readAloud;
  return (
    <button
      ref={button}
      type="button"
      class="icon-button small"
      part="action read-aloud"
      aria-label={label}
      aria-pressed={speaking}
      title={label}
      onClick={toggle}
    >
      <Icon name={speaking ? "square" : "volume-2"} size={16} />
    </button>
  );
}

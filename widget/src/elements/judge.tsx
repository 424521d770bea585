// What an answer may be met with besides being copied: a thumb up or down, and another try.
import type { Turn } from "../core/turns.ts";
import { useTerms, useView } from "./context.ts";
import { Icon } from "./more-icon.tsx";

const KINDS = ["positive", "negative"] as const;

export function Judge({ turn, before }: { turn: Turn; before: string | undefined }) {
  const view = useView();
  const terms = useTerms();
  const { feedback, retry } = view.options.value.threadItemActions ?? {};
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
              aria-label={label}
              aria-pressed={rated === kind}
              title={label}
              onClick={() => {
                void view.chat.rate(ids, kind);
                view.announce(terms.rated);
              }}
            >
              <Icon name={kind === "positive" ? "thumbs-up" : "thumbs-down"} size={16} />
            </button>
          );
        })}
      {retry && before && (
        <button
          type="button"
          class="icon-button small"
          aria-label={terms.retry}
          title={terms.retry}
          disabled={view.chat.responding.value}
          onClick={() => view.chat.retryAfter(before)}
        >
          <Icon name="rotate-cw" size={16} />
        </button>
      )}
    </>
  );
}

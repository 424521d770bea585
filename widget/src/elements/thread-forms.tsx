// What is asked before a thread gets another title or goes, in its row's place or in a dialog. `back` puts the form away.
import { historyOf } from "../core/history.ts";
import type { Thread } from "../core/types.ts";
import { fill } from "../i18n/locale.ts";
import { useView } from "./context.ts";
import { Icon } from "./more-icon.tsx";
import { useAllTerms } from "./use-all-terms.ts";

type FormProps = { thread: Thread; back(): void };

// Refs of one identity act once, when their element comes; what is drawn again keeps its focus and its selection.
const focus = (el: HTMLElement | null) => el?.focus();
const select = (el: HTMLInputElement | null) => {
  el?.focus();
  el?.select();
};

const leaving = (back: () => void) => (event: KeyboardEvent) => {
  if (event.key !== "Escape") return;
  event.stopPropagation();
  event.preventDefault();
  back();
};

export function RenameForm({ thread, back }: FormProps) {
  const view = useView();
  const terms = useAllTerms();
  const { chat } = view;
  return (
    <form
      class="rename"
      onKeyDown={leaving(back)}
      onSubmit={(event) => {
        event.preventDefault();
        const next = String(new FormData(event.currentTarget).get("title") ?? "").trim();
        back();
        if (next && next !== thread.title)
          historyOf(chat)
            .rename(thread.id, next)
            .then(
              (renamed) => {
                if (chat.thread.value?.id === renamed.id) chat.thread.value = renamed;
              },
              () => view.announce(terms.errorServer),
            );
      }}
    >
      <input
        name="title"
        aria-label={terms.newTitle}
        defaultValue={thread.title ?? terms.untitled}
        maxLength={200}
        autocomplete="off"
        ref={select}
      />
      <button type="submit" class="icon-button small" aria-label={terms.save} title={terms.save}>
        <Icon name="check" size={16} />
      </button>
      <button type="button" class="icon-button small" aria-label={terms.cancel} title={terms.cancel} onClick={back}>
        <Icon name="x" size={16} />
      </button>
    </form>
  );
}

export function DeleteForm({ thread, back }: FormProps) {
  const view = useView();
  const terms = useAllTerms();
  const { chat } = view;
  const label = fill(terms.deleteThread, { title: thread.title ?? terms.untitled });
  return (
    <div class="confirm" role="group" aria-label={label} onKeyDown={leaving(back)}>
      <p>{terms.deleteConfirm}</p>
      <button type="button" class="pill" onClick={back}>
        {terms.cancel}
      </button>
      <button
        type="button"
        class="pill danger"
        ref={focus}
        onClick={() => {
          // The row goes, and focus with it; the list is where one goes on from.
          back();
          const current = chat.thread.value?.id === thread.id;
          historyOf(chat)
            .remove(thread.id)
            .then(
              () => {
                if (current) void chat.openThread(null);
              },
              () => view.announce(terms.errorServer),
            );
        }}
      >
        {terms.delete}
      </button>
    </div>
  );
}

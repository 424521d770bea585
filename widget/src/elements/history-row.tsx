// One past conversation in the list: opened by a click, and more behind its menu.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Thread } from "../core/types.ts";
import { fill } from "../i18n/locale.ts";
import { useView } from "./context.ts";
import { Icon } from "./more-icon.tsx";
import { RowMenu } from "./row-menu.tsx";
import { SharePanel } from "./share-panel.tsx";
import { entriesOf, type Mode } from "./thread-entries.ts";
import { DeleteForm, RenameForm } from "./thread-forms.tsx";
import { useAllTerms } from "./use-all-terms.ts";

/** `wanted` is the thread whose row is to have the focus once it is drawn: a row may be drawn anew in another group. */
export function Row({ thread, wanted }: { thread: Thread; wanted: { current: string | null } }) {
  const view = useView();
  const terms = useAllTerms();
  const { chat } = view;
  const [mode, setMode] = useState<Mode>("idle");
  const title = thread.title ?? terms.untitled;
  const row = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => {
    if (wanted.current !== thread.id || mode !== "idle") return;
    const list = row.current?.closest<HTMLElement>(".history");
    wanted.current = null;
    // Whoever has gone on meanwhile is not called back.
    if (list && (list.getRootNode() as ShadowRoot).activeElement === list)
      row.current?.querySelector<HTMLElement>("[aria-haspopup]")?.focus();
  });
  const rest = () => {
    // What had the focus goes: the list holds it until the row is drawn, so that no key is lost in between.
    row.current?.closest<HTMLElement>(".history")?.focus({ preventScroll: true });
    wanted.current = thread.id;
  };
  const back = () => {
    rest();
    setMode("idle");
  };
  if (mode !== "idle")
    return (
      <li ref={row} class="editing">
        {mode === "rename" ? (
          <RenameForm thread={thread} back={back} />
        ) : mode === "share" ? (
          <SharePanel thread={thread} back={back} />
        ) : (
          <DeleteForm thread={thread} back={back} />
        )}
      </li>
    );
  const current = chat.thread.value?.id === thread.id;
  const unread = view.unread.value.has(thread.id);
  return (
    <li ref={row} part="history-row" class={current ? "current" : ""}>
      <button
        type="button"
        class="open"
        aria-current={current ? "true" : undefined}
        aria-description={unread ? terms.unread : undefined}
        onClick={() => {
          view.setPanel("chat");
          if (!current) void chat.openThread(thread.id);
          view.focusComposer();
        }}
      >
        <span dir="auto">{title}</span>
        {thread.pinned && <Icon name="pin" size={13} />}
        {unread && <i class="dot" />}
      </button>
      <RowMenu label={fill(terms.threadActions, { title })} entries={entriesOf(view, terms, thread, setMode)} rest={rest} />
    </li>
  );
}

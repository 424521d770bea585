// One past conversation in the list: opened by a click, and more behind its menu.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { historyOf } from "../core/history.ts";
import type { Thread } from "../core/types.ts";
import { fill } from "../i18n/locale.ts";
import type { Terms } from "../i18n/terms.ts";
import { useView, type View } from "./context.ts";
import { Icon } from "./more-icon.tsx";
import { type Entry, RowMenu } from "./row-menu.tsx";
import { SharePanel } from "./share-panel.tsx";
import { useAllTerms } from "./use-all-terms.ts";

type Mode = "idle" | "rename" | "share" | "delete";

// Refs of one identity act once, when their element comes; what is drawn again keeps its focus and its selection.
const focus = (el: HTMLElement | null) => el?.focus();
const select = (el: HTMLInputElement | null) => {
  el?.focus();
  el?.select();
};

/** What can be done with a thread, in the order of the menu. */
function entriesOf(view: View, terms: Terms, thread: Thread, setMode: (mode: Mode) => void): Entry[] {
  const { showDelete = true, showExport = true, showRename = true, showShare = true } = view.options.value.history ?? {};
  const exported = (format: "md" | "json") =>
    void import("./export-thread.ts")
      .then(({ exportThread }) => exportThread(view, thread, format))
      .catch((error) => {
        view.announce(terms.errorServer);
        view.fail(error);
      });
  const marks = historyOf(view.chat).marks;
  const mark = (change: { pinned: boolean } | { archived: boolean }, said = "") =>
    historyOf(view.chat)
      .mark(thread, change)
      .then(
        () => view.announce(said),
        () => view.announce(terms.errorServer),
      );
  const { pinned = false, archived = false } = thread;
  const entries: (Entry | false | undefined)[] = [
    marks &&
      !archived && {
        id: "pin",
        label: pinned ? terms.unpin : terms.pin,
        icon: pinned ? "pin-off" : "pin",
        act: () => void mark({ pinned: !pinned }, pinned ? "" : terms.pinned),
      },
    showRename && { id: "rename", label: terms.rename, icon: "pencil", act: () => setMode("rename") },
    showShare && view.config.value.sharing && { id: "share", label: terms.share, icon: "share", act: () => setMode("share") },
    showExport && { id: "export-markdown", label: terms.exportMarkdown, icon: "download", act: () => exported("md") },
    showExport && { id: "export-json", label: terms.exportJson, icon: "download", act: () => exported("json") },
    marks &&
      !archived &&
      view.chat.thread.value?.id !== thread.id &&
      !view.unread.value.has(thread.id) && {
        id: "unread",
        label: terms.markUnread,
        icon: "message-square-dot",
        act: () =>
          void historyOf(view.chat)
            .markUnread(thread.id)
            .catch(() => view.announce(terms.errorServer)),
      },
    marks && {
      id: "archive",
      label: archived ? terms.unarchive : terms.archive,
      icon: archived ? "archive-restore" : "archive",
      act: () => void mark({ archived: !archived }, archived ? "" : terms.archived),
    },
    showDelete && { id: "delete", label: terms.delete, icon: "trash", danger: true, act: () => setMode("delete") },
  ];
  return entries.filter((each) => each !== false && each !== undefined);
}

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
  const leave = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    back();
  };
  const failed = () => view.announce(terms.errorServer);
  if (mode === "rename")
    return (
      <li ref={row} class="editing">
        <form
          onKeyDown={leave}
          onSubmit={(event) => {
            event.preventDefault();
            const next = String(new FormData(event.currentTarget).get("title") ?? "").trim();
            back();
            if (next && next !== thread.title)
              historyOf(chat)
                .rename(thread.id, next)
                .then((renamed) => {
                  if (chat.thread.value?.id === renamed.id) chat.thread.value = renamed;
                }, failed);
          }}
        >
          <input name="title" aria-label={terms.newTitle} defaultValue={title} maxLength={200} autocomplete="off" ref={select} />
          <button type="submit" class="icon-button small" aria-label={terms.save} title={terms.save}>
            <Icon name="check" size={16} />
          </button>
          <button type="button" class="icon-button small" aria-label={terms.cancel} title={terms.cancel} onClick={back}>
            <Icon name="x" size={16} />
          </button>
        </form>
      </li>
    );
  if (mode === "share")
    return (
      <li ref={row} class="editing">
        <SharePanel thread={thread} back={back} />
      </li>
    );
  if (mode === "delete")
    return (
      <li ref={row} class="editing">
        <div class="confirm" role="group" aria-label={fill(terms.deleteThread, { title })} onKeyDown={leave}>
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
                .then(() => {
                  if (current) void chat.openThread(null);
                }, failed);
            }}
          >
            {terms.delete}
          </button>
        </div>
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

// What can be done with a thread, from its row in the history or from the header while it is open.
import { historyOf } from "../core/history.ts";
import type { Thread } from "../core/types.ts";
import type { Terms } from "../i18n/terms.ts";
import type { View } from "./context.ts";
import type { Entry } from "./row-menu.tsx";

/** What is asked before it is done. */
export type Mode = "idle" | "rename" | "share" | "delete";

/** In the order of the menu. */
export function entriesOf(view: View, terms: Terms, thread: Thread, setMode: (mode: Mode) => void): Entry[] {
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

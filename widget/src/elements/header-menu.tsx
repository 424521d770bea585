// The open thread's menu, and the dialogs in which it asks.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Thread } from "../core/types.ts";
import { fill } from "../i18n/locale.ts";
import { useView } from "./context.ts";
import { type Entry, RowMenu } from "./row-menu.tsx";
import { SharePanel } from "./share-panel.tsx";
import { entriesOf, type Mode } from "./thread-entries.ts";
import { DeleteForm, RenameForm } from "./thread-forms.tsx";
import { touch } from "./touch.ts";
import { useAllTerms } from "./use-all-terms.ts";

// What else a row offers is about its place in the list.
const HERE = new Set(["rename", "share", "export-markdown", "export-json", "delete"]);

/** `begins` open where its own button was replaced by it. */
export function HeaderMenu({ thread, label, begins }: { thread: Thread; label: string; begins: boolean }) {
  const view = useView();
  const terms = useAllTerms();
  const [mode, setMode] = useState<Mode>("idle");
  const place = useRef<HTMLDivElement>(null);
  const button = () => place.current?.querySelector<HTMLElement>("[aria-haspopup]")?.focus();
  const offered = entriesOf(view, terms, thread, setMode).filter((each) => HERE.has(each.id));
  const shortcuts: Entry = {
    id: "shortcuts",
    label: terms.shortcuts,
    icon: "keyboard",
    act: () =>
      void import("./shortcuts.tsx").then(
        ({ showShortcuts }) => place.current && showShortcuts(place.current.getRootNode() as ShadowRoot, view),
        view.fail,
      ),
  };
  // What takes something away stays the last.
  const entries = [...offered.filter((each) => !each.danger), ...(touch() ? [] : [shortcuts]), ...offered.filter((each) => each.danger)];
  const title = thread.title ?? terms.untitled;
  const name = { idle: "", rename: terms.rename, share: terms.shareTitle, delete: fill(terms.deleteThread, { title }) }[mode];
  return (
    <div ref={place} class="header-menu">
      <RowMenu label={label} entries={entries} rest={button} begins={begins} size={20} />
      {mode !== "idle" && <Asking thread={thread} mode={mode} name={name} done={() => setMode("idle")} />}
    </div>
  );
}

type AskingProps = { thread: Thread; mode: Mode; name: string; done(): void };

/** A native dialog: what is behind it is inert, and focus goes back to the button when it closes. */
function Asking({ thread, mode, name, done }: AskingProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const el = dialog.current;
    el?.showModal();
    el?.querySelector<HTMLElement>("form input, .pill.danger, .share")?.focus();
  }, []);
  const close = () => dialog.current?.close();
  return (
    <dialog
      ref={dialog}
      class="asking"
      part="dialog"
      aria-label={name}
      onClose={done}
      onClick={(event) => event.target === dialog.current && close()}
      // The dialog's own Escape is enough; the launcher around it must not close too.
      onKeyDown={(event) => event.key === "Escape" && event.stopPropagation()}
    >
      <div class="asking-body">
        {mode === "rename" ? (
          <RenameForm thread={thread} back={close} />
        ) : mode === "share" ? (
          <SharePanel thread={thread} back={close} />
        ) : (
          <DeleteForm thread={thread} back={close} />
        )}
      </div>
    </dialog>
  );
}

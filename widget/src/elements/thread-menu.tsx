// The menu of the open thread, in the header: a button, whose menu is loaded when it is asked for.
import type { ComponentType } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Thread } from "../core/types.ts";
import { fill } from "../i18n/locale.ts";
import { useView } from "./context.ts";
import { Icon } from "./more-icon.tsx";
import { useAllTerms } from "./use-all-terms.ts";

export function ThreadMenu({ thread }: { thread: Thread }) {
  const view = useView();
  const terms = useAllTerms();
  const [Menu, setMenu] = useState<ComponentType<{ thread: Thread; label: string; begins: boolean }> | null>(null);
  // The thread whose menu was asked for: that of another is not open when it is first drawn.
  const asked = useRef("");
  const { showDelete = true, showExport = true, showRename = true, showShare = true } = view.options.value.history ?? {};
  if (!showDelete && !showExport && !showRename && !(showShare && view.config.value.sharing)) return null;
  const label = fill(terms.threadActions, { title: thread.title ?? terms.untitled });
  if (Menu) return <Menu key={thread.id} thread={thread} label={label} begins={asked.current === thread.id} />;
  const load = () => {
    asked.current = thread.id;
    void import("./extras.ts").then(({ HeaderMenu, css }) => {
      view.adopt(css);
      setMenu(() => HeaderMenu);
    }, view.fail);
  };
  return (
    <button
      type="button"
      class="icon-button"
      part="button"
      aria-haspopup="menu"
      aria-expanded={false}
      aria-label={label}
      title={label}
      onClick={load}
      onKeyDown={(event) => {
        if (event.key !== "ArrowDown") return;
        event.preventDefault();
        load();
      }}
    >
      <Icon name="ellipsis" size={20} />
    </button>
  );
}

import { useHeading, useTerms, useView } from "./context.ts";
import { Icon } from "./icon.tsx";
import { lazyVersions } from "./lazy.tsx";
import { NamedIcon } from "./named-icon.tsx";

const ThreadMenu = lazyVersions((versions) => versions.ThreadMenu);

export function historyEnabled(view: ReturnType<typeof useView>): boolean {
  return view.options.value.history?.enabled ?? view.config.value.history?.enabled ?? true;
}

export function Header() {
  const view = useView();
  const terms = useTerms();
  const Heading = useHeading(0);
  const { enabled = true, title } = view.options.value.header ?? {};
  if (!enabled) return null;
  const thread = view.chat.thread.value;
  const inHistory = view.panel.value === "history";
  const unread = inHistory ? 0 : view.unread.value.size;
  const history = terms.history + (unread ? ` (${unread})` : "");
  const text = title?.text ?? (thread ? (thread.title ?? terms.untitled) : (view.config.value.title ?? ""));
  return (
    <header class="header" part="header">
      <slot name="header" />
      <ActionButton side="leftAction" />
      {historyEnabled(view) && (
        <button
          type="button"
          class="icon-button"
          part="button"
          aria-label={inHistory ? terms.closeHistory : history}
          title={inHistory ? terms.closeHistory : history}
          aria-expanded={inHistory}
          onClick={() => view.setPanel(inHistory ? "chat" : "history")}
        >
          <Icon name={inHistory ? "arrow-left" : "rotate-ccw-clock"} />
          {unread > 0 && <i class="dot" />}
        </button>
      )}
      <Heading class="title" part="title" dir="auto">
        {inHistory ? terms.history : (title?.enabled ?? true) && text ? text : <span class="sr">{text || terms.chat}</span>}
      </Heading>
      {thread && !inHistory && historyEnabled(view) && <ThreadMenu thread={thread} />}
      <button
        type="button"
        class="icon-button"
        part="button"
        aria-label={terms.newChat}
        title={terms.newChat}
        onClick={() => {
          view.log("newChat.create");
          view.setPanel("chat");
          void view.chat.openThread(null);
          view.focusComposer();
        }}
      >
        <Icon name="plus" size={20} />
      </button>
      <ActionButton side="rightAction" />
      {view.close && (
        <button
          type="button"
          class="icon-button closer"
          part="button close"
          aria-label={terms.close}
          title={terms.close}
          onClick={view.close}
        >
          <Icon name="x" size={20} />
        </button>
      )}
    </header>
  );
}

function ActionButton({ side }: { side: "leftAction" | "rightAction" }) {
  const view = useView();
  const action = view.options.value.header?.[side];
  if (!action) return null;
  const label = action.label ?? action.icon.replaceAll("-", " ");
  return (
    <button
      type="button"
      class="icon-button"
      part="button"
      aria-label={label}
      title={label}
      onClick={() => view.latest().header?.[side]?.onClick?.()}
    >
      <NamedIcon name={action.icon} />
    </button>
  );
}

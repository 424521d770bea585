// A widget's outermost component: Card, ListView with its items, Basic.
import { useState } from "preact/hooks";
import { NamedIcon } from "../elements/named-icon.tsx";
import { useAllTerms } from "../elements/use-all-terms.ts";
import { Children, childrenOf, Node } from "./children.tsx";
import { action, type ComponentProps, oneOf, text, useWidget } from "./context.ts";
import { boxStyle, colour, gap } from "./values.ts";

function Status({ of }: { of: unknown }) {
  if (!of || typeof of !== "object") return null;
  const { text: words, icon } = of as { text?: string; icon?: string };
  return (
    <div class="w-status">
      {icon && <NamedIcon name={icon} size={15} />}
      <span dir="auto">{words}</span>
    </div>
  );
}

export function Card({ node }: ComponentProps) {
  const { dark, run } = useWidget();
  const [busy, setBusy] = useState(false);
  const size = oneOf(node.size, "sm", "lg", "full") ?? "md";
  const confirm = node.confirm as { label?: string; action?: unknown } | undefined;
  const cancel = node.cancel as { label?: string; action?: unknown } | undefined;
  const send = (config: unknown, form: HTMLFormElement | null) => {
    const each = action(config);
    if (!each || busy) return;
    if (each.loadingBehavior !== "none") setBusy(true);
    void run(each, form).finally(() => setBusy(false));
  };
  const { width: _w, height: _h, ...style } = boxStyle(node, dark, "column");
  const inside = (
    <>
      <Status of={node.status} />
      {node.collapsed !== true && (
        <div class="w-card-body" style={style}>
          <Children of={node} />
        </div>
      )}
      {(confirm || cancel) && (
        <div class="w-card-foot">
          {cancel && (
            <button type="button" class="w-button outline secondary size-md" onClick={() => send(cancel.action, null)}>
              {cancel.label}
            </button>
          )}
          {confirm && (
            <button
              type={node.asForm === true ? "submit" : "button"}
              class="w-button solid primary size-md"
              onClick={(event) => {
                if (node.asForm !== true) send(confirm.action, event.currentTarget.closest("form"));
              }}
            >
              {confirm.label}
            </button>
          )}
        </div>
      )}
    </>
  );
  const shared = {
    class: `w-card ${size}${busy ? " busy" : ""}`,
    inert: busy,
    style: { background: node.background === undefined ? undefined : colour(node.background, dark) },
  };
  return node.asForm === true ? (
    <form
      {...shared}
      onSubmit={(event) => {
        event.preventDefault();
        send(confirm?.action, event.currentTarget);
      }}
    >
      {inside}
    </form>
  ) : (
    <div {...shared}>{inside}</div>
  );
}

// Enough to see what a list is about without filling the panel.
const AUTO_LIMIT = 5;

export function ListView({ node }: ComponentProps) {
  const terms = useAllTerms();
  const [all, setAll] = useState(false);
  const items = childrenOf(node).filter((each) => each.type === "ListViewItem");
  const limit = node.limit === "auto" ? AUTO_LIMIT : Number(node.limit) || items.length;
  const shown = all ? items : items.slice(0, limit);
  return (
    <div class="w-list">
      <Status of={node.status} />
      <ul>
        {shown.map((each, index) => (
          <li key={each.key ?? each.id ?? index}>
            <Node node={each} />
          </li>
        ))}
      </ul>
      {items.length > limit && (
        <button type="button" class="w-more" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? terms.less : terms.more}
        </button>
      )}
    </div>
  );
}

export function ListViewItem({ node }: ComponentProps) {
  const { run } = useWidget();
  const [busy, setBusy] = useState(false);
  const click = action(node.onClickAction);
  const style = {
    gap: gap(node.gap) ?? "12px",
    alignItems: node.align === "center" || node.align === undefined ? "center" : node.align === "end" ? "flex-end" : "flex-start",
  };
  if (!click)
    return (
      <div class="w-item" style={style}>
        <Children of={node} />
      </div>
    );
  return (
    <button
      type="button"
      class="w-item press"
      style={style}
      aria-busy={busy}
      onClick={() => {
        if (busy) return;
        setBusy(true);
        void run(click, null).finally(() => setBusy(false));
      }}
    >
      <Children of={node} />
    </button>
  );
}

export function Basic({ node }: ComponentProps) {
  const { dark } = useWidget();
  return (
    <div class="w-box" data-type={text(node.type)} style={boxStyle(node, dark, node.direction === "row" ? "row" : "column")}>
      <Children of={node} />
    </div>
  );
}

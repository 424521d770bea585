// A widget's outermost component: Card, ListView with its items, Basic.
import { useState } from "preact/hooks";
import { NamedIcon } from "../elements/named-icon.tsx";
import { useAllTerms } from "../elements/use-all-terms.ts";
import { Children, childrenOf, Node } from "./children.tsx";
import { action, type ComponentProps, loadingOf, oneOf, text, useWidget } from "./context.ts";
import { ALIGN, border, boxStyle, colour, gap, pictureAddress } from "./values.ts";

function Status({ of }: { of: unknown }) {
  const { imageAllowed } = useWidget();
  if (!of || typeof of !== "object") return null;
  const { text: words, icon, favicon, frame } = of as { text?: string; icon?: string; favicon?: unknown; frame?: unknown };
  const image = pictureAddress(favicon);
  return (
    <div class="w-status">
      {image && imageAllowed(image) && (
        <img class={frame === true ? "frame" : ""} src={image} alt="" width={16} height={16} referrerpolicy="no-referrer" />
      )}
      {icon && <NamedIcon name={icon} size={15} />}
      <span dir="auto">{words}</span>
    </div>
  );
}

export function Card({ node }: ComponentProps) {
  const { dark, run } = useWidget();
  const size = oneOf(node.size, "sm", "lg", "full") ?? "md";
  const confirm = node.confirm as { label?: string; action?: unknown } | undefined;
  const cancel = node.cancel as { label?: string; action?: unknown } | undefined;
  const send = (config: unknown, from: Element) => {
    const each = action(config);
    if (each) void run(each, from, "container");
  };
  // The frame belongs to the card, the rest to what is in it.
  const { width: _w, height: _h, background: _b, ...style } = boxStyle({ ...node, border: undefined }, dark, "column");
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
            <button type="button" class="w-button outline secondary size-md" onClick={(event) => send(cancel.action, event.currentTarget)}>
              {cancel.label}
            </button>
          )}
          {confirm && (
            <button
              type={node.asForm === true ? "submit" : "button"}
              class="w-button solid primary size-md"
              onClick={(event) => {
                if (node.asForm !== true) send(confirm.action, event.currentTarget);
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
    class: `w-card ${size}`,
    style: { background: node.background === undefined ? undefined : colour(node.background, dark), ...border(node.border, dark) },
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
    alignItems: ALIGN[String(node.align)] ?? "center",
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
      onClick={(event) => {
        if (busy) return;
        if (loadingOf(click, "self") === "self") setBusy(true);
        void run(click, event.currentTarget, "self").finally(() => setBusy(false));
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

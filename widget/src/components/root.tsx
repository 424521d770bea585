// The entry of the components' chunk: one widget, its styles, and the road its actions take.
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ActionConfig, WidgetNode } from "../core/types.ts";
import { useView } from "../elements/context.ts";
import type { WidgetRendererProps } from "../elements/widget-host.tsx";
import { hostAllowed } from "../markdown/links.ts";
import { childrenOf, Node } from "./children.tsx";
import { type Loading, loadingOf, useOwnId, type Values, WidgetContext, type WidgetScope } from "./context.ts";
import { formValues, withValues } from "./forms.ts";
import css from "./widgets.css";

export { css };

export function WidgetRoot({ root, run, report, fail, dark }: WidgetRendererProps) {
  const { chat } = useView();
  const id = useOwnId();
  const latest = useRef({ run, report, fail });
  latest.current = { run, report, fail };
  const box = useRef<HTMLDivElement>(null);
  const [busy, setBusy] = useState(false);
  const scheme = root.theme === "dark" ? true : root.theme === "light" ? false : dark;
  const labelled = useMemo(() => new Set(labelledFields(root)), [root]);
  // What is inert loses the focus; it comes back with the widget.
  const left = useRef<HTMLElement | null>(null);
  useLayoutEffect(() => {
    if (busy) return;
    left.current?.focus({ preventScroll: true });
    left.current = null;
  }, [busy]);
  const scope = useMemo<WidgetScope>(
    () => ({
      dark: scheme,
      id,
      labelled,
      async run(action: ActionConfig, from: Element, auto: Loading, values: Values = {}) {
        const form = from.closest("form");
        const merged = withValues(action, { ...(form && formValues(form)), ...values });
        if (merged.collisions.length)
          latest.current.fail(new Error(`the action ${action.type} already has ${merged.collisions.join(", ")} in its payload`));
        const whole = loadingOf(action, auto) === "container";
        if (whole) {
          left.current = box.current?.contains(from) ? focusedIn(box.current) : null;
          setBusy(true);
        }
        try {
          await latest.current.run(merged.action);
        } finally {
          if (whole) setBusy(false);
        }
      },
      report: (name, data) => latest.current.report(name, data),
      imageAllowed(src) {
        const domains = chat.thread.value?.allowed_image_domains;
        return !domains || !/^http/i.test(src) || hostAllowed(new URL(src), domains);
      },
    }),
    [scheme, id, labelled, chat],
  );
  return (
    <WidgetContext.Provider value={scope}>
      <div
        ref={box}
        class={busy ? "w-root busy" : "w-root"}
        inert={busy}
        data-scheme={scheme === dark ? undefined : scheme ? "dark" : "light"}
      >
        <Node node={root} />
      </div>
    </WidgetContext.Provider>
  );
}

function focusedIn(box: HTMLElement): HTMLElement | null {
  const { activeElement } = box.getRootNode() as ShadowRoot | Document;
  return box.contains(activeElement) ? (activeElement as HTMLElement) : null;
}

function labelledFields(node: WidgetNode): string[] {
  const own = node.type === "Label" && typeof node.fieldName === "string" ? [node.fieldName] : [];
  return [...own, ...childrenOf(node).flatMap(labelledFields)];
}

// The entry of the components' chunk: one widget, its styles, and the road its actions take.
import { useId, useMemo, useRef } from "preact/hooks";
import type { ActionConfig, WidgetNode } from "../core/types.ts";
import type { WidgetRendererProps } from "../elements/widget-host.tsx";
import { childrenOf, Node } from "./children.tsx";
import { WidgetContext, type WidgetScope } from "./context.ts";
import { formValues, withValues } from "./forms.ts";
import css from "./widgets.css";

export { css };

export function WidgetRoot({ root, run, report, fail, dark }: WidgetRendererProps) {
  const id = useId();
  const latest = useRef({ run, report, fail });
  latest.current = { run, report, fail };
  const scheme = root.theme === "dark" ? true : root.theme === "light" ? false : dark;
  const labelled = useMemo(() => new Set(labelledFields(root)), [root]);
  const scope = useMemo<WidgetScope>(
    () => ({
      dark: scheme,
      id,
      labelled,
      async run(action: ActionConfig, form: HTMLFormElement | null) {
        if (!form) return latest.current.run(action);
        if (!form.reportValidity()) return;
        const merged = withValues(action, formValues(form));
        if (merged.collisions.length)
          latest.current.fail(new Error(`the action ${action.type} already has ${merged.collisions.join(", ")} in its payload`));
        return latest.current.run(merged.action);
      },
      report: (name, data) => latest.current.report(name, data),
    }),
    [scheme, id, labelled],
  );
  return (
    <WidgetContext.Provider value={scope}>
      <Node node={root} />
    </WidgetContext.Provider>
  );
}

function labelledFields(node: WidgetNode): string[] {
  const own = node.type === "Label" && typeof node.fieldName === "string" ? [node.fieldName] : [];
  return [...own, ...childrenOf(node).flatMap(labelledFields)];
}

// A widget item's place in the thread; the components behind it are loaded when the first widget comes.
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import type { ActionConfig, WidgetItem, WidgetNode } from "../core/types.ts";
import { useTerms, useView } from "./context.ts";

export type WidgetRendererProps = {
  root: WidgetNode;
  run(action: ActionConfig): Promise<void>;
  report(name: string, data?: unknown): void;
  fail(error: Error): void;
  dark: boolean;
};
export type WidgetRenderer = ComponentType<WidgetRendererProps>;

export function WidgetHost({ item }: { item: WidgetItem }) {
  const view = useView();
  const terms = useTerms();
  const Renderer = view.widgets.value;
  useEffect(() => view.loadWidgets(), [view]);
  if (!Renderer) return <div class="widget-wait" role="img" aria-label={terms.loading} />;
  return (
    <div class="widget" part="widget">
      <Renderer
        root={item.widget}
        run={view.runAction(item)}
        report={(name, data) => view.log(name, data)}
        fail={view.fail}
        dark={view.dark.value}
      />
    </div>
  );
}

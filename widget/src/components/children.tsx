// The tree's walk: each node to its component by one exhaustive map; unknown types render nothing and are logged.
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import type { WidgetNode } from "../core/types.ts";
import { type ComponentProps, useWidget } from "./context.ts";
import { COMPONENTS } from "./map.ts";

export function Node({ node }: ComponentProps) {
  const known = Object.hasOwn(COMPONENTS, node.type);
  if (!known) return <Unknown node={node} />;
  const Component: ComponentType<ComponentProps> = COMPONENTS[node.type as keyof typeof COMPONENTS];
  return <Component node={node} />;
}

function Unknown({ node }: ComponentProps) {
  const { report } = useWidget();
  useEffect(() => report("widget.unknown", { type: node.type }), [node.type]);
  return null;
}

export function Children({ of }: { of: WidgetNode }) {
  return (
    <>
      {childrenOf(of).map((child, index) => (
        <Node key={child.key ?? child.id ?? index} node={child} />
      ))}
    </>
  );
}

export function childrenOf(node: WidgetNode): WidgetNode[] {
  const { children } = node;
  const list = Array.isArray(children) ? children : children ? [children] : [];
  return list.filter((each) => each && typeof each === "object" && typeof each.type === "string");
}

import type { WidgetRendererProps } from "../elements/widget-host.tsx";
export function WidgetRoot(_: WidgetRendererProps) { return null; }
export function sheet() { return new CSSStyleSheet(); }

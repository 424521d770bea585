// What is pressed: buttons. Fields and choices have files of their own.
import { useState } from "preact/hooks";
import { NamedIcon } from "../elements/named-icon.tsx";
import { action, type ComponentProps, loadingOf, oneOf, text, useWidget } from "./context.ts";
import { ICON_PX } from "./values.ts";

export const CONTROL_SIZES = ["3xs", "2xs", "xs", "sm", "md", "lg", "xl", "2xl", "3xl"] as const;

export function Button({ node }: ComponentProps) {
  const click = action(node.onClickAction);
  const { run } = useWidget();
  const [busy, setBusy] = useState(false);
  const primary = node.style === "primary";
  const variant = oneOf(node.variant, "solid", "soft", "outline", "ghost") ?? (primary ? "solid" : "outline");
  const kind =
    oneOf(node.color, "primary", "info", "discovery", "success", "caution", "warning", "danger") ?? (primary ? "primary" : "secondary");
  const size = oneOf(node.size, ...CONTROL_SIZES) ?? "lg";
  const iconSize = ICON_PX[String(node.iconSize)] ?? 16;
  const label = text(node.label);
  return (
    <button
      type={node.submit === true ? "submit" : "button"}
      class={`w-button ${variant} ${kind} size-${size}${node.block === true ? " block" : ""}${node.uniform === true ? " uniform" : ""}${node.pill === false ? " square" : ""}`}
      disabled={node.disabled === true}
      aria-busy={busy}
      aria-label={label ? undefined : (text(node.iconStart) ?? text(node.iconEnd))}
      onClick={(event) => {
        if (!click) return;
        event.preventDefault();
        const from = event.currentTarget;
        // What is wrong with a form keeps it from being submitted, not from being left.
        if (busy || (node.submit === true && from.form && !from.form.reportValidity())) return;
        if (loadingOf(click, "self") === "self") setBusy(true);
        void run(click, from, "self").finally(() => setBusy(false));
      }}
    >
      {busy ? <span class="spinner" /> : text(node.iconStart) && <NamedIcon name={text(node.iconStart) ?? ""} size={iconSize} />}
      {label && <span dir="auto">{label}</span>}
      {text(node.iconEnd) && <NamedIcon name={text(node.iconEnd) ?? ""} size={iconSize} />}
    </button>
  );
}

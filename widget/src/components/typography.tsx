// Words: Title, Text, Caption, Markdown, Label, Badge, Icon.
import { Prose } from "../elements/assistant-message.tsx";
import { useHeading } from "../elements/context.ts";
import { NamedIcon } from "../elements/named-icon.tsx";
import { type ComponentProps, oneOf, text, useWidget } from "./context.ts";
import { useTyped } from "./fields.tsx";
import { CAPTION_SIZES, colour, ICON_PX, type Style, TEXT_SIZES, TITLE_SIZES, textStyle } from "./values.ts";

export function Title({ node }: ComponentProps) {
  const { dark } = useWidget();
  const Heading = useHeading(2);
  return (
    <Heading class="w-title" dir="auto" style={textStyle(node, dark, TITLE_SIZES)}>
      {text(node.value)}
    </Heading>
  );
}

export function Text({ node }: ComponentProps) {
  const { dark } = useWidget();
  const style = textStyle(node, dark, TEXT_SIZES);
  const editable = node.editable && typeof node.editable === "object" ? (node.editable as Record<string, unknown>) : undefined;
  if (editable && typeof editable.name === "string")
    return <Editable of={editable} name={editable.name} value={text(node.value) ?? ""} style={style} />;
  return (
    <p class={node.streaming === true ? "w-text streaming" : "w-text"} dir="auto" style={style}>
      {text(node.value)}
    </p>
  );
}

function Editable({ of, name, value, style }: { of: Record<string, unknown>; name: string; value: string; style: Style }) {
  return (
    <textarea
      {...useTyped<HTMLTextAreaElement>(of)}
      class="w-editable"
      dir="auto"
      rows={1}
      name={name}
      aria-label={text(of.placeholder) ?? name}
      placeholder={text(of.placeholder)}
      required={of.required === true}
      defaultValue={value}
      style={style}
    />
  );
}

export function Caption({ node }: ComponentProps) {
  const { dark } = useWidget();
  return (
    <p class="w-caption" dir="auto" style={textStyle(node, dark, CAPTION_SIZES)}>
      {text(node.value)}
    </p>
  );
}

export function Markdown({ node }: ComponentProps) {
  return <Prose text={text(node.value) ?? ""} live={node.streaming === true} />;
}

export function Label({ node }: ComponentProps) {
  const { dark, id } = useWidget();
  return (
    <label class="w-label" dir="auto" for={`${id}-${text(node.fieldName) ?? ""}`} style={textStyle(node, dark, TEXT_SIZES)}>
      {text(node.value)}
    </label>
  );
}

export function Badge({ node }: ComponentProps) {
  const kind = oneOf(node.color, "success", "danger", "warning", "info", "discovery") ?? "secondary";
  const variant = oneOf(node.variant, "solid", "outline") ?? "soft";
  const size = oneOf(node.size, "md", "lg") ?? "sm";
  return (
    <span class={`w-badge ${kind} ${variant} ${size}${node.pill === false ? "" : " pill-shape"}`} dir="auto">
      {text(node.label)}
    </span>
  );
}

export function Icon({ node }: ComponentProps) {
  const { dark } = useWidget();
  return (
    <span class="w-icon" style={{ color: node.color === undefined ? undefined : colour(node.color, dark) }}>
      <NamedIcon name={text(node.name) ?? ""} size={ICON_PX[String(node.size)] ?? 18} />
    </span>
  );
}

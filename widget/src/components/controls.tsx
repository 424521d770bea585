// What can be pressed and filled in: Button, Input, Textarea, Select, DatePicker, Checkbox, RadioGroup. All are native controls.
import { useState } from "preact/hooks";
import type { ActionConfig } from "../core/types.ts";
import { NamedIcon } from "../elements/named-icon.tsx";
import { useAllTerms } from "../elements/use-all-terms.ts";
import { action, type ComponentProps, oneOf, text, useWidget, type WidgetScope } from "./context.ts";
import { ICON_PX } from "./values.ts";

/** Runs an action and tells whether it is under way; `self` is how the control itself should show it. */
function useAction(config: ActionConfig | undefined): { busy: boolean; start(element: Element): void } {
  const { run } = useWidget();
  const [busy, setBusy] = useState(false);
  return {
    busy,
    start: (element) => {
      if (!config || busy) return;
      const form = element.closest("form");
      if (form && !form.reportValidity()) return;
      const shown = config.loadingBehavior !== "none";
      if (shown) setBusy(true);
      void run(config, form).finally(() => setBusy(false));
    },
  };
}

const CONTROL_SIZES = ["3xs", "2xs", "xs", "sm", "md", "lg", "xl", "2xl", "3xl"] as const;

export function Button({ node }: ComponentProps) {
  const click = action(node.onClickAction);
  const { busy, start } = useAction(click);
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
      aria-label={label ? undefined : text(node.iconStart)}
      onClick={(event) => {
        if (click) {
          event.preventDefault();
          start(event.currentTarget);
        }
      }}
    >
      {busy ? <span class="spinner" /> : text(node.iconStart) && <NamedIcon name={text(node.iconStart) ?? ""} size={iconSize} />}
      {label && <span dir="auto">{label}</span>}
      {text(node.iconEnd) && <NamedIcon name={text(node.iconEnd) ?? ""} size={iconSize} />}
    </button>
  );
}

function fieldProps(node: ComponentProps["node"], { id, labelled }: WidgetScope) {
  const name = text(node.name) ?? "";
  return {
    id: `${id}-${name}`,
    name,
    required: node.required === true,
    disabled: node.disabled === true,
    placeholder: text(node.placeholder),
    "aria-label": text(node.ariaLabel) ?? (labelled.has(name) ? undefined : (text(node.placeholder) ?? name)),
    class: `w-field${node.variant === "soft" ? " soft" : ""}${node.block === false ? " inline" : ""}`,
  };
}

export function Input({ node }: ComponentProps) {
  const scope = useWidget();
  return (
    <input
      {...fieldProps(node, scope)}
      // The type decides only the keyboard and the check; the element's props are the same for all of these.
      type={(oneOf(node.inputType, "number", "email", "text", "password", "tel", "url") ?? "text") as "text"}
      defaultValue={text(node.defaultValue)}
      pattern={text(node.pattern)}
      autocomplete={node.allowAutofillExtensions === true ? "on" : "off"}
      dir="auto"
    />
  );
}

export function Textarea({ node }: ComponentProps) {
  const scope = useWidget();
  return <textarea {...fieldProps(node, scope)} rows={Number(node.rows) || 3} defaultValue={text(node.defaultValue)} dir="auto" />;
}

type Option = { value: string; label: string; disabled?: boolean; description?: string };

function options(value: unknown): Option[] {
  return Array.isArray(value)
    ? value.filter((each): each is Option => each && typeof each === "object" && typeof each.value === "string")
    : [];
}

/** A change's action carries the new value under the control's name. */
function changed(config: ActionConfig | undefined, name: string, value: unknown): ActionConfig | undefined {
  if (!config) return undefined;
  const own = config.payload && typeof config.payload === "object" ? (config.payload as object) : {};
  return {
    ...config,
    loadingBehavior: config.loadingBehavior === "auto" ? "none" : (config.loadingBehavior ?? "none"),
    payload: { [name]: value, ...own },
  };
}

export function Select({ node }: ComponentProps) {
  const scope = useWidget();
  const { run } = scope;
  const terms = useAllTerms();
  const list = options(node.options);
  const chosen = text(node.defaultValue);
  const name = text(node.name) ?? "";
  return (
    <select
      {...fieldProps(node, scope)}
      onChange={(event) => {
        const change = changed(action(node.onChangeAction), name, event.currentTarget.value);
        if (change) void run(change, null);
      }}
    >
      {(chosen === undefined || node.clearable === true) && (
        <option value="" selected={chosen === undefined}>
          {text(node.placeholder) ?? terms.choose}
        </option>
      )}
      {list.map((each) => (
        <option key={each.value} value={each.value} disabled={each.disabled === true} selected={each.value === chosen}>
          {each.description ? `${each.label} — ${each.description}` : each.label}
        </option>
      ))}
    </select>
  );
}

export function DatePicker({ node }: ComponentProps) {
  const scope = useWidget();
  const { run } = scope;
  const name = text(node.name) ?? "";
  const day = (value: unknown) => text(value)?.slice(0, 10);
  return (
    <input
      {...fieldProps(node, scope)}
      type="date"
      defaultValue={day(node.defaultValue)}
      min={day(node.min)}
      max={day(node.max)}
      onChange={(event) => {
        const change = changed(action(node.onChangeAction), name, event.currentTarget.value);
        if (change) void run(change, null);
      }}
    />
  );
}

export function Checkbox({ node }: ComponentProps) {
  const { run } = useWidget();
  const name = text(node.name) ?? "";
  return (
    <label class="w-check">
      <input
        type="checkbox"
        name={name}
        defaultChecked={node.defaultChecked === true}
        disabled={node.disabled === true}
        required={node.required === true}
        onChange={(event) => {
          const change = changed(action(node.onChangeAction), name, event.currentTarget.checked);
          if (change) void run(change, null);
        }}
      />
      <span dir="auto">{text(node.label)}</span>
    </label>
  );
}

export function RadioGroup({ node }: ComponentProps) {
  const { run } = useWidget();
  const name = text(node.name) ?? "";
  return (
    <div class={node.direction === "col" ? "w-radios col" : "w-radios"} role="radiogroup" aria-label={text(node.ariaLabel) ?? name}>
      {options(node.options).map((each) => (
        <label key={each.value} class="w-check">
          <input
            type="radio"
            name={name}
            value={each.value}
            defaultChecked={each.value === node.defaultValue}
            disabled={node.disabled === true || each.disabled === true}
            required={node.required === true}
            onChange={() => {
              const change = changed(action(node.onChangeAction), name, each.value);
              if (change) void run(change, null);
            }}
          />
          <span dir="auto">{each.label}</span>
        </label>
      ))}
    </div>
  );
}

// What is filled in: Input, Textarea, Select, DatePicker. All are native controls; only a long Select is one that searches.
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useAllTerms } from "../elements/use-all-terms.ts";
import { type ComponentProps, oneOf, text, useWidget, type WidgetScope } from "./context.ts";
import { CONTROL_SIZES } from "./controls.tsx";
import { nest } from "./forms.ts";
import { optionsOf, SearchSelect } from "./search-select.tsx";

type Node = ComponentProps["node"];
type Field = HTMLInputElement | HTMLTextAreaElement;

// More than these are searched rather than looked through.
const SEARCHED_FROM = 16;
// Extensions that fill in passwords and addresses; each looks for a name of its own.
const NO_EXTENSIONS = { "data-1p-ignore": "", "data-lpignore": "true", "data-bwignore": "", "data-form-type": "other" };
const LINE_EM = 1.4;

export function fieldProps(node: Node, { id, labelled }: WidgetScope) {
  const name = text(node.name) ?? "";
  const size = oneOf(node.size, ...CONTROL_SIZES);
  const gutter = oneOf(node.gutterSize, "2xs", "xs", "sm", "md", "lg", "xl", "2xl");
  return {
    id: `${id}-${name}`,
    name,
    required: node.required === true,
    disabled: node.disabled === true,
    placeholder: text(node.placeholder),
    "aria-label": text(node.ariaLabel) ?? (labelled.has(name) ? undefined : (text(node.placeholder) ?? name)),
    class: [
      "w-field",
      node.variant === "soft" && "soft",
      node.block === false && "inline",
      size && `size-${size}`,
      gutter && `gutter-${gutter}`,
      node.pill === true && "round",
    ]
      .filter(Boolean)
      .join(" "),
  };
}

/** What Input, Textarea and an editable Text share: autofill, focus and selection at first, and a pattern. */
export function useTyped<T extends Field>(
  of: Record<string, unknown>,
): { ref: RefObject<T | null>; onInput(): void } & Record<string, unknown> {
  const ref = useRef<T>(null);
  const check = () => {
    const field = ref.current;
    // A textarea knows no pattern, and an input no lines; the words for what is wrong are the browser's.
    if (!(field instanceof HTMLTextAreaElement) || typeof of.pattern !== "string") return;
    const probe = document.createElement("input");
    probe.pattern = matches(of.pattern, field.value) ? ".*" : "(?!)";
    probe.value = "x";
    field.setCustomValidity(probe.validationMessage);
  };
  useLayoutEffect(() => {
    const field = ref.current;
    check();
    if (!field || of.autoFocus !== true) return;
    // Never away from what somebody is writing.
    const { activeElement } = field.getRootNode() as ShadowRoot;
    if ((activeElement as Field | null)?.value) return;
    field.focus({ preventScroll: true });
    if (of.autoSelect === true) field.select();
  }, []);
  const fills = of.allowAutofillExtensions === true;
  return {
    ref,
    onInput: check,
    onFocus: () => of.autoSelect === true && ref.current?.select(),
    autocomplete: text(of.autoComplete) ?? (fills ? "on" : "off"),
    ...(!fills && NO_EXTENSIONS),
  };
}

/** As browsers match a field's `pattern`: whole, and one that is no expression holds for everything. */
function matches(pattern: string, value: string): boolean {
  try {
    return value === "" || new RegExp(`^(?:${pattern})$`, "v").test(value);
  } catch {
    return true;
  }
}

export function Input({ node }: ComponentProps) {
  const scope = useWidget();
  return (
    <input
      {...fieldProps(node, scope)}
      {...useTyped<HTMLInputElement>(node)}
      // The type decides only the keyboard and the check; the element's props are the same for all of these.
      type={(oneOf(node.inputType, "number", "email", "text", "password", "tel", "url") ?? "text") as "text"}
      defaultValue={text(node.defaultValue)}
      pattern={text(node.pattern)}
      dir="auto"
    />
  );
}

export function Textarea({ node }: ComponentProps) {
  const scope = useWidget();
  const rows = Math.max(1, Number(node.rows) || 3);
  const most = Number(node.maxRows) || 0;
  const props = fieldProps(node, scope);
  const height = (lines: number) => `calc(${lines * LINE_EM}em + 18px)`;
  return (
    <textarea
      {...props}
      {...useTyped<HTMLTextAreaElement>(node)}
      class={node.autoResize === true ? `${props.class} grows` : props.class}
      rows={rows}
      defaultValue={text(node.defaultValue)}
      dir="auto"
      style={node.autoResize === true ? { minHeight: height(rows), maxHeight: most ? height(Math.max(rows, most)) : undefined } : {}}
    />
  );
}

/** A change's action carries the new value under the control's name. */
export function useChange({ name, onChangeAction }: Node): (from: Element, value: unknown) => void {
  const { run } = useWidget();
  return (from, value) => {
    if (!onChangeAction || typeof onChangeAction !== "object" || typeof (onChangeAction as { type?: unknown }).type !== "string") return;
    const values = {};
    nest(values, text(name) ?? "", value);
    void run(onChangeAction as Parameters<WidgetScope["run"]>[0], from, "none", values);
  };
}

export function Select({ node }: ComponentProps) {
  const scope = useWidget();
  const terms = useAllTerms();
  const change = useChange(node);
  const list = optionsOf(node.options);
  const chosen = text(node.defaultValue);
  const props = fieldProps(node, scope);
  if (node.searchable === true || (node.searchable !== false && list.length >= SEARCHED_FROM))
    return <SearchSelect {...props} list={list} chosen={chosen} clearable={node.clearable === true} change={change} />;
  return (
    <select {...props} onChange={(event) => change(event.currentTarget, event.currentTarget.value)}>
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
  const change = useChange(node);
  const day = (value: unknown) => text(value)?.slice(0, 10);
  return (
    <input
      {...fieldProps(node, scope)}
      type="date"
      defaultValue={day(node.defaultValue)}
      min={day(node.min)}
      max={day(node.max)}
      onChange={(event) => change(event.currentTarget, event.currentTarget.value)}
    />
  );
}

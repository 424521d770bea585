// A Select of many: one writes a part of what one looks for.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../elements/more-icon.tsx";
import { useAllTerms } from "../elements/use-all-terms.ts";
import { fill } from "../i18n/locale.ts";
import { useOwnId } from "./context.ts";

export type Option = { value: string; label: string; disabled?: boolean; description?: string };
type Props = {
  id: string;
  name: string;
  required: boolean;
  disabled: boolean;
  placeholder: string | undefined;
  "aria-label": string | undefined;
  class: string;
  list: Option[];
  chosen: string | undefined;
  clearable: boolean;
  change(from: Element, value: unknown): void;
};

export function optionsOf(value: unknown): Option[] {
  return Array.isArray(value)
    ? value.filter((each): each is Option => each && typeof each === "object" && typeof each.value === "string")
    : [];
}

const plain = (words: string) => words.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** The options in which every written word occurs, accents and capitals aside. */
export function found(list: readonly Option[], written: string): Option[] {
  const words = plain(written).split(/\s+/).filter(Boolean);
  return list.filter((each) => {
    const said = plain(`${each.label} ${each.description ?? ""}`);
    return words.every((word) => said.includes(word));
  });
}

export function SearchSelect({ name, list, chosen, clearable, change, required, ...field }: Props) {
  const terms = useAllTerms();
  const listId = useOwnId();
  const [value, setValue] = useState(chosen);
  const [written, setWritten] = useState<string>();
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const selected = list.find((each) => each.value === value);
  const clearing = fill(terms.removeFile, { name: selected?.label ?? "" });
  const open = written !== undefined;
  const shown = open ? found(list, written) : [];
  useLayoutEffect(() => {
    // What is written and not chosen is no value.
    input.current?.setCustomValidity(required && value === undefined ? terms.choose : "");
  }, [required, value, terms]);
  useLayoutEffect(() => {
    input.current?.parentElement?.querySelector('[data-at="true"], .w-options > p')?.scrollIntoView({ block: "nearest" });
  }, [at, written]);
  const choose = (next: Option | undefined) => {
    if (next?.disabled === true) return;
    setWritten(undefined);
    setValue(next?.value);
    input.current?.focus();
    if (input.current && next?.value !== value) change(input.current, next?.value ?? null);
  };
  const move = (by: number) => {
    if (!open) return show();
    for (let n = 1; n <= shown.length; n++) {
      const to = (at + by * n + shown.length * n) % shown.length;
      if (shown[to]?.disabled !== true) return setAt(to);
    }
  };
  const show = () => {
    setWritten("");
    setAt(
      Math.max(
        0,
        list.findIndex((each) => each.value === value),
      ),
    );
  };
  return (
    <div
      class="w-search"
      onFocusOut={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setWritten(undefined);
      }}
    >
      <input type="hidden" name={name} value={value ?? ""} disabled={field.disabled} />
      <input
        {...field}
        ref={input}
        role="combobox"
        aria-expanded={open}
        aria-controls={open ? listId : undefined}
        aria-autocomplete="list"
        aria-activedescendant={shown[at] ? `${listId}-${at}` : undefined}
        aria-required={required}
        placeholder={selected?.label ?? field.placeholder ?? terms.choose}
        value={written ?? selected?.label ?? ""}
        autocomplete="off"
        dir="auto"
        onClick={() => open || show()}
        onInput={(event) => {
          setWritten(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === "ArrowDown") move(1);
          else if (event.key === "ArrowUp") move(-1);
          else if (event.key === "Enter" && open) shown[at] && choose(shown[at]);
          else if (event.key === "Escape" && open) {
            event.stopPropagation();
            setWritten(undefined);
          } else return;
          event.preventDefault();
        }}
      />
      {clearable && value !== undefined ? (
        <button type="button" class="w-clear" aria-label={clearing} title={clearing} onClick={() => choose(undefined)}>
          <Icon name="x" size={16} />
        </button>
      ) : (
        <Icon name="chevron-down" size={16} />
      )}
      {open && (
        // The keys stay in the field, which names the option that they are at.
        <div class="w-options" role="listbox" id={listId} aria-label={field["aria-label"] ?? terms.choose}>
          {shown.map((each, index) => (
            <div
              key={each.value}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={each.value === value}
              aria-disabled={each.disabled === true}
              data-at={index === at}
              onMouseDown={(event) => {
                event.preventDefault();
                choose(each);
              }}
            >
              <span dir="auto">{each.label}</span>
              {each.description && <small dir="auto">{each.description}</small>}
            </div>
          ))}
          {shown.length === 0 && <p>{terms.noResults}</p>}
        </div>
      )}
    </div>
  );
}

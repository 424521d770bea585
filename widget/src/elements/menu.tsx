// A button with a menu of choices, of which one is checked.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./more-icon.tsx";
import { NamedIcon } from "./named-icon.tsx";

export type Choice = {
  id: string;
  label: string;
  icon?: string | undefined;
  description?: string | undefined;
  disabled?: boolean | undefined;
  checked: boolean;
};

type MenuProps = {
  label: string;
  /** What is chosen, where the button shows it: a name has to hold what is seen. */
  value?: string | undefined;
  choices: Choice[];
  disabled?: boolean;
  choose(id: string): void;
  children: ComponentChildren;
};

export function Menu({ label, value, choices, disabled = false, choose, children }: MenuProps) {
  const [open, setOpen] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = (focus: boolean) => {
    setOpen(false);
    if (focus) button.current?.focus();
  };
  // Before the next key, which is the list's already.
  useLayoutEffect(() => {
    if (!open || !list.current) return;
    keepInside(list.current);
    const items = list.current.querySelectorAll<HTMLButtonElement>("button:not(:disabled)");
    (list.current.querySelector<HTMLButtonElement>("[aria-checked=true]:not(:disabled)") ?? items[0])?.focus();
  }, [open]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      event.preventDefault();
      close(true);
    }
    const items = [...(list.current?.querySelectorAll<HTMLButtonElement>("button:not(:disabled)") ?? [])];
    const at = items.indexOf((event.target as HTMLElement).closest("button") as HTMLButtonElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    items.at(next % items.length)?.focus();
  };
  return (
    <div
      class="menu-anchor"
      onFocusOut={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOpen(false);
      }}
    >
      <button
        ref={button}
        type="button"
        class="pill"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={value ? `${label}: ${value}` : label}
        title={label}
        disabled={disabled}
        onClick={() => setOpen(!open)}
      >
        {children}
        <Icon name="chevron-down" size={14} />
      </button>
      {open && (
        <div ref={list} class="menu" part="menu" role="menu" aria-label={label} tabIndex={-1} onKeyDown={onKeyDown}>
          {choices.map((choice) => (
            <button
              key={choice.id}
              type="button"
              role="menuitemradio"
              aria-checked={choice.checked}
              disabled={choice.disabled}
              onClick={() => {
                choose(choice.id);
                close(true);
              }}
            >
              {choice.icon && <NamedIcon name={choice.icon} size={17} />}
              <span class="grow">
                <span dir="auto">{choice.label}</span>
                {choice.description && <small dir="auto">{choice.description}</small>}
              </span>
              {choice.checked && <Icon name="check" size={16} />}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

/** A menu opens from its button's start; where the panel ends before it does, it moves back. */
function keepInside(menu: HTMLElement): void {
  const frame = menu.closest(".frame")?.getBoundingClientRect();
  if (!frame) return;
  const { left, right, bottom } = menu.getBoundingClientRect();
  const margin = 8;
  menu.style.maxHeight = `min(300px, ${bottom - Math.max(0, frame.top) - margin}px)`;
  const shift = Math.max(frame.left + margin - left, Math.min(0, frame.right - margin - right));
  if (shift) menu.style.translate = `${shift}px 0`;
}

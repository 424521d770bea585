// A button with a menu of choices, of which one is checked.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icon.tsx";

export type Choice = { id: string; label: string; description?: string | undefined; disabled?: boolean | undefined; checked: boolean };

type MenuProps = { label: string; choices: Choice[]; disabled?: boolean; choose(id: string): void; children: ComponentChildren };

export function Menu({ label, choices, disabled = false, choose, children }: MenuProps) {
  const [open, setOpen] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = (focus: boolean) => {
    setOpen(false);
    if (focus) button.current?.focus();
  };
  useEffect(() => {
    if (!open) return;
    const items = list.current?.querySelectorAll<HTMLButtonElement>("button:not(:disabled)");
    (list.current?.querySelector<HTMLButtonElement>("[aria-checked=true]") ?? items?.[0])?.focus();
  }, [open]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close(true);
    }
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!step) return;
    event.preventDefault();
    const items = [...(list.current?.querySelectorAll<HTMLButtonElement>("button:not(:disabled)") ?? [])];
    const at = items.indexOf((event.target as HTMLElement).closest("button") as HTMLButtonElement);
    items[(at + step + items.length) % items.length]?.focus();
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
        aria-label={label}
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
              <span>
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

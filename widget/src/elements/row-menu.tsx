// What can be done with a thread, behind a button: a list of entries, whatever they are. Beside the button, or, on a phone, from the foot of
// the panel, where the thumb is.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useView } from "./context.ts";
import { Icon, type IconName } from "./more-icon.tsx";

export type Entry = {
  id: string;
  label: string;
  icon: IconName;
  danger?: boolean;
  /** Focus is on the list by then, and on the button again afterwards, unless something else has taken it. */
  act(): void;
};

const MARGIN_PX = 8;

// A panel this narrow or this low has no room beside a button: a phone's, and any at a zoom of 400%.
const PHONE_PX = 600;
const NARROW_PX = 340;

type RowMenuProps = {
  label: string;
  entries: Entry[];
  /** Gives focus to what stays when the menu goes. */
  rest(): void;
  /** Whether it is open when it is first drawn. */
  begins?: boolean;
  size?: number;
};

export function RowMenu({ label, entries, rest, begins = false, size = 17 }: RowMenuProps) {
  const [open, setOpen] = useState(begins);
  const [sheet, setSheet] = useState(false);
  const dir = useView().language.value.terms.dir;
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  // Before the next key, which is the list's already.
  useLayoutEffect(() => {
    const menu = list.current;
    if (!open || !menu || !button.current) return;
    const { width, height } = frameOf(menu);
    const low = Math.min(width, height, innerHeight) <= NARROW_PX || (width <= PHONE_PX && matchMedia("(pointer: coarse)").matches);
    setSheet(low);
    if (low) atTheFoot(menu);
    else place(menu, button.current, dir === "rtl");
    menu.querySelector("button")?.focus({ preventScroll: true });
    const stop = new AbortController();
    // It stands beside its row; when the list is scrolled it stands beside another.
    menu.closest(".past")?.addEventListener("scroll", () => setOpen(false), { passive: true, signal: stop.signal });
    return () => stop.abort();
  }, [open]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      event.preventDefault();
      button.current?.focus();
      setOpen(false);
    }
    const items = [...(list.current?.querySelectorAll("button") ?? [])];
    const at = items.indexOf((event.target as HTMLElement).closest("button") as HTMLButtonElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    items.at(next % items.length)?.focus();
  };
  if (!entries.length) return null;
  return (
    <div
      class="row-actions"
      onFocusOut={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOpen(false);
      }}
    >
      <button
        ref={button}
        type="button"
        class={size > 17 ? "icon-button" : "icon-button small"}
        part="button"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={label}
        title={label}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" || open) return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        <Icon name="ellipsis" size={size} />
      </button>
      {open && sheet && <button type="button" class="scrim" tabIndex={-1} aria-hidden="true" onClick={() => setOpen(false)} />}
      {open && (
        <div
          ref={list}
          class={sheet ? "menu row-menu sheet" : "menu row-menu"}
          part="menu"
          role="menu"
          aria-label={label}
          tabIndex={-1}
          onKeyDown={onKeyDown}
        >
          {entries.map((entry) => (
            <button
              key={entry.id}
              type="button"
              role="menuitem"
              class={entry.danger ? "danger" : ""}
              onClick={() => {
                rest();
                setOpen(false);
                entry.act();
              }}
            >
              <Icon name={entry.icon} size={16} />
              <span class="grow">{entry.label}</span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

/** At the foot of what is seen of the panel, which may be higher than the window, and scrolled. */
function atTheFoot(menu: HTMLElement): void {
  const frame = menu.offsetParent ?? menu;
  const { top, bottom } = frame.getBoundingClientRect();
  const foot = Math.min(bottom, innerHeight);
  menu.style.bottom = `${bottom - foot - frame.scrollTop}px`;
  menu.style.maxHeight = `${foot - Math.max(0, top) - 2 * MARGIN_PX}px`;
}

const frameOf = (menu: HTMLElement) => (menu.offsetParent ?? menu).getBoundingClientRect();

/** Below its button, above it where there is more room, and inside of the panel in any case. */
function place(menu: HTMLElement, button: HTMLElement, fromLeft: boolean): void {
  const frame = frameOf(menu);
  const at = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = at.bottom - frame.top + 4;
  const above = at.top - frame.top - height - 4;
  const top = below + height <= frame.height - MARGIN_PX ? below : Math.max(MARGIN_PX, above);
  const left = (fromLeft ? at.left : at.right - width) - frame.left;
  menu.style.top = `${top}px`;
  menu.style.left = `${Math.max(MARGIN_PX, Math.min(left, frame.width - width - MARGIN_PX))}px`;
  menu.style.maxHeight = `${frame.height - 2 * MARGIN_PX}px`;
}

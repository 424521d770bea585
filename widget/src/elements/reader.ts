// What a reader's hands do in a conversation besides reading: keys from message to message, to the composer and on images, a passage that is
// quoted, code and tables taken along, long lines broken. It comes with the first turn and listens at the root; the transcript knows nothing of it.
import type { Terms } from "../i18n/terms.ts";
import type { View } from "./context.ts";
import { PATHS } from "./icon-paths.ts";
import { COPIED_MS } from "./turn.tsx";

type Reader = { view: View; terms: Terms };

const SVG = "http://www.w3.org/2000/svg";
/** A longer passage is quoted by its beginning. */
const MAX_QUOTED_CHARS = 2_000;
const GAP_PX = 8;

const readers = new WeakMap<Node, Reader>();

/** Attends to whoever reads below that root, from the first call on; the last one says with what view and in what words. */
export function attend(root: ShadowRoot, reader: Reader): void {
  const known = readers.has(root);
  readers.set(root, reader);
  if (known) return;
  const now = () => readers.get(root) as Reader;
  root.addEventListener("keydown", (event) => onKey(root, now(), event as KeyboardEvent));
  root.addEventListener("click", (event) => {
    const copy = (event.target as Element).closest<HTMLElement>("[data-copy]");
    if (copy) void copyCode(copy, now());
  });
  for (const name of ["pointerover", "focusin"]) root.addEventListener(name, (event) => offer(event.target as Element, now()));
  for (const name of ["pointerup", "pointercancel", "keyup"])
    root.addEventListener(name, (event) => {
      // The selection is what it is going to be once the event is over.
      if (!(event.target as Element).closest(".quote-this")) setTimeout(() => offerQuote(root, now()));
    });
}

function button(className: string, label: string, press: (button: HTMLButtonElement) => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = className;
  made.textContent = label;
  made.addEventListener("click", () => press(made));
  return made;
}

// Keys

function onKey(root: ShadowRoot, { view }: Reader, event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (target.matches("img[tabindex]") && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    target.click();
  }
  const field = target.closest<HTMLTextAreaElement>("textarea,input,select");
  // Single keys are the conversation's own only: elsewhere on the page, and in any field, they write.
  if (!field && /^[/?]$/.test(event.key) && target.closest("[role=log]") && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    if (event.key === "/") root.querySelector<HTMLElement>(".input")?.focus();
    else void import("./shortcuts.tsx").then(({ showShortcuts }) => showShortcuts(root, view), view.fail);
  }
  const up = event.key === "ArrowUp";
  if ((!up && event.key !== "ArrowDown") || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  // In a field the arrows are the text's, but for a composer without any.
  if (field && (!field.matches(".input") || field.value)) return;
  if (event.altKey) {
    event.preventDefault();
    step(root, view, target.closest<HTMLElement>("article.turn"), up);
  } else if (up && field) {
    const edit = [...root.querySelectorAll(".turn.user")].at(-1)?.querySelector<HTMLElement>("[data-edit]");
    if (!edit) return;
    event.preventDefault();
    edit.click();
  }
}

/** The focus to the message before or after that one; from the last one on, and from the composer back, it is the end. */
function step(root: ShadowRoot, view: View, from: HTMLElement | null, up: boolean): void {
  const turns = [...root.querySelectorAll<HTMLElement>("article.turn")];
  const at = from ? turns.indexOf(from) : turns.length;
  const next = turns[at + (up ? -1 : 1)] ?? (up ? turns[0] : undefined);
  if (next) {
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    // Who hears that it is another message hears that it is of another day.
    const day = dayOf(root, next);
    if (day && from && day !== dayOf(root, from)) view.announce(day.textContent ?? "");
  } else root.querySelector<HTMLElement>(".input")?.focus();
}

function dayOf(root: ShadowRoot, turn: Element): Element | undefined {
  const days = [...root.querySelectorAll(".day")];
  return days.findLast((day) => day.compareDocumentPosition(turn) & Node.DOCUMENT_POSITION_FOLLOWING);
}

// Tables and code

function offer(target: Element, { view, terms }: Reader): void {
  const block = target.closest?.<HTMLElement>(".prose .table, .prose .code");
  if (!block || block.querySelector(".wrap-lines, .table-copy")) return;
  const code = block.querySelector("pre");
  if (!code) {
    const copy = button("table-copy", "", () => {
      void navigator.clipboard?.writeText(cells(block));
      view.announce(terms.copied);
    });
    copy.setAttribute("aria-label", terms.copy);
    copy.title = terms.copy;
    copy.append(icon(PATHS.copy));
    block.prepend(copy);
  } else if (code.scrollWidth > code.clientWidth) {
    const wrap = button("code-copy wrap-lines", terms.wrapLines, () => {
      wrap.setAttribute("aria-pressed", String(code.toggleAttribute("data-wrap")));
    });
    wrap.setAttribute("aria-pressed", "false");
    // Whoever comes by key is at Copy, and finds it next.
    block.querySelector(".code-copy")?.after(wrap);
  }
}

async function copyCode(button: HTMLElement, { view, terms }: Reader): Promise<void> {
  await navigator.clipboard?.writeText(button.closest(".code")?.querySelector("code")?.textContent ?? "");
  button.textContent = terms.copied;
  view.announce(terms.copied);
  setTimeout(() => {
    button.textContent = terms.copyCode;
  }, COPIED_MS);
}

/** A table as spreadsheets take it. */
function cells(block: Element): string {
  const rows = [...block.querySelectorAll("tr")];
  return rows.map((row) => [...row.children].map((cell) => (cell.textContent ?? "").replace(/\s+/g, " ").trim()).join("\t")).join("\n");
}

function icon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ class: "icon", viewBox: "0 0 24 24", width: 15, height: 15, "aria-hidden": true }))
    svg.setAttribute(name, String(value));
  const drawn = document.createElementNS(SVG, "path");
  drawn.setAttribute("d", path);
  svg.append(drawn);
  return svg;
}

// Quotes

function offerQuote(root: ShadowRoot, { view, terms }: Reader): void {
  root.querySelector(".quote-this")?.remove();
  const frame = root.querySelector<HTMLElement>(".frame");
  const found = passage(root);
  if (!found || !frame || !root.querySelector(".input:enabled")) return;
  const quote = button("pill quote-this", terms.quoteSelection, () => {
    view.composer.quote.value = found.text.slice(0, MAX_QUOTED_CHARS);
    quote.remove();
    selectionIn(root)?.removeAllRanges();
    view.focusComposer();
  });
  // A press would take the selection away before it is quoted.
  quote.addEventListener("pointerdown", (event) => event.preventDefault());
  quote.setAttribute("part", "quote");
  frame.append(quote);
  const { left, top, width } = frame.getBoundingClientRect();
  const above = found.box.top - top - quote.offsetHeight - GAP_PX;
  const middle = found.box.left + found.box.width / 2 - left - quote.offsetWidth / 2;
  quote.style.top = `${Math.max(GAP_PX, above)}px`;
  quote.style.left = `${Math.min(Math.max(GAP_PX, middle), width - quote.offsetWidth - GAP_PX)}px`;
}

/** Chromium knows a selection within a shadow root only from the root itself. */
function selectionIn(root: ShadowRoot): Selection | null {
  return (root as ShadowRoot & { getSelection?(): Selection | null }).getSelection?.() ?? document.getSelection();
}

/** What is selected of one answer, and where it stands. */
function passage(root: ShadowRoot): { text: string; box: DOMRect } | undefined {
  const selection = selectionIn(root);
  const text = selection?.toString().trim();
  if (!selection?.rangeCount || !text) return undefined;
  const range = selection.getRangeAt(0);
  const { commonAncestorContainer: all } = range;
  const within = (all instanceof Element ? all : all.parentElement)?.closest(".turn.assistant");
  return within && root.contains(within) ? { text, box: range.getBoundingClientRect() } : undefined;
}

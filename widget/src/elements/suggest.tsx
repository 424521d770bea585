// The list that "@" and "/" open above the composer: tags to insert and commands to run, chosen without leaving the text.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Command, CommandSelection, Entity } from "../core/options.ts";
import { counted } from "../i18n/counted.ts";
import type { Terms } from "../i18n/terms.ts";
import { useView, type View } from "./context.ts";
import { dictationEnabled } from "./dictation.tsx";
import { attachmentLimits } from "./limits.ts";
import { Icon, type IconName } from "./more-icon.tsx";
import { NamedIcon } from "./named-icon.tsx";
import { useAllTerms } from "./use-all-terms.ts";

type Trigger = { kind: "tag" | "command"; from: number; to: number; query: string };
type Option = {
  key: string;
  label: string;
  about?: string | undefined;
  group?: string | undefined;
  icon?: string | undefined;
  own?: IconName;
};
type Found = { option: Option; choose(): void | Promise<void> };

// Long enough for a burst of keys to be one search, short enough not to be noticed.
const SEARCH_AFTER_MS = 120;
const MAX_SHOWN = 50;

function triggerIn(view: View, text: string, caret: number): Trigger | undefined {
  const before = text.slice(0, caret);
  const { entities, commands } = view.options.value;
  if (commands?.enabled) {
    const match = /^\/([^\n/]{0,60})$/.exec(before);
    if (match) return { kind: "command", from: 0, to: caret, query: match[1] ?? "" };
  }
  if (entities?.onTagSearch) {
    const match = /(?:^|[\s([{"'])@([^\s@]{0,60})$/.exec(before);
    const query = match?.[1] ?? "";
    const from = caret - query.length - 1;
    const inTag = view.composer.tags.value.some((tag) => tag.start < caret && tag.end > from);
    if (match && !inTag) return { kind: "tag", from, to: caret, query };
  }
  return undefined;
}

export function Suggest({ box }: { box: { current: HTMLTextAreaElement | null } }) {
  const view = useView();
  const terms = useAllTerms();
  const { composer } = view;
  const text = composer.text.value;
  const [caret, setCaret] = useState(0);
  const [closedAt, setClosedAt] = useState<string | null>(null);
  const [found, setFound] = useState<Found[] | null>(null);
  const [active, show] = useState(0);
  // Keys may come faster than the list is drawn.
  const now = useRef(0);
  const setActive = (index: number) => {
    now.current = index;
    show(index);
  };
  const [menus, setMenus] = useState<Command[][]>([]);
  const [busy, setBusy] = useState(false);
  const asked = useRef(0);
  const list = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const el = box.current;
    if (!el) return;
    const stop = new AbortController();
    const look = () => setCaret(el.selectionStart === el.selectionEnd ? el.selectionStart : -1);
    look();
    for (const name of ["input", "keyup", "click", "focus"]) el.addEventListener(name, look, { signal: stop.signal });
    el.addEventListener("blur", () => setCaret(-1), { signal: stop.signal });
    return () => stop.abort();
  }, [box.current]);
  // A change that was not typed moves the caret without an event.
  useEffect(() => {
    const el = box.current;
    if (el && el === (el.getRootNode() as ShadowRoot).activeElement) setCaret(el.selectionStart);
  }, [text]);

  const at = caret > text.length ? text.length : caret;
  const trigger = at < 0 ? undefined : triggerIn(view, text, at);
  const place = trigger ? `${trigger.kind} ${trigger.from}` : null;
  const open = trigger !== undefined && closedAt !== place;
  const query = trigger?.query;
  const menu = menus.at(-1);

  const close = () => {
    setClosedAt(place);
    setMenus([]);
  };
  // Another trigger, or none, is a new beginning.
  useEffect(() => {
    if (place !== closedAt) setClosedAt(null);
    setMenus([]);
    setFound(null);
  }, [place]);

  useEffect(() => {
    if (!open || !trigger) return;
    const mine = ++asked.current;
    // Whatever was asked before this answers too late.
    const take = (next: Found[]) => {
      if (mine !== asked.current) return;
      setBusy(false);
      setFound(next.slice(0, MAX_SHOWN));
      setActive(0);
    };
    const search = async () => {
      if (trigger.kind === "tag") {
        const entities = (await view.options.value.entities?.onTagSearch?.(trigger.query)) ?? [];
        return entities.map((entity) => fromEntity(entity, view, trigger));
      }
      const given = menu ?? (await view.options.value.commands?.onSearch?.(trigger.query)) ?? [];
      const ours = menu ? [] : builtIn(view, terms, box);
      const wanted = trigger.query.trim().toLowerCase();
      const matching = <T extends { label: string }>(each: T) => each.label.toLowerCase().includes(wanted);
      return [
        ...given.filter((each) => !menu || matching(each)).map((command) => fromCommand(command)),
        ...ours.filter((each) => matching(each.option)),
      ];
    };
    const fromCommand = (command: Command): Found => ({
      option: { key: `c ${command.id}`, label: command.label, about: command.description, group: command.group, icon: command.icon },
      choose: () => runCommand(command),
    });
    const runCommand = async (command: Command) => {
      setBusy(true);
      let selection: CommandSelection | undefined;
      try {
        selection = (await view.options.value.commands?.onSelect?.(command)) ?? undefined;
      } catch (error) {
        view.fail(error instanceof Error ? error : new Error(String(error)));
      }
      setBusy(false);
      view.log("command.select", { commandId: command.id });
      const end = triggerIn(view, composer.text.value, box.current?.selectionStart ?? 0)?.to ?? trigger.to;
      if (selection?.type === "menu") {
        const { commands } = selection;
        composer.replace(1, end, "");
        setMenus((before) => [...before, commands]);
      } else if (selection?.type === "entity") composer.insertTag(0, end, tagOf(selection.entity));
      else composer.replace(0, end, "");
    };
    setBusy(true);
    const timer = setTimeout(
      () =>
        search().then(take, (error: unknown) => {
          take([]);
          view.fail(error instanceof Error ? error : new Error(String(error)));
        }),
      found ? SEARCH_AFTER_MS : 0,
    );
    return () => clearTimeout(timer);
  }, [open, place, query, menu]);

  const shown = open ? found : null;
  const count = shown?.length ?? -1;
  useEffect(() => {
    if (count >= 0) view.announce(count ? counted(terms.resultCount, count, view.language.value.code) : terms.noResults);
  }, [count, menu]);

  const choose = (index: number) => {
    const picked = shown?.[index];
    if (!picked) return;
    setFound(null);
    void picked.choose();
    box.current?.focus();
  };
  view.keys.current = (event) => {
    if (!open) return false;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        if (!count || count < 0) return false;
        const next = (now.current + (event.key === "ArrowDown" ? 1 : -1) + count) % count;
        setActive(next);
        return true;
      }
      case "Enter":
      case "Tab":
        if (!shown?.[now.current] || event.shiftKey) return false;
        choose(now.current);
        return true;
      case "Escape":
        if (menus.length) setMenus(menus.slice(0, -1));
        else close();
        return true;
      default:
        return false;
    }
  };
  useEffect(
    () => () => {
      view.keys.current = null;
    },
    [view],
  );

  // The text keeps the focus; the list is told by reference.
  const listed = open && count > 0;
  useLayoutEffect(() => {
    const el = box.current;
    if (!el) return;
    if (listed) {
      el.setAttribute("aria-autocomplete", "list");
      el.setAttribute("aria-controls", "suggest");
      el.setAttribute("aria-activedescendant", `suggest-${active}`);
    } else for (const name of ["aria-autocomplete", "aria-controls", "aria-activedescendant"]) el.removeAttribute(name);
    list.current?.querySelector(`#suggest-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [listed, active, shown]);

  if (!open || (count === 0 && trigger?.kind === "tag" && !trigger.query)) return null;
  if (!shown)
    return busy ? (
      <div class="suggest waiting" aria-hidden="true">
        <span class="spinner" />
      </div>
    ) : null;
  if (!count)
    return (
      <div class="suggest">
        <p class="none">{terms.noResults}</p>
      </div>
    );
  return (
    <div
      ref={list}
      class="suggest"
      id="suggest"
      role="listbox"
      part="menu"
      aria-label={trigger?.kind === "tag" ? terms.mention : terms.commands}
      aria-busy={busy}
      // The text must not lose the focus to what is pressed here.
      onPointerDown={(event) => event.preventDefault()}
    >
      {grouped(shown).map(([group, members]) => (
        <div key={group} {...(group ? { role: "group", "aria-label": group } : { role: "presentation" })}>
          {group && (
            <div class="suggest-group" aria-hidden="true" dir="auto">
              {group}
            </div>
          )}
          {members.map(({ index, option }) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the composer's, which refers to the active option
            // biome-ignore lint/a11y/useFocusableInteractive: the active option is told by reference, focus stays in the text
            <div
              key={option.key}
              id={`suggest-${index}`}
              role="option"
              aria-selected={index === active}
              class="option"
              onPointerMove={() => setActive(index)}
              onClick={() => choose(index)}
            >
              {option.own ? <Icon name={option.own} size={17} /> : option.icon ? <NamedIcon name={option.icon} size={17} /> : null}
              <span class="grow">
                <span dir="auto">{option.label}</span>
                {option.about && <small dir="auto">{option.about}</small>}
              </span>
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}

function grouped(found: readonly Found[]): [string, { index: number; option: Option }[]][] {
  const groups = new Map<string, { index: number; option: Option }[]>();
  for (const [index, { option }] of found.entries()) {
    const members = groups.get(option.group ?? "");
    if (members) members.push({ index, option });
    else groups.set(option.group ?? "", [{ index, option }]);
  }
  return [...groups];
}

export function tagOf({ id, title, data, group, interactive }: Entity) {
  return {
    type: "input_tag" as const,
    id,
    text: title,
    data: data ?? {},
    ...(group !== undefined && { group }),
    interactive: interactive ?? false,
  };
}

function fromEntity(entity: Entity, view: View, trigger: Trigger): Found {
  return {
    option: { key: `e ${entity.id}`, label: entity.title, group: entity.group, icon: entity.icon },
    choose: () => view.composer.insertTag(trigger.from, trigger.to, tagOf(entity)),
  };
}

/** The composer's own actions, as commands. */
function builtIn(view: View, terms: Terms, box: { current: HTMLElement | null }): Found[] {
  const { composer } = view;
  const found: Found[] = [];
  const add = (option: Option, act: () => void) =>
    found.push({
      option,
      choose: () => {
        composer.replace(0, composer.text.value.length, "");
        act();
      },
    });
  const press = (selector: string) => box.current?.closest("form")?.querySelector<HTMLElement>(selector)?.click();
  if (attachmentLimits(view)) add({ key: "attach", label: terms.attach, own: "paperclip" }, () => press(".attach"));
  if (dictationEnabled(view)) add({ key: "dictate", label: terms.dictate, own: "mic" }, () => press(".dictate"));
  for (const tool of view.options.value.composer?.tools ?? [])
    add({ key: `tool ${tool.id}`, label: tool.label, icon: tool.icon }, () => view.setTool(tool.id, "command"));
  return found;
}

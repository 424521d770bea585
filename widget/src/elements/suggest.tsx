// The list that "@" and "/" open above the composer: tags to insert and commands to run, chosen without leaving the text.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { insertTag, replace } from "../core/editing.ts";
import type { Command, CommandSelection, Entity } from "../core/options.ts";
import { tagging } from "../core/tags.ts";
import { counted } from "../i18n/counted.ts";
import type { Terms } from "../i18n/terms.ts";
import { useView, type View } from "./context.ts";
import { dictationEnabled } from "./dictation.tsx";
import { attachmentLimits } from "./limits.ts";
import { Icon, type IconName } from "./more-icon.tsx";
import { NamedIcon } from "./named-icon.tsx";
import { touch } from "./touch.ts";
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
/** `choose` puts it in the place of what was typed for it. */
type Found = { option: Option; choose(typed: Trigger): void | Promise<void> };
/** What was found for a query at a place of the text, or in a menu opened there. */
type Answer = { place: string; menu: Command[] | undefined; query: string; found: Found[] };

// Long enough for a burst of keys to be one search, short enough not to be noticed.
const SEARCH_AFTER_MS = 120;
const MAX_SHOWN = 50;
const NOTHING_AHEAD = { by: 0, chosen: false };

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
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [active, show] = useState(0);
  // Keys may come faster than the list is drawn.
  const now = useRef(0);
  const setActive = (index: number) => {
    now.current = index;
    show(index);
  };
  // And faster than it is found: these act on the list once it is here.
  const ahead = useRef(NOTHING_AHEAD);
  // The option the arrows went to since the text last changed; a later answer leaves it active.
  const movedTo = useRef<string | null>(null);
  const [menus, setMenus] = useState<Command[][]>([]);
  const [busy, setBusy] = useState(false);
  const asked = useRef(0);
  const list = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    const el = box.current;
    if (!el) return;
    const stop = new AbortController();
    const look = ({ type }: { type: string }) => {
      if (type === "input") {
        ahead.current = NOTHING_AHEAD;
        movedTo.current = null;
      }
      setCaret(el.selectionStart === el.selectionEnd ? el.selectionStart : -1);
    };
    look({ type: "start" });
    for (const name of ["input", "keyup", "click", "focus"]) el.addEventListener(name, look, { signal: stop.signal });
    el.addEventListener("blur", () => setCaret(-1), { signal: stop.signal });
    return () => stop.abort();
  }, [box.current]);
  // A change that was not typed moves the caret without an event.
  const put = composer.caret.value;
  useLayoutEffect(() => {
    const el = box.current;
    if (put && el && el === (el.getRootNode() as ShadowRoot).activeElement) setCaret(put.at < 0 ? text.length : put.at);
  }, [put]);

  const at = caret > text.length ? text.length : caret;
  const trigger = at < 0 ? undefined : triggerIn(view, text, at);
  const place = trigger ? `${trigger.kind} ${trigger.from}` : null;
  const open = trigger !== undefined && closedAt !== place;
  const query = trigger?.query;
  const menu = menus.at(-1);

  const shown = open && answer && answer.place === place && answer.menu === menu ? answer.found : null;

  const close = () => {
    setClosedAt(place);
    setMenus([]);
    ahead.current = NOTHING_AHEAD;
  };
  // Another trigger, or none, is a new beginning.
  useLayoutEffect(() => {
    if (place !== closedAt) setClosedAt(null);
    setMenus([]);
    ahead.current = NOTHING_AHEAD;
    movedTo.current = null;
  }, [place]);

  useEffect(() => {
    if (!open || !trigger || !place) return;
    const mine = ++asked.current;
    // Whatever was asked before this answers too late.
    const take = (next: Found[]) => {
      if (mine !== asked.current) return;
      // So does what is not drawn yet: the keys that came since are for the list to come.
      if (triggerIn(view, composer.text.value, box.current?.selectionStart ?? 0)?.query !== trigger.query) return;
      const found = next.slice(0, MAX_SHOWN);
      const { by, chosen } = ahead.current;
      const from = Math.max(
        0,
        found.findIndex(({ option }) => option.key === movedTo.current),
      );
      const first = found.length ? (((from + by) % found.length) + found.length) % found.length : 0;
      ahead.current = NOTHING_AHEAD;
      setBusy(false);
      setAnswer({ place, menu, query: trigger.query, found });
      setActive(first);
      if (!chosen) return;
      if (found[first]) choose(found[first]);
      else box.current?.form?.requestSubmit();
    };
    const search = async () => {
      if (trigger.kind === "tag") {
        const entities = (await view.latest().entities?.onTagSearch?.(trigger.query)) ?? [];
        return entities.map((entity) => fromEntity(entity, view));
      }
      const given = menu ?? (await view.latest().commands?.onSearch?.(trigger.query)) ?? [];
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
        selection = (await view.latest().commands?.onSelect?.(command)) ?? undefined;
      } catch (error) {
        view.fail(error instanceof Error ? error : new Error(String(error)));
      }
      setBusy(false);
      view.log("command.select", { commandId: command.id });
      const end = triggerIn(view, composer.text.value, box.current?.selectionStart ?? 0)?.to ?? trigger.to;
      if (selection?.type === "menu") {
        const { commands } = selection;
        replace(composer, 1, end, "");
        setMenus((before) => [...before, commands]);
      } else if (selection?.type === "entity") insertTag(composer, tagging, 0, end, tagOf(selection.entity));
      else replace(composer, 0, end, "");
    };
    setBusy(true);
    const timer = setTimeout(
      () =>
        search().then(take, (error: unknown) => {
          take([]);
          view.fail(error instanceof Error ? error : new Error(String(error)));
        }),
      shown ? SEARCH_AFTER_MS : 0,
    );
    return () => clearTimeout(timer);
  }, [open, place, query, menu]);

  const count = shown?.length ?? -1;
  useEffect(() => {
    if (count >= 0) view.announce(count ? counted(terms.resultCount, count, view.language.value.code) : terms.noResults);
  }, [count, menu]);

  const choose = (picked: Found | undefined) => {
    const typed = triggerIn(view, composer.text.value, box.current?.selectionStart ?? 0) ?? trigger;
    if (!picked || !typed) return;
    asked.current++;
    ahead.current = NOTHING_AHEAD;
    movedTo.current = null;
    setAnswer(null);
    void picked.choose(typed);
    box.current?.focus();
  };
  const settled = shown !== null && answer?.query === query;
  view.keys.current = (event) => {
    if (!open) return false;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        const by = event.key === "ArrowDown" ? 1 : -1;
        if (shown?.length) {
          setActive((now.current + by + shown.length) % shown.length);
          movedTo.current = shown[now.current]?.option.key ?? null;
        } else if (settled) return false;
        else ahead.current = { ...ahead.current, by: ahead.current.by + by };
        return true;
      }
      case "Enter":
      case "Tab":
        if (event.shiftKey) return false;
        if (settled || movedTo.current) {
          if (!shown?.[now.current]) return false;
          choose(shown[now.current]);
          return true;
        }
        // Where nothing is shown Tab goes on its way, as a second Enter does, and as one on a touch keyboard breaks the line.
        if (ahead.current.chosen || (!shown && (event.key === "Tab" || touch()))) return false;
        ahead.current = { ...ahead.current, chosen: true };
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
              onClick={() => choose(shown[index])}
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

function fromEntity(entity: Entity, view: View): Found {
  return {
    option: { key: `e ${entity.id}`, label: entity.title, group: entity.group, icon: entity.icon },
    choose: ({ from, to }) => insertTag(view.composer, tagging, from, to, tagOf(entity)),
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
        replace(composer, 0, composer.text.value.length, "");
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

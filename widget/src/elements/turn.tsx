// One turn of the conversation: an article with its own heading, its items and what can be done with it.
import type { ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { citationsOf, numberSources } from "../core/sources.ts";
import { copyText, type Turn as TurnData } from "../core/turns.ts";
import type { Item } from "../core/types.ts";
import { Prose } from "./assistant-message.tsx";
import { useHeading, useTerms, useView } from "./context.ts";
import { Icon } from "./icon.tsx";
import { lazy, lazyVersions } from "./lazy.tsx";
import { UserMessage } from "./user-message.tsx";
import { WidgetHost } from "./widget-host.tsx";

const Answers = lazy((extras) => extras.Answers);
const Judge = lazy((extras) => extras.Judge);
const GeneratedImage = lazy((extras) => extras.GeneratedImage);
const Sources = lazy((extras) => extras.Sources);
const Workflow = lazy((extras) => extras.Workflow);
const TaskRow = lazy((extras) => extras.TaskRow);

const Day = lazyVersions((versions) => versions.Day);
const Versions = lazyVersions((versions) => versions.Versions);

/** What a turn's own buttons do: the transcript listens for all of them. */
export const acts = new WeakMap<Element, () => void>();

/**
 * `before` is the turn before it; `live` are the items that are still being streamed, if any of the turn's is. What can be done with a turn
 * is drawn once it is `near` what is seen: from the first for one that is in no slice.
 */
export type TurnProps = {
  turn: TurnData;
  last: boolean;
  before: TurnData | undefined;
  live: ReadonlySet<string>;
  near: ReadonlySignal<boolean> | undefined;
};

export function Turn({ turn, last, before, live, near }: TurnProps) {
  const terms = useTerms();
  const { chat } = useView();
  const Heading = useHeading(1);
  const acting = near?.value !== false;
  const own = turn.role === "user";
  const asked = before?.role === "user" ? before.items[0].id : undefined;
  const versions = acting && <Versions turn={turn} before={asked} />;
  const sources = own ? [] : numberSources(turn.items.filter((item) => item.type === "assistant_message"));
  return (
    <>
      {dayOf(before) !== dayOf(turn) && <Day turn={turn} />}
      <article
        class={`turn ${turn.role}`}
        part={own ? "message user-message" : "message assistant-message"}
        aria-label={own ? terms.you : terms.assistant}
      >
        <Heading class="sr">{own ? terms.youSaid : terms.assistantSaid}</Heading>
        {own ? UserMessage({ item: turn.items[0] }) : turn.items.flatMap((item) => itemView(item, live.has(item.id), sources))}
        {own && versions}
        {sources.length > 0 && <Sources sources={sources} />}
        {!own && acting && !(last && chat.responding.value) && (
          <TurnActions turn={turn} last={last} before={asked}>
            {versions}
          </TurnActions>
        )}
      </article>
    </>
  );
}

/** A conversation's first turn follows today: of today, it begins without a day. */
const dayOf = (turn?: TurnData): string => new Date(turn?.items[0]?.created_at ?? Date.now()).toDateString();

// Plain functions where no state is kept: each component costs a long thread as much again as what it draws.
function itemView(item: Item, live: boolean, sources: ReturnType<typeof numberSources>): ComponentChildren {
  switch (item.type) {
    case "assistant_message":
      return item.content.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts have no identity but their index, which ends before an id that may begin with any
        <Prose key={`${index} ${item.id}`} text={part.text} citations={citationsOf(part, sources)} sources={sources} live={live} />
      ));
    case "workflow":
      return <Workflow key={item.id} workflow={item.workflow} live={live} />;
    case "task":
      return <TaskRow key={item.id} task={item.task} live={live} />;
    case "widget":
      return <WidgetHost key={item.id} item={item} />;
    case "generated_image":
      return <GeneratedImage key={item.id} item={item} live={live} />;
    case "structured_input":
      return <Answers key={item.id} item={item} />;
    case "user_message":
    case "client_tool_call":
    case "end_of_turn":
      return null;
    default:
      return item satisfies never;
  }
}

/** How long a button says that it has copied. */
export const COPIED_MS = 1_600;

/** Whether a text was copied a moment ago, and what copies it. */
export function useCopy(text: string): [boolean, () => Promise<void>] {
  const { announce } = useView();
  const { copied } = useTerms();
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(text);
    setDone(true);
    announce(copied);
    setTimeout(() => setDone(false), COPIED_MS);
  };
  return [done, copy];
}

type ActionsProps = { turn: TurnData & { role: "assistant" }; last: boolean; before: string | undefined; children: ComponentChildren };

function TurnActions({ turn, last, before, children }: ActionsProps) {
  const view = useView();
  const terms = useTerms();
  const text = copyText(turn);
  const [copied, copy] = useCopy(text);
  return (
    <div class={last ? "actions last" : "actions"} part="actions">
      {text && (
        <button
          type="button"
          class="icon-button small"
          part="action copy"
          aria-label={terms.copy}
          title={terms.copy}
          ref={(el) => void (el && acts.set(el, copy))}
        >
          {Icon({ name: copied ? "check" : "copy", size: 16 })}
        </button>
      )}
      {view.options.value.threadItemActions && <Judge turn={turn} before={before} text={text} />}
      {children}
    </div>
  );
}

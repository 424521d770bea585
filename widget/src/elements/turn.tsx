// One turn of the conversation: an article with its own heading, its items and what can be done with it.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { numberSources } from "../core/sources.ts";
import { copyText, type Turn as TurnData } from "../core/turns.ts";
import type { AssistantMessage as AssistantItem, Item } from "../core/types.ts";
import { AssistantMessage } from "./assistant-message.tsx";
import { useTerms, useView } from "./context.ts";
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

const Versions = lazyVersions((versions) => versions.Versions);

/** What a turn's own buttons do: the transcript listens for all of them. */
export const acts = new WeakMap<Element, () => void>();

export function Turn({ turn, last, before }: { turn: TurnData; last: boolean; before: string | undefined }) {
  const terms = useTerms();
  const { chat } = useView();
  const versions = <Versions turn={turn} before={before} />;
  if (turn.role === "user")
    return (
      <article class="turn user" part="message user-message" aria-label={terms.you}>
        <h3 class="sr">{terms.youSaid}</h3>
        <UserMessage item={turn.items[0]} />
        {versions}
      </article>
    );
  const answering = last && chat.responding.value;
  const messages = turn.items.filter((item): item is AssistantItem => item.type === "assistant_message");
  const sources = numberSources(messages);
  return (
    <article class="turn assistant" part="message assistant-message" aria-label={terms.assistant}>
      <h3 class="sr">{terms.assistantSaid}</h3>
      {turn.items.map((item) => (
        <ItemView key={item.id} item={item} sources={sources} />
      ))}
      {sources.length > 0 && <Sources sources={sources} />}
      {!answering && (
        <TurnActions turn={turn} last={last} before={before}>
          {versions}
        </TurnActions>
      )}
    </article>
  );
}

function ItemView({ item, sources }: { item: Item; sources: ReturnType<typeof numberSources> }) {
  const { chat } = useView();
  const live = chat.live.value.has(item.id);
  switch (item.type) {
    case "assistant_message":
      return <AssistantMessage item={item} live={live} sources={sources} />;
    case "workflow":
      return <Workflow workflow={item.workflow} live={live} />;
    case "task":
      return <TaskRow task={item.task} live={live} />;
    case "widget":
      return <WidgetHost item={item} />;
    case "generated_image":
      return <GeneratedImage item={item} live={live} />;
    case "structured_input":
      return <Answers item={item} />;
    case "user_message":
    case "client_tool_call":
    case "end_of_turn":
      return null;
    default:
      return item satisfies never;
  }
}

type ActionsProps = { turn: TurnData & { role: "assistant" }; last: boolean; before: string | undefined; children: ComponentChildren };

function TurnActions({ turn, last, before, children }: ActionsProps) {
  const view = useView();
  const terms = useTerms();
  const [copied, setCopied] = useState(false);
  const { feedback, retry, readAloud } = view.options.value.threadItemActions ?? {};
  const text = copyText(turn);
  const copy = async () => {
    await navigator.clipboard?.writeText(text);
    setCopied(true);
    view.announce(terms.copied);
    setTimeout(() => setCopied(false), 1600);
  };
  if (!text && !feedback && !retry && !children) return null;
  return (
    <div class={last ? "actions last" : "actions"} part="actions">
      {text && (
        <button
          type="button"
          class="icon-button small"
          part="action"
          aria-label={terms.copy}
          title={terms.copy}
          ref={(el) => void (el && acts.set(el, copy))}
        >
          <Icon name={copied ? "check" : "copy"} size={16} />
        </button>
      )}
      {(feedback || readAloud || (retry && before)) && <Judge turn={turn} before={before} text={text} />}
      {children}
    </div>
  );
}

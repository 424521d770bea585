// Thinking and tool use: one quiet row that opens to its tasks.
import { useState } from "preact/hooks";
import type { Workflow as Flow, Task } from "../core/types.ts";
import { duration } from "../i18n/counted.ts";
import { safeLink, tellsMuch } from "../markdown/links.ts";
import { Prose } from "./assistant-message.tsx";
import { useView } from "./context.ts";
import { Icon, type IconName } from "./more-icon.tsx";
import { useAllTerms } from "./use-all-terms.ts";

export function Workflow({ workflow, live }: { workflow: Flow; live: boolean }) {
  const { language } = useView();
  const terms = useAllTerms();
  const [choice, setChoice] = useState<boolean | null>(null);
  const open = choice ?? workflow.expanded ?? false;
  const reasoning = workflow.type === "reasoning";
  const { summary } = workflow;
  const current = workflow.tasks.at(-1);
  let title: string;
  if (summary && "duration" in summary) title = terms.thoughtFor.replace("{time}", duration(summary.duration, language.value.code));
  else if (summary) title = summary.title;
  else if (live) title = (!reasoning && titleOf(current)) || current?.title || (reasoning ? terms.thinking : terms.working);
  else title = reasoning ? terms.thought : (titleOf(current) ?? terms.steps);
  const icon: IconName = reasoning ? "brain" : live ? "wrench" : "circle-check";
  return (
    <div class="flow" part={reasoning ? "reasoning" : "tool-row"} aria-busy={live}>
      <button type="button" class="flow-head" aria-expanded={open} disabled={workflow.tasks.length === 0} onClick={() => setChoice(!open)}>
        <Icon name={icon} size={16} />
        <span class={live ? "shimmer" : ""} dir="auto">
          {title}
        </span>
        {workflow.tasks.length > 0 && (
          <span class={open ? "turn-icon open" : "turn-icon"}>
            <Icon name="chevron-down" size={16} />
          </span>
        )}
      </button>
      {open && (
        <ol class="tasks">
          {workflow.tasks.map((task, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: tasks have no identity but their index
            <li key={index}>
              <TaskRow task={task} live={live && index === workflow.tasks.length - 1} />
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

function titleOf(task: Task | undefined): string | undefined {
  if (!task) return undefined;
  return task.title ?? (task.type === "web_search" ? task.title_query : undefined);
}

const TASK_ICONS: Record<Task["type"], IconName> = {
  custom: "wrench",
  web_search: "globe",
  thought: "brain",
  file: "file",
  image: "image",
};

export function TaskRow({ task, live = false }: { task: Task; live?: boolean }) {
  const terms = useAllTerms();
  const loading = task.status_indicator === "loading";
  const complete = task.status_indicator === "complete";
  const content = task.type === "custom" || task.type === "thought" ? task.content : undefined;
  const title = titleOf(task) ?? (task.type === "web_search" ? terms.searched : task.type === "file" ? terms.read : undefined);
  return (
    <div class={loading ? "task loading" : "task"}>
      <span class="task-icon">
        {loading ? (
          <span class="spinner" />
        ) : (
          <Icon name={complete ? "circle-check" : (TASK_ICONS[task.type] ?? "circle-dashed")} size={15} />
        )}
      </span>
      <div class="task-body">
        {title && (
          <div class="task-title" dir="auto">
            {title}
            {(loading || complete) && <span class="sr"> ({loading ? terms.statusLoading : terms.statusComplete})</span>}
          </div>
        )}
        {content && <Prose text={content} live={live} />}
        {task.type === "web_search" && (task.queries?.length ?? 0) > 0 && (
          <ul class="chips">
            {task.queries?.map((query) => (
              <li key={query} class="chip">
                <Icon name="search" size={12} />
                <span dir="auto">{query}</span>
              </li>
            ))}
          </ul>
        )}
        {(task.type === "web_search" || task.type === "file") && (task.sources?.length ?? 0) > 0 && (
          <ul class="chips">
            {task.sources?.map((source) => (
              <li key={source.type === "url" ? source.url : source.filename} class="chip">
                <SourceTitle title={source.title} url={source.type === "url" ? safeLink(source.url) : undefined} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

function SourceTitle({ title, url }: { title: string; url: URL | undefined }) {
  if (!url) return <span dir="auto">{title}</span>;
  return (
    <a
      href={url.href}
      data-tells={tellsMuch(url) || undefined}
      target="_blank"
      rel="noopener noreferrer nofollow"
      referrerpolicy="no-referrer"
      dir="auto"
    >
      {title}
    </a>
  );
}

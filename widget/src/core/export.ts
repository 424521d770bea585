// A whole conversation as a file of its own: Markdown to read, JSON to go on with. Loaded when one is asked for.
import type { Client } from "./client.ts";
import type { Item, Page, Source, Task, Thread, UrlSource } from "./types.ts";

/** What the file says in the reader's language. */
export type Words = {
  you: string;
  assistant: string;
  untitled: string;
  thought: string;
  /** `Thought for 4 seconds`. */
  thoughtFor(seconds: number): string;
  steps: string;
  searched: string;
  read: string;
  sources: string;
  attachments: string;
  generatedImage: string;
  skipped: string;
};

const PAGE = 100;

/** Every visible item of a thread, oldest first, whatever of it is drawn. */
export async function everyItem(client: Client, threadId: string): Promise<Item[]> {
  const items = new Map<string, Item>();
  let after: string | undefined;
  do {
    const page: Page<Item> = await client.call("items.list", {
      thread_id: threadId,
      limit: PAGE,
      order: "asc",
      ...(after && { after }),
    });
    const before = items.size;
    for (const item of page.data) items.set(item.id, item);
    // A server whose pages do not move on is not asked for ever.
    after = page.has_more && items.size > before ? page.after : undefined;
  } while (after);
  return [...items.values()];
}

/** The thread and its items as the protocol has them, without addresses that only its user may ask for, and those for a while. */
export function toJson(thread: Thread, items: readonly Item[], exportedAt: Date): string {
  const { id, title, created_at, status } = thread;
  const plain = items.map((item) =>
    item.type === "user_message"
      ? {
          ...item,
          attachments: item.attachments.map((each) => ({ id: each.id, name: each.name, mime_type: each.mime_type, type: each.type })),
        }
      : item,
  );
  const whole = {
    object: "chatdock.conversation",
    exported_at: exportedAt.toISOString(),
    thread: { id, title: title ?? null, created_at, status },
  };
  return `${JSON.stringify({ ...whole, items: plain }, null, 2)}\n`;
}

/** The conversation to read: who said what, thinking and tools folded out, nothing in it that loads or runs. */
export function toMarkdown(thread: Thread, items: readonly Item[], words: Words): string {
  const parts = [`# ${inline(thread.title ?? words.untitled)}`, inline(thread.created_at.slice(0, 10))];
  let speaker = "";
  const speak = (name: string) => {
    if (speaker !== name) parts.push(`## ${inline(name)}`);
    speaker = name;
  };
  for (const item of items) {
    const text = textOf(item, words);
    if (item.type === "end_of_turn") speaker = "";
    if (!text) continue;
    if (item.type === "user_message") speaker = ""; // Two messages in a row are two.
    speak(item.type === "user_message" ? words.you : words.assistant);
    parts.push(text);
  }
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

/** A name for the file that every system takes: the day and the title. */
export function fileName(thread: Thread, untitled: string, extension: "md" | "json"): string {
  const title = (thread.title ?? untitled)
    .normalize()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what no file name may have
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\\/:*?"<>|]+/g, " ")
    .replace(/\s+/g, " ");
  const short = Array.from(title)
    .slice(0, 80)
    .join("")
    .replace(/^[\s.]+|[\s.]+$/g, "");
  return `${[thread.created_at.slice(0, 10), short].filter(Boolean).join(" ")}.${extension}`;
}

function textOf(item: Item, words: Words): string {
  switch (item.type) {
    case "user_message": {
      const names = item.attachments.map((each) => `- ${inline(each.name)}`);
      return join(
        item.quoted_text && quote(plain(item.quoted_text)),
        plain(item.content.map((part) => part.text).join("")),
        names.length > 0 && `${inline(words.attachments)}:\n\n${names.join("\n")}`,
      );
    }
    case "assistant_message": {
      const sources = item.content.flatMap((part) => part.annotations.map((each) => each.source));
      return join(...item.content.map((part) => inert(part.text)), list(words.sources, sources));
    }
    case "widget":
      return item.copy_text ? plain(item.copy_text) : "";
    case "generated_image":
      return item.image ? `*${inline(words.generatedImage)}*` : "";
    case "structured_input":
      if (item.status === "pending") return "";
      return item.inputs
        .map(({ question, answer }) => {
          const said = item.status === "skipped" || !answer || answer.skipped ? words.skipped : answer.values.join(", ");
          return `- **${inline(question)}** ${inline(said)}`;
        })
        .join("\n");
    case "workflow": {
      const { summary, tasks, type } = item.workflow;
      const fallback = type === "reasoning" ? words.thought : words.steps;
      const title = !summary ? fallback : "duration" in summary ? words.thoughtFor(summary.duration) : summary.title;
      return quote(join(`**${inline(title)}**`, ...tasks.map((each) => taskText(each, words))));
    }
    case "task":
      return quote(taskText(item.task, words));
    default:
      return ""; // A page's own tools, the end of a turn, and what a later version may bring.
  }
}

function taskText(task: Task, words: Words): string {
  const heading = (title: string | undefined) => title && `**${inline(title)}**`;
  switch (task.type) {
    case "web_search":
      return join(
        heading(task.title ?? task.title_query ?? words.searched),
        task.queries?.map((each) => `- ${inline(each)}`).join("\n"),
        task.sources?.map(link).join("\n"),
      );
    case "file":
      return join(heading(task.title ?? words.read), task.sources?.map(link).join("\n"));
    case "image":
      return join(heading(task.title));
    default:
      return join(heading(task.title), task.content && inert(task.content));
  }
}

function list(title: string, sources: readonly Source[]): string {
  const known = new Set<string>();
  const lines = sources.map(link).filter((each) => !known.has(each) && known.add(each));
  return lines.length ? `${inline(title)}:\n\n${lines.join("\n")}` : "";
}

function link(source: Source): string {
  const title = inline(source.title || (source.type === "file" ? source.filename : source.type === "url" ? source.url : source.id));
  const address = source.type === "url" ? safe(source) : undefined;
  return `- ${address ? `[${title}](<${address}>)` : title}`;
}

function safe({ url }: UrlSource): string | undefined {
  try {
    const { href, protocol } = new URL(url);
    return protocol === "https:" || protocol === "http:" ? href.replace(/[<>\\]/g, encodeURIComponent) : undefined;
  } catch {
    return undefined;
  }
}

const join = (...parts: (string | false | undefined)[]) => parts.filter(Boolean).join("\n\n");
const quote = (text: string) => text.replace(/^(?=.)/gm, "> ").replace(/^$/gm, ">");

/** One line of plain text: nothing of it is markup. */
function inline(text: string): string {
  return literal(text.replace(/\s+/g, " ").trim());
}

/** Plain text of any number of lines, each of which stays one. */
function plain(text: string): string {
  const paragraphs = text
    .replace(/\r\n?/g, "\n")
    .trim()
    .split(/\n{2,}/);
  return paragraphs
    .map((each) =>
      each
        .split("\n")
        .map((line) => literal(line.trim()))
        .join("\\\n"),
    )
    .join("\n\n");
}

function literal(text: string): string {
  return text
    .replace(/[\\`*_[\]<>#|~&!$]/g, "\\$&")
    .replace(/^([-+=]|\d+(?=[.)]))/, (start) => (/\d/.test(start) ? start : `\\${start}`))
    .replace(/^(\d+)([.)])/, "$1\\$2");
}

const FENCE = /^ {0,3}(?:>\s?)*\s*(`{3,}|~{3,})/;

/** An answer's own markdown, with what would load or run in a viewer told as text: HTML, and images. */
function inert(markdown: string): string {
  let fence = "";
  const lines = markdown.split("\n").map((line) => {
    const mark = FENCE.exec(line)?.[1] ?? "";
    if (fence) {
      if (mark.startsWith(fence) && line.trim().replace(/^[>\s]+/, "") === mark) fence = "";
      return line;
    }
    if (mark) {
      fence = mark;
      return line;
    }
    return line.replace(/(`+)[^`]+\1(?!`)|!(?=\[)|<(?!(?:https?:\/\/|mailto:)[^\s<>]*>)/g, (found) =>
      found.length === 1 ? `\\${found}` : found,
    );
  });
  // A fence that is never closed would take in what follows.
  return (fence ? [...lines, fence] : lines).join("\n").trim();
}

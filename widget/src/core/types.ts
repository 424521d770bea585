// The protocol's data, as it travels. Unknown fields are kept, unknown kinds are tolerated; see fold.ts for how events change items.

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type TextPart = { type: "input_text"; text: string };
export type TagPart = { type: "input_tag"; id: string; text: string; data: JsonObject; group?: string; interactive?: boolean };
export type UserContent = TextPart | TagPart;
export type InferenceOptions = { tool_choice?: { id: string }; model?: string };
export type Attachment = {
  id: string;
  name: string;
  mime_type: string;
  type: "file" | "image";
  preview_url?: string;
  upload_descriptor?: { url: string; method: "POST" | "PUT"; headers?: Record<string, string> };
};

export type UrlSource = { type: "url"; title: string; url: string; attribution?: string; description?: string; timestamp?: string };
export type FileSource = { type: "file"; title: string; filename: string; description?: string; timestamp?: string };
export type EntitySource = {
  type: "entity";
  title: string;
  id: string;
  icon?: string;
  label?: string;
  inline_label?: string;
  interactive?: boolean;
  data?: JsonObject;
  description?: string;
  timestamp?: string;
  group?: string;
};
export type Source = UrlSource | FileSource | EntitySource;
export type Annotation = { type: "annotation"; source: Source; index?: number };
export type OutputText = { type: "output_text"; text: string; annotations: Annotation[] };

type TaskStatus = { status_indicator?: "none" | "loading" | "complete" };
export type Task = TaskStatus &
  (
    | { type: "custom"; title?: string; icon?: string; content?: string }
    | { type: "web_search"; title?: string; title_query?: string; queries?: string[]; sources?: UrlSource[] }
    | { type: "thought"; title?: string; content: string }
    | { type: "file"; title?: string; sources?: FileSource[] }
    | { type: "image"; title?: string }
  );
export type WorkflowSummary = { title: string; icon?: string } | { duration: number };
export type Workflow = { type: "custom" | "reasoning"; tasks: Task[]; summary?: WorkflowSummary; expanded?: boolean };

export type Answer = { values: string[]; skipped: boolean };
export type Question = { id: string; question: string; answer?: Answer } & (
  | { type: "multiple_choice"; options: { value: string }[]; multiple?: boolean }
  | { type: "freeform"; description?: string }
);

/** One node of a widget's tree; each component reads the properties it knows. */
export type WidgetNode = { type: string; id?: string; key?: string; children?: WidgetNode[] | WidgetNode; [prop: string]: unknown };

type Base = { id: string; thread_id: string; created_at: string };
export type UserMessage = Base & {
  type: "user_message";
  content: UserContent[];
  attachments: Attachment[];
  quoted_text?: string;
  inference_options: InferenceOptions;
};
export type AssistantMessage = Base & { type: "assistant_message"; content: OutputText[] };
export type ClientToolCall = Base & {
  type: "client_tool_call";
  status: "pending" | "completed";
  call_id: string;
  name: string;
  arguments: JsonObject;
  output?: Json;
};
export type WidgetItem = Base & { type: "widget"; widget: WidgetNode; copy_text?: string };
export type GeneratedImage = Base & { type: "generated_image"; image?: { id: string; url: string } };
export type StructuredInput = Base & { type: "structured_input"; status: "pending" | "answered" | "skipped"; inputs: Question[] };
export type WorkflowItem = Base & { type: "workflow"; workflow: Workflow };
export type TaskItem = Base & { type: "task"; task: Task };
export type EndOfTurn = Base & { type: "end_of_turn" };
export type Item =
  | UserMessage
  | AssistantMessage
  | ClientToolCall
  | WidgetItem
  | GeneratedImage
  | StructuredInput
  | WorkflowItem
  | TaskItem
  | EndOfTurn;

export type ThreadStatus = { type: "active" } | { type: "locked" | "closed"; reason?: string };
export type Page<T> = { data: T[]; has_more: boolean; after?: string };
export type Thread = {
  id: string;
  title?: string;
  created_at: string;
  status: ThreadStatus;
  allowed_image_domains?: string[];
  items: Page<Item>;
  /** Of a service that keeps what users make of their threads. */
  pinned?: boolean;
  archived?: boolean;
  unread?: boolean;
};

export type ItemUpdate =
  | { type: "assistant_message.content_part.added"; content_index: number; content: OutputText }
  | { type: "assistant_message.content_part.text_delta"; content_index: number; delta: string }
  | { type: "assistant_message.content_part.annotation_added"; content_index: number; annotation_index: number; annotation: Annotation }
  | { type: "assistant_message.content_part.done"; content_index: number; content: OutputText }
  | { type: "widget.streaming_text.value_delta"; component_id: string; delta: string; done: boolean }
  | { type: "widget.root.updated"; widget: WidgetNode }
  | { type: "widget.component.updated"; component_id: string; component: WidgetNode }
  | { type: "workflow.task.added"; task_index: number; task: Task }
  | { type: "workflow.task.updated"; task_index: number; task: Task }
  | { type: "generated_image.updated"; image: { id: string; url: string }; progress?: number };

export type Notice = { level: "info" | "warning" | "danger"; message: string; title?: string };
export type StreamError = { code: string; message?: string; allow_retry: boolean; reason?: string };
export type ThreadEvent =
  | { type: "thread.created" | "thread.updated"; thread: Thread }
  | { type: "thread.item.added" | "thread.item.done" | "thread.item.replaced"; item: Item }
  | { type: "thread.item.updated"; item_id: string; update: ItemUpdate }
  | { type: "thread.item.removed"; item_id: string }
  | { type: "stream_options"; stream_options: { allow_cancel: boolean } }
  | { type: "progress_update"; text: string; icon?: string }
  | { type: "client_effect"; name: string; data?: JsonObject }
  | ({ type: "notice" } & Notice)
  | ({ type: "error" } & StreamError);

export type MessageInput = {
  content: UserContent[];
  attachments: string[];
  inference_options: InferenceOptions;
  quoted_text?: string;
};
export type Action = { type: string; payload?: unknown };
export type ActionConfig = Action & {
  handler?: "server" | "client";
  loadingBehavior?: "auto" | "none" | "self" | "container";
  streaming?: boolean;
};

export type RunStatus =
  | "queued"
  | "in_progress"
  | "requires_action"
  | "cancelling"
  | "completed"
  | "incomplete"
  | "failed"
  | "cancelled"
  | "expired";
export type Run = {
  id: string;
  thread_id: string;
  status: RunStatus;
  last_seq: number;
  created_at: number;
  started_at?: number | null;
  completed_at?: number | null;
  /** Why the answer is not whole, and whether it may be asked for again. */
  error?: { code: string; message: string; allow_retry?: boolean } | null;
  /** The message that a queued run waits with. */
  item_id?: string | null;
};

/** What GET /v1/chatkit/config answers: the workflow's own words and limits, for pages that set none. */
export type ServerConfig = {
  greeting?: string | null;
  prompts?: { label: string; prompt: string; icon?: string }[];
  title?: string | null;
  history?: { enabled: boolean; search?: boolean; marks?: boolean };
  file_upload?: { enabled: boolean; max_file_size?: number; max_files?: number };
  /** Of a message's text, in characters of Unicode. */
  max_message_length?: number;
  /** Names what happens in this user's threads, unlike any other user's. */
  feed?: string;
  /** Whether speech can be turned into text. */
  dictation?: boolean;
  /** Whether conversations may be shared by a link. */
  sharing?: boolean;
  /** What becomes of a message that is sent while another is answered. */
  concurrent_input?: "reject" | "enqueue" | "interrupt";
};

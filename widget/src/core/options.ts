// The element's options: ChatKit's shape, with our additions, checked without ever throwing.
import type { MoreTerms, PlainTerms } from "../i18n/terms.ts";
import type { Fetch, UploadStrategy } from "./client.ts";
import type { GetClientSecret } from "./session.ts";
import type { Action, JsonObject, UserContent, WidgetNode } from "./types.ts";

export type CustomApi = { url: string; domainKey?: string; fetch?: Fetch; uploadStrategy?: UploadStrategy };
export type HostedApi = { getClientSecret: GetClientSecret; baseUrl?: string; fetch?: Fetch };

export type ThemeOption = {
  colorScheme?: "light" | "dark" | "auto";
  typography?: {
    baseSize?: number;
    fontFamily?: string;
    fontFamilyMono?: string;
    fontSources?: { family: string; src: string; weight?: string | number; style?: string; display?: string; unicodeRange?: string }[];
  };
  radius?: "pill" | "round" | "soft" | "sharp";
  density?: "compact" | "normal" | "spacious";
  color?: {
    grayscale?: { hue: number; tint: number; shade?: number };
    accent?: { primary: string; level: number };
    surface?: { background: string; foreground: string };
  };
  /** CSS of the page's own, adopted behind the chat's: for what no property and no part reaches. */
  stylesheet?: string;
};

export type HeaderAction = { icon: string; onClick: () => void; label?: string };
/** A button of the page's own below each answer; `itemIds` are the answer's items in their order, `text` what Copy yields. */
export type AnswerAction = {
  icon: string;
  label: string;
  onClick: (answer: { threadId: string; itemIds: string[]; text: string }) => void;
};
export type StartPrompt = { label: string; prompt: string | UserContent[]; icon?: string };
export type ComposerTool = {
  id: string;
  label: string;
  icon?: string;
  shortLabel?: string;
  placeholderOverride?: string;
  pinned?: boolean;
  persistent?: boolean;
};
export type ComposerModel = { id: string; label: string; description?: string; disabled?: boolean; default?: boolean };
export type AttachmentOptions = {
  enabled: boolean;
  maxSize?: number | Record<string, number>;
  maxCount?: number;
  accept?: Record<string, string[]>;
};
export type Entity = { id: string; title: string; icon?: string; interactive?: boolean; group?: string; data?: JsonObject };
export type Command = { id: string; label: string; description?: string; icon?: string; group?: string };
export type CommandSelection = { type: "entity"; entity: Entity } | { type: "menu"; commands: Command[] };
type Later<T> = T | Promise<T>;

export type ChatOptions = {
  api?: CustomApi | HostedApi;
  /** A BCP 47 tag, or "auto" for what the browser's user reads. */
  locale?: string;
  /** The level of the conversation's own heading in the page's outline: 2 unless told. Messages and what is in them follow from there. */
  headingLevel?: 1 | 2 | 3 | 4;
  /** The page's own words in place of the language's. */
  terms?: Partial<MoreTerms & Omit<PlainTerms, "dir">>;
  theme?: "light" | "dark" | "auto" | ThemeOption;
  frameTitle?: string;
  initialThread?: string | null;
  onClientTool?: (call: { name: string; params: JsonObject }) => unknown;
  header?: {
    enabled?: boolean;
    title?: { enabled?: boolean; text?: string };
    leftAction?: HeaderAction;
    rightAction?: HeaderAction;
  };
  history?: { enabled?: boolean; showDelete?: boolean; showExport?: boolean; showRename?: boolean; showShare?: boolean };
  startScreen?: { greeting?: string; prompts?: StartPrompt[] };
  threadItemActions?: { feedback?: boolean; retry?: boolean; edit?: boolean; readAloud?: boolean; custom?: AnswerAction[] };
  composer?: {
    placeholder?: string;
    attachments?: AttachmentOptions;
    tools?: ComposerTool[];
    models?: ComposerModel[];
    dictation?: { enabled?: boolean };
  };
  disclaimer?: { text: string; highContrast?: boolean };
  entities?: {
    onTagSearch?: (query: string) => Later<Entity[]>;
    showComposerMenu?: boolean;
    onClick?: (entity: Entity) => void;
    onRequestPreview?: (entity: Entity) => Later<{ preview: WidgetNode | null }>;
  };
  commands?: {
    enabled?: boolean;
    onSearch?: (query: string) => Later<Command[]>;
    onSelect?: (command: Command) => Later<CommandSelection | undefined>;
  };
  widgets?: { onAction?: (action: Action, item: { id: string; widget: WidgetNode }) => unknown };
  thread?: { autoScroll?: boolean };
};

// What may be something else than a group of options.
const SINGLE = new Set(["locale", "headingLevel", "theme", "frameTitle", "initialThread", "onClientTool"]);

/** A copy in which every group is either an object or absent: whatever a page gives, nothing throws. */
export function usable(given: unknown): ChatOptions {
  const kept = Object.entries(Object(given)).filter(
    ([key, value]) => isObject(value) || (SINGLE.has(key) && value !== undefined && (value !== null || key === "initialThread")),
  );
  return Object.fromEntries(kept);
}

/** Equal data, functions aside: the page may set the same options again on each of its renders. */
export function sameOptions(a: unknown, b: unknown): boolean {
  if (typeof a === "function" && typeof b === "function") return true;
  if (!isObject(a) || !isObject(b)) return Object.is(a, b);
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameOptions(a[key], b[key]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

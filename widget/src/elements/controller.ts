// What the element's shell needs of the chat behind it; the shell is small and loaded with the page, this is loaded when it is needed.
import type { Action, Attachment, UserContent } from "../core/types.ts";

export type SendParams = {
  text?: string;
  content?: UserContent[];
  reply?: string;
  attachments?: Attachment[];
  newThread?: boolean;
  toolChoice?: { id: string };
  model?: string;
};
export type ComposerValue = {
  text?: string;
  content?: UserContent[];
  reply?: string;
  attachments?: Attachment[];
  files?: File[];
  selectedToolId?: string | null;
  selectedModelId?: string | null;
};

export type Controller = {
  setOptions(options: unknown): void;
  focusComposer(): Promise<void>;
  setThreadId(id: string | null): Promise<void>;
  sendUserMessage(params: SendParams): Promise<void>;
  setComposerValue(value: ComposerValue): Promise<void>;
  fetchUpdates(): Promise<void>;
  sendCustomAction(action: Action, itemId?: string): Promise<void>;
  showHistory(): Promise<void>;
  hideHistory(): Promise<void>;
  /** `forget`: the next one is another user's, and finds nothing. */
  dispose(forget?: boolean): void;
};

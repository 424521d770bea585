// The npm package's entry: registers <chat-dock> and hands out the element and the launcher. What a chat needs is loaded when it is shown.
import { verbs } from "../launcher/chatdock.ts";
import { define, ChatDockElement as Shell } from "../launcher/shell.ts";
import type { ChatDockLauncher, ChatDockElement as Face } from "./element.ts";

// On a server there are no elements; importing this must be possible there.
if (typeof customElements !== "undefined") define("chat-dock", Shell);

export const ChatDockElement: { new (): Face; prototype: Face } = Shell;
export type ChatDockElement = Face;

/** The launcher, as `window.ChatDock` is to pages with a script tag. */
export const ChatDock: ChatDockLauncher = verbs;

export type {
  AttachmentOptions,
  ChatOptions,
  Command,
  CommandSelection,
  ComposerModel,
  ComposerTool,
  CustomApi,
  Entity,
  HeaderAction,
  HostedApi,
  StartPrompt,
  ThemeOption,
} from "../core/options.ts";
export type { Action, Attachment, UserContent, WidgetNode } from "../core/types.ts";
export type { ComposerValue, SendParams } from "../elements/controller.ts";
export type {
  ChatDockEventMap,
  ChatDockLauncher,
  ChatDockMethods,
  ErrorDetail,
  LauncherSettings,
  NamedDetail,
  ThreadDetail,
  ToolDetail,
} from "./element.ts";

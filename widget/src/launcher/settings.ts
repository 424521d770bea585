// What a page may say about its launcher: `ChatDock.init(settings)`, or the attributes of the script tag.

export type LauncherOptions = {
  /** Tells several on a page apart. */
  name?: string;
  /** The chat's own options, in ChatKit's shape. */
  options?: unknown;
  sessionEndpoint?: string;
  api?: string;
  greeting?: string;
  colorScheme?: string;
  accent?: string;
  title?: string;
  locale?: string;
  user?: string;
  /** Present: the chat is drawn in an iframe of the service. */
  frame?: string;
  mode?: "popup" | "side" | "inline" | "page";
  /** Where the bubble and its panel stand: a word for each edge. */
  position?: string;
  offsetX?: number | string;
  offsetY?: number | string;
  /** Leaves the top layer for this place in the page's stacking order. */
  zIndex?: number | string;
  width?: string;
  height?: string;
  /** Which of the page's elements toggle the chat. */
  launcherSelector?: string;
  hideLauncher?: boolean | string;
  /** What an inline chat is put into; without one, where its script stands. */
  target?: string;
  open?: boolean | string;
  autoOpenSeconds?: number | string;
  previewMessage?: string;
  previewSeconds?: number | string;
  sound?: boolean | string;
  /** Whether the icon of a page that is an installed app counts unread answers too. */
  appBadge?: boolean | string;
};

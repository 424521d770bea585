// The script tag's entry: registers <chat-dock>, opens the launcher the tag asks for, and answers to window.ChatDock.
import { Launcher, scriptSettings } from "./launcher.ts";
import type { LauncherOptions } from "./settings.ts";
import { ChatDockElement, define } from "./shell.ts";

type Listener = (detail: unknown) => void;
type Face = { q?: [string, ...unknown[]][]; init?: (settings?: LauncherOptions) => unknown };
const place = window as { ChatDock?: Face };

define("chat-dock", ChatDockElement);

// By name; the first and mostly only one has none.
const launchers = new Map<string, Launcher>();
const of = (name = "") => launchers.get(name);

export const verbs = {
  init(settings: LauncherOptions = {}) {
    const name = settings.name ?? "";
    const known = of(name);
    known?.attach();
    if (known && settings.options) known.element.setOptions(settings.options);
    const launcher = known ?? new Launcher({ ...scriptSettings(), ...settings });
    launchers.set(name, launcher);
    return launcher.element;
  },
  open: (name?: string) => of(name)?.run("open"),
  close: (name?: string) => of(name)?.run("close"),
  toggle: (name?: string) => of(name)?.run("toggle"),
  show: (name?: string) => of(name)?.hide(false),
  hide: (name?: string) => of(name)?.hide(true),
  destroy(name = "") {
    of(name)?.destroy();
    launchers.delete(name);
  },
  // Who speaks is decided by the session endpoint, so another user means a new session and an empty panel.
  identify: (user: string | { id: string }, name?: string) => {
    const launcher = of(name);
    if (launcher) launcher.element.dataset.user = typeof user === "object" ? user.id : user;
  },
  reset(name?: string) {
    const { element } = of(name) ?? {};
    element?.reset();
    element?.removeAttribute("data-user");
  },
  on: (event: string, listener: Listener, name?: string) => of(name)?.on(event, listener),
};

function run(): void {
  const before = place.ChatDock;
  const own = scriptSettings();
  // A second script on the page adds its launcher to the first one's.
  if (before?.init) return void (own && before.init(own));
  place.ChatDock = verbs;
  if (own) verbs.init();
  for (const [verb, ...args] of before?.q ?? [])
    (verbs as { [verb: string]: ((...args: unknown[]) => unknown) | undefined })[verb]?.(...args);
}

if (document.body) run();
else document.addEventListener("DOMContentLoaded", run, { once: true });

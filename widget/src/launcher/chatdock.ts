// The script tag's entry: registers <chat-dock>, opens the launcher the tag asks for, and answers to window.ChatDock.
import { Launcher, type LauncherOptions, scriptSettings } from "./launcher.ts";
import { ChatDockElement, define } from "./shell.ts";

type Verb = "init" | "open" | "close" | "toggle" | "show" | "hide" | "destroy" | "identify" | "reset" | "on";
type Stub = { q?: [Verb, ...unknown[]][] };

define("chat-dock", ChatDockElement);

let launcher: Launcher | undefined;

const verbs: Record<Verb, (...args: never[]) => unknown> = {
  init(settings: LauncherOptions = {}) {
    launcher ??= new Launcher({ ...scriptSettings(), ...settings });
    return launcher.element;
  },
  open: () => launcher?.open(),
  close: () => launcher?.close(),
  toggle: () => launcher?.toggle(),
  show: () => launcher?.show(),
  hide: () => launcher?.hide(),
  destroy() {
    launcher?.destroy();
    launcher = undefined;
  },
  // Who speaks is decided by the session endpoint, so a new identity means a new session and an empty panel.
  identify: () => verbs.reset(),
  reset() {
    launcher?.reset();
  },
  on: (name: string, listener: (detail: unknown) => void) => launcher?.on(name, listener),
};

function run(): void {
  const before = (window as { ChatDock?: Stub }).ChatDock;
  (window as { ChatDock?: unknown }).ChatDock = verbs;
  if (scriptSettings()) (verbs.init as () => void)();
  for (const [verb, ...args] of before?.q ?? []) (verbs[verb] as ((...args: unknown[]) => unknown) | undefined)?.(...args);
}

if (document.body) run();
else document.addEventListener("DOMContentLoaded", run, { once: true });

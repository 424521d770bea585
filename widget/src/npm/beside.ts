// What is loaded when it is needed, for the npm package: imports that a page's bundler follows, where the classic scripts ask for files by
// name (src/launcher/shell.ts). scripts/package.mjs puts one in place of the other.
import type { Controller } from "../elements/controller.ts";
import { on } from "../launcher/switch.ts";

type Mount = (element: HTMLElement, serverBase: string) => Controller;

export const ownScript: HTMLScriptElement | null = null;

/** A bundle does not know its service: it is the page's own origin until `api.baseUrl` or `data-api` names another. */
export const serverBase = typeof document === "undefined" ? "" : new URL(document.baseURI).origin;

/** What the element extends: on a server, where the package can be imported but shows nothing, a class that does nothing. */
export const Base: typeof HTMLElement = globalThis.HTMLElement ?? class {};

const PARTS: Record<string, () => Promise<unknown>> = {
  panel: () => import("../launcher/panel.ts"),
  labels: () => import("../i18n/labels.ts"),
};

export const chunk = <T>(name: string): Promise<T> => (PARTS[name] as () => Promise<T>)();

/** The chat, or the frame that holds it. */
export async function load(element: HTMLElement): Promise<Mount> {
  const { mount } = await (on(element.dataset.frame) ? import("../launcher/frame.ts") : import("../elements/mount.tsx"));
  return mount;
}

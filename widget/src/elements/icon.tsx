import { PATHS } from "./icon-paths.ts";

export type IconName = keyof typeof PATHS;

/** A drawn icon, hidden from screen readers: the control around it has the name. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return Drawn({ name, path: PATHS[name], size });
}

export function Drawn({ name, path, size }: { name: string; path: string; size: number }) {
  return (
    // What points along the line of text points the other way where that runs from right to left.
    <svg class={/left|right|reply/.test(name) ? "icon turns" : "icon"} width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

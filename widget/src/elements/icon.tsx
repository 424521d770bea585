import { PATHS } from "./icon-paths.ts";

export type IconName = keyof typeof PATHS;

/** A drawn icon, hidden from screen readers: the control around it has the name. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return <Drawn path={PATHS[name]} size={size} />;
}

export function Drawn({ path, size }: { path: string; size: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={path} />
    </svg>
  );
}

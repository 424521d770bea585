// The icons of the parts that come later: those of a plain conversation, and more.
import { Drawn } from "./icon.tsx";
import { PATHS } from "./icon-paths.ts";
import { PATHS as MORE } from "./more-icon-paths.ts";

const ALL = { ...PATHS, ...MORE };

export type IconName = keyof typeof ALL;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return Drawn({ name, path: ALL[name], size });
}

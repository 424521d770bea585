// An icon named by the page or the server. The whole set is loaded once the first one is asked for.
import { signal } from "@preact/signals";

type Paths = Readonly<Record<string, string>>;

const paths = signal<Paths | null>(null);
let asked = false;

function load(): void {
  if (asked) return;
  asked = true;
  import("../components/icon-paths.ts").then(
    (module) => {
      paths.value = module.PATHS;
    },
    () => {
      asked = false;
    },
  );
}

export function NamedIcon({ name, size = 18 }: { name: string; size?: number }) {
  load();
  const known = paths.value;
  const key = name.replace(/^lucide:/, "");
  const path = known && Object.hasOwn(known, key) ? known[key] : undefined;
  // Without its drawing the icon still takes its place, so that text does not jump when it comes.
  return (
    <svg
      class={/^back-|chevron-(left|right)/.test(key) ? "icon turns" : "icon"}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      aria-hidden="true"
    >
      {path && <path d={path} fill={key.endsWith("-filled") ? "currentColor" : undefined} />}
    </svg>
  );
}

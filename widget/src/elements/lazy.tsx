// A component that a plain conversation does without: its code and styles come, all in one, when the first of them is shown.
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useView } from "./context.ts";

type Extras = typeof import("./extras.ts");

const extras = signal<Extras | null>(null);
let loading = false;

function load(fail: (error: Error) => void): void {
  if (loading) return;
  loading = true;
  import("./extras.ts").then(
    (found) => {
      extras.value = found;
    },
    (error) => {
      // The next time one is shown may find the network again.
      loading = false;
      fail(error);
    },
  );
}

export function lazy<P extends object>(pick: (from: Extras) => ComponentType<P>): ComponentType<P> {
  return function Lazy(props: P) {
    const view = useView();
    const found = extras.value;
    if (!found) {
      load(view.fail);
      return null;
    }
    view.adopt(found.css);
    const Component = pick(found);
    return <Component {...props} />;
  };
}

// A component that a plain conversation does without: the code and the styles of its chunk come when the first of them is shown.
import { signal } from "@preact/signals";
import type { ComponentChildren, ComponentType } from "preact";
import { useView } from "./context.ts";

function chunk<M extends { css: string }>(load: () => Promise<M>) {
  const found = signal<M | null>(null);
  let loading = false;
  const fetch = (fail: (error: Error) => void) => {
    if (loading) return;
    loading = true;
    load().then(
      (module) => {
        found.value = module;
      },
      (error) => {
        // The next time one is shown may find the network again.
        loading = false;
        fail(error);
      },
    );
  };
  /** `until` stands there until the chunk has come. */
  return function lazy<P extends object>(
    pick: (from: M) => ComponentType<P>,
    until: (props: P) => ComponentChildren = () => null,
  ): ComponentType<P> {
    return function Lazy(props: P) {
      const view = useView();
      const module = found.value;
      if (!module) {
        fetch(view.fail);
        return until(props);
      }
      view.adopt(module.css);
      const Component = pick(module);
      return <Component {...props} />;
    };
  };
}

export const lazy = chunk(() => import("./extras.ts"));
export const lazyCompose = chunk(() => import("./compose.ts"));
export const lazyVersions = chunk(() => import("./threads.ts"));
export const lazyTalk = chunk(() => import("./talk.ts"));

// What the server says it is at, while there is nothing else to see.
import type { Progress as ProgressData } from "../core/store.ts";

export function Progress({ progress }: { progress: ProgressData }) {
  return (
    <div class="progress" part="progress">
      <span class="spinner" />
      <span class="shimmer" dir="auto">
        {progress.text}
      </span>
    </div>
  );
}

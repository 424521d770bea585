// An entity that was clicked, as the page gets it.
import type { Entity } from "../core/options.ts";
import type { View } from "./context.ts";

/** Without what only we know of it. */
export function openEntity(view: View, { id, title, icon, data, group, interactive }: Entity): void {
  view.openEntity({
    id,
    title,
    ...(icon && { icon }),
    ...(interactive !== undefined && { interactive }),
    ...(group && { group }),
    ...(data && { data }),
  });
}

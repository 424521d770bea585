// The day that begins with a message: today, yesterday, or its date.
import { useEffect, useState } from "preact/hooks";
import type { Turn } from "../core/turns.ts";
import { useView } from "./context.ts";
import { useAllTerms } from "./use-all-terms.ts";

const DAY_MS = 86_400_000;

export function Day({ turn }: { turn: Turn }) {
  const terms = useAllTerms();
  const { code } = useView().language.value;
  const [, look] = useState(0);
  const at = new Date(turn.items[0]?.created_at ?? "");
  const ago = daysAgo(at);
  // At midnight today is yesterday.
  useEffect(() => {
    if (!(ago < 2)) return;
    const timer = setTimeout(() => look(Date.now()), startOfDay(new Date(), 1) - Date.now());
    return () => clearTimeout(timer);
  });
  if (Number.isNaN(ago)) return null;
  const said = ago === 0 ? terms.today : ago === 1 ? terms.yesterday : dateOf(at, code);
  return (
    <p class="day" part="day">
      <time dateTime={at.toISOString()}>{said}</time>
    </p>
  );
}

/** In the reader's time zone; a day has 23 to 25 hours there. */
function daysAgo(at: Date): number {
  return Math.round((startOfDay(new Date()) - startOfDay(at)) / DAY_MS);
}

function startOfDay(at: Date, later = 0): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + later).getTime();
}

/** With its year where that is another. */
function dateOf(at: Date, code: string): string {
  const sameYear = at.getFullYear() === new Date().getFullYear();
  return at.toLocaleDateString(code, { weekday: "long", day: "numeric", month: "long", ...(!sameYear && { year: "numeric" }) });
}

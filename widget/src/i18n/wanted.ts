/** What a page asks for, in its order: its own `locale`, or with none, or "auto", what the browser's user reads. */
export function wantedLocales(locale: string | undefined): readonly string[] {
  return locale && locale !== "auto" ? [locale] : navigator.languages;
}

// Font files of the theme: a page that names none never loads this.
import type { ThemeOption } from "../core/options.ts";

/** Fonts named by the theme, added to the document, where a shadow root finds them too; answers with the way to take them out again. */
export function loadFonts(sources: NonNullable<ThemeOption["typography"]>["fontSources"]): () => void {
  const faces = (sources ?? []).flatMap(({ family, src, weight, style, display, unicodeRange }) => {
    try {
      const source = /^\s*url\(/i.test(src) ? src : `url(${JSON.stringify(src)})`;
      const face = new FontFace(family, source, {
        ...(weight !== undefined && { weight: String(weight) }),
        ...(style && { style }),
        ...(unicodeRange && { unicodeRange }),
        display: (display as FontDisplay) ?? "swap",
      });
      document.fonts.add(face);
      return [face];
    } catch {
      return [];
    }
  });
  return () => {
    for (const face of faces) document.fonts.delete(face);
  };
}

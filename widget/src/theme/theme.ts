// ThemeOption -> the input custom properties; base.css derives every visible value from them.
import type { ThemeOption } from "../core/options.ts";

const RADIUS = { pill: 999, round: 16, soft: 8, sharp: 0 };
const UNIT = { compact: 3, normal: 4, spacious: 5 };

export type Theme = { scheme: "light" | "dark" | "auto"; css: string };

export function themeOf(option: "light" | "dark" | "auto" | ThemeOption | undefined, fallback: Theme["scheme"] = "light"): Theme {
  if (typeof option === "string") return { scheme: option, css: "" };
  const { colorScheme = fallback, typography, radius, density, color } = option ?? {};
  const vars: Record<string, string | number | undefined> = {
    "--ck-r": radius && `${RADIUS[radius] ?? RADIUS.pill}px`,
    "--ck-u": density && `${UNIT[density] ?? UNIT.normal}px`,
    "--ck-fs": typography?.baseSize && `${clamp(typography.baseSize, 12, 24)}px`,
    "--ck-font": typography?.fontFamily,
    "--ck-mono": typography?.fontFamilyMono,
    "--ck-h": color?.grayscale && clamp(color.grayscale.hue, 0, 360),
    "--ck-tint": color?.grayscale && clamp(color.grayscale.tint, 0, 9),
    "--ck-shade": color?.grayscale && clamp(color.grayscale.shade ?? 0, -4, 4),
    "--ck-accent": color?.accent?.primary,
    "--ck-accent-level": color?.accent && clamp(color.accent.level, 0, 3),
    "--ck-surface": color?.surface?.background,
    "--ck-on-surface": color?.surface?.foreground,
  };
  const declarations = Object.entries(vars).filter(([, value]) => value !== undefined && safe(String(value)));
  const level = color?.accent?.level ?? 0;
  return {
    scheme: colorScheme,
    css: `:host{${declarations.map(([name, value]) => `${name}:${value}`).join(";")}}${color?.accent ? accentCss(color.accent.primary, level) : ""}`,
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, Number(value) || 0));
}

// A value is one CSS value and nothing that could end the declaration around it or fetch something.
function safe(value: string): boolean {
  return !/[;{}<>]|url\(|\/\*/i.test(value);
}

/** How far the accent spreads: 0 the send button, 1 links and focus, 2 the user's bubble, 3 the header too. */
function accentCss(primary: string, level: number): string {
  if (!safe(primary)) return "";
  const rules = [":host{--ck-on-accent:var(--ck-auto-on-accent)}"];
  if (level >= 2) rules.push(".root{--bubble:var(--ck-bubble,color-mix(in oklab,var(--accent) 14%,var(--bg)))}");
  if (level >= 3) rules.push(".root{--header:var(--ck-header,color-mix(in oklab,var(--accent) 8%,var(--bg)))}");
  return rules.join("");
}

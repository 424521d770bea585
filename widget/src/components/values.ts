// Widget properties -> CSS values. What is not a value of its kind gives nothing, never a broken or a fetching declaration.

export type Style = Record<string, string | number | undefined>;

const SPACING_UNIT_PX = 4;
const NAMED_COLOURS: Record<string, string> = {
  prose: "var(--text)",
  primary: "var(--text)",
  emphasis: "var(--text)",
  secondary: "var(--text-2)",
  tertiary: "color-mix(in oklab, var(--text-2) 80%, var(--bg))",
  success: "var(--ok)",
  warning: "var(--warn)",
  danger: "var(--danger)",
  surface: "var(--bg)",
  "surface-secondary": "var(--bg-2)",
  "surface-tertiary": "var(--bg-3)",
  "surface-elevated": "var(--bg)",
  "surface-elevated-secondary": "var(--bg-2)",
  default: "var(--line)",
  subtle: "var(--bg-3)",
  strong: "var(--line-strong)",
  white: "#fff",
  black: "#000",
  transparent: "transparent",
};
const HUES: Record<string, [hue: number, chroma: number]> = {
  gray: [260, 0.006],
  red: [25, 0.2],
  orange: [50, 0.17],
  yellow: [88, 0.16],
  green: [150, 0.16],
  blue: [255, 0.18],
  purple: [300, 0.19],
  pink: [350, 0.19],
  discovery: [300, 0.19],
  info: [255, 0.18],
  caution: [88, 0.16],
};

/** Steps 0 to 1000 of a hue, light to dark; the same number means the same contrast to the page in either scheme. */
function primitive(name: string, dark: boolean): string | undefined {
  const match = /^([a-z]+)-(\d{1,4})$/.exec(name);
  if (match?.[1] === "alpha") return `color-mix(in oklab, var(--text) ${Math.min(100, Number(match[2]))}%, transparent)`;
  const hue = HUES[match?.[1] ?? name];
  if (!hue) return undefined;
  const step = Math.min(1000, match ? Number(match[2]) : 500) / 1000;
  const at = dark ? 1 - step : step;
  const lightness = 0.98 - at * 0.74;
  return `oklch(${lightness.toFixed(3)} ${(hue[1] * (1 - Math.abs(2 * step - 1) ** 2)).toFixed(3)} ${hue[0]})`;
}

export function colour(value: unknown, dark: boolean): string | undefined {
  if (value && typeof value === "object") return colour((value as Record<string, unknown>)[dark ? "dark" : "light"], dark);
  if (typeof value !== "string") return undefined;
  if (Object.hasOwn(NAMED_COLOURS, value)) return NAMED_COLOURS[value];
  return primitive(value, dark) ?? plain("background", value);
}

/** A length in pixels or any CSS length; in spacing units where the protocol counts in them. */
export function length(value: unknown, unit = 1): string | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return `${value * unit}px`;
  return typeof value === "string" ? plain("width", value) : undefined;
}

/** An address that an image may be loaded from. */
export function pictureAddress(value: unknown): string | undefined {
  return typeof value === "string" && /^(https?:|data:image\/|blob:)/i.test(value) && URL.canParse(value) ? value : undefined;
}

/** The value if the browser takes it for that property and it fetches nothing; an escape may spell anything. */
function plain(property: string, value: string): string | undefined {
  return !/url\(|image-set|src\(|[;{}\\]/i.test(value) && CSS.supports(property, value) ? value : undefined;
}

export function spacing(property: "margin" | "padding", value: unknown): Style {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object") return { [property]: length(value, SPACING_UNIT_PX) };
  const { top, right, bottom, left, x, y } = value as Record<string, unknown>;
  const side = (each: unknown) => length(each, SPACING_UNIT_PX);
  return {
    [`${property}BlockStart`]: side(top ?? y),
    [`${property}BlockEnd`]: side(bottom ?? y),
    [`${property}InlineStart`]: side(left ?? x),
    [`${property}InlineEnd`]: side(right ?? x),
  };
}

export const gap = (value: unknown) => length(value, SPACING_UNIT_PX);

const RADII: Record<string, string> = {
  none: "0",
  "2xs": "2px",
  xs: "4px",
  sm: "6px",
  md: "8px",
  lg: "10px",
  xl: "12px",
  "2xl": "16px",
  "3xl": "20px",
  "4xl": "24px",
  full: "999px",
  "100%": "100%",
};
export const ALIGN: Record<string, string> = {
  start: "flex-start",
  center: "center",
  end: "flex-end",
  baseline: "baseline",
  stretch: "stretch",
};
const JUSTIFY: Record<string, string> = {
  start: "flex-start",
  center: "center",
  end: "flex-end",
  between: "space-between",
  around: "space-around",
  evenly: "space-evenly",
  stretch: "stretch",
};
const LINES = new Set("solid dashed dotted double groove ridge inset outset".split(" "));

function line(value: unknown, dark: boolean): string | undefined {
  if (typeof value === "number") return `${value}px solid var(--line)`;
  if (!value || typeof value !== "object") return undefined;
  const { size, color, style } = value as { size?: unknown; color?: unknown; style?: unknown };
  const kind = typeof style === "string" && LINES.has(style) ? style : "solid";
  return `${length(size ?? 1) ?? "1px"} ${kind} ${colour(color ?? "default", dark) ?? "var(--line)"}`;
}

export function border(value: unknown, dark: boolean): Style {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || "size" in value) return { border: line(value, dark) };
  const { top, right, bottom, left, x, y } = value as Record<string, unknown>;
  return {
    borderBlockStart: line(top ?? y, dark),
    borderBlockEnd: line(bottom ?? y, dark),
    borderInlineStart: line(left ?? x, dark),
    borderInlineEnd: line(right ?? x, dark),
  };
}

type Props = Readonly<Record<string, unknown>>;

export function blockStyle(props: Props, dark: boolean): Style {
  const { size, minSize, maxSize, radius, aspectRatio } = props;
  return {
    width: length(props.width ?? size),
    height: length(props.height ?? size),
    minWidth: length(props.minWidth ?? minSize),
    minHeight: length(props.minHeight ?? minSize),
    maxWidth: length(props.maxWidth ?? maxSize),
    maxHeight: length(props.maxHeight ?? maxSize),
    aspectRatio:
      typeof aspectRatio === "number" || typeof aspectRatio === "string" ? plain("aspect-ratio", String(aspectRatio)) : undefined,
    borderRadius: typeof radius === "string" ? RADII[radius] : undefined,
    flex: typeof props.flex === "number" || typeof props.flex === "string" ? plain("flex", String(props.flex)) : undefined,
    background: props.background === undefined ? undefined : colour(props.background, dark),
    ...spacing("margin", props.margin),
  };
}

export function boxStyle(props: Props, dark: boolean, direction: "row" | "column"): Style {
  return {
    ...blockStyle(props, dark),
    flexDirection: direction,
    alignItems: typeof props.align === "string" ? ALIGN[props.align] : direction === "row" ? "center" : undefined,
    justifyContent: typeof props.justify === "string" ? JUSTIFY[props.justify] : undefined,
    flexWrap: /^(nowrap|wrap|wrap-reverse)$/.test(String(props.wrap)) ? String(props.wrap) : undefined,
    gap: gap(props.gap),
    ...spacing("padding", props.padding),
    ...border(props.border, dark),
  };
}

const WEIGHTS: Record<string, number> = { normal: 400, medium: 500, semibold: 600, bold: 700 };
export const TEXT_SIZES: Record<string, string> = { xs: "0.75em", sm: "0.875em", md: "0.9375em", lg: "1.0625em", xl: "1.1875em" };
export const TITLE_SIZES: Record<string, string> = {
  sm: "1em",
  md: "1.125em",
  lg: "1.25em",
  xl: "1.5em",
  "2xl": "1.75em",
  "3xl": "2em",
  "4xl": "2.5em",
  "5xl": "3em",
};
export const CAPTION_SIZES: Record<string, string> = { sm: "0.75em", md: "0.8125em", lg: "0.875em" };
export const ICON_PX: Record<string, number> = { xs: 14, sm: 16, md: 18, lg: 22, xl: 26, "2xl": 32, "3xl": 40 };

export function textStyle(props: Props, dark: boolean, sizes: Record<string, string>): Style {
  const lines = Number(props.maxLines) || (props.truncate === true ? 1 : 0);
  return {
    fontSize: typeof props.size === "string" ? sizes[props.size] : undefined,
    fontWeight: typeof props.weight === "string" ? WEIGHTS[props.weight] : undefined,
    textAlign: /^(start|center|end)$/.test(String(props.textAlign)) ? String(props.textAlign) : undefined,
    color: props.color === undefined ? undefined : colour(props.color, dark),
    fontStyle: props.italic === true ? "italic" : undefined,
    textDecoration: props.lineThrough === true ? "line-through" : undefined,
    width: length(props.width),
    minHeight: Number(props.minLines) > 0 ? `${Number(props.minLines) * 1.5}em` : undefined,
    ...(lines > 0 && { display: "-webkit-box", WebkitLineClamp: lines, WebkitBoxOrient: "vertical", overflow: "hidden" }),
  };
}

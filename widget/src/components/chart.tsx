// Bars, lines and areas as plain SVG, with the same numbers in a table for whoever cannot see them.
import { useView } from "../elements/context.ts";
import { useAllTerms } from "../elements/use-all-terms.ts";
import { type ComponentProps, oneOf, text, useWidget } from "./context.ts";
import { blockStyle, colour } from "./values.ts";

type Row = Record<string, unknown>;
type Series = { type: "bar" | "line" | "area"; dataKey: string; label?: string; stack?: string; color?: unknown; curveType?: string };

const PALETTE = ["blue-500", "purple-500", "orange-500", "green-500", "pink-500", "yellow-500", "red-500"];
const WIDTH = 600;
const LEFT = 44;
const BOTTOM = 26;
const TOP = 8;
const MAX_BAR = 38;
// The way back along the lower edge of an area takes its steps from the other side.
const REVERSED: Record<string, string> = { stepBefore: "stepAfter", stepAfter: "stepBefore" };

export function Chart({ node }: ComponentProps) {
  const { dark } = useWidget();
  const { language } = useView();
  const terms = useAllTerms();
  const rows = (Array.isArray(node.data) ? node.data : []).filter((each): each is Row => each && typeof each === "object");
  const series = (Array.isArray(node.series) ? node.series : []).filter((each): each is Series => each && typeof each.dataKey === "string");
  const axis =
    typeof node.xAxis === "object" && node.xAxis
      ? (node.xAxis as { dataKey?: string; hide?: boolean; labels?: Record<string, string> })
      : { dataKey: text(node.xAxis) };
  const height = Math.min(600, Math.max(120, Number(node.height) || 220));
  const left = node.showYAxis === true ? LEFT : 6;
  const bottom = "hide" in axis && axis.hide ? 8 : BOTTOM;
  const label = (row: Row) => {
    const key = String(row[axis.dataKey ?? ""] ?? "");
    return ("labels" in axis ? axis.labels?.[key] : undefined) ?? key;
  };
  const layers = stacks(rows, series);
  const max = niceMax(Math.max(1, ...layers.flatMap((each) => each.map(([, high]) => high))));
  const min = Math.min(0, ...layers.flatMap((each) => each.map(([low]) => low)));
  const plot = height - bottom - TOP;
  const x = (index: number) => left + ((index + 0.5) * (WIDTH - left - 6)) / Math.max(1, rows.length);
  const y = (value: number) => TOP + plot * (1 - (value - min) / (max - min));
  const step = (WIDTH - left - 6) / Math.max(1, rows.length);
  const groups = [...new Set(series.filter((each) => each.type === "bar").map((each, index) => each.stack ?? `_${index}_${each.dataKey}`))];
  const barGap = gapOf(node.barGap, step, 2);
  const room = step - gapOf(node.barCategoryGap, step, step * 0.34);
  const barWidth = Math.max(1, Math.min(MAX_BAR, (room - barGap * (groups.length - 1)) / Math.max(1, groups.length)));
  const barsWidth = barWidth * groups.length + barGap * (groups.length - 1);
  const tooltip = (row: number, each: Series, value: number) =>
    node.showTooltip === false ? null : (
      <title>{`${label(rows[row] ?? {})} · ${each.label ?? each.dataKey}: ${number.format(value)}`}</title>
    );
  const paint = (each: Series, index: number) => colour(each.color ?? PALETTE[index % PALETTE.length], dark) ?? "var(--accent)";
  const number = new Intl.NumberFormat(language.value.code);
  let bar = 0;
  return (
    <figure class="w-chart" style={{ ...blockStyle({ ...node, height: undefined, size: undefined }, dark) }}>
      <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={series.map((each) => each.label ?? each.dataKey).join(", ")}>
        {[0, 0.25, 0.5, 0.75, 1].map((at) => {
          const value = min + (max - min) * at;
          return (
            <g key={at}>
              <line class="grid" x1={left} x2={WIDTH - 6} y1={y(value)} y2={y(value)} />
              {node.showYAxis === true && (
                <text class="tick" x={left - 8} y={y(value) + 4} text-anchor="end">
                  {number.format(Math.round(value * 100) / 100)}
                </text>
              )}
            </g>
          );
        })}
        {series.map((each, index) => {
          const points = layers[index] ?? [];
          const fill = paint(each, index);
          if (each.type === "bar") {
            const group = groups.indexOf(each.stack ?? `_${bar++}_${each.dataKey}`);
            return points.map(([low, high], at) => (
              <rect
                // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their index
                key={`${each.dataKey}-${at}`}
                x={x(at) - barsWidth / 2 + group * (barWidth + barGap)}
                y={y(Math.max(low, high))}
                width={barWidth}
                height={Math.max(0, Math.abs(y(low) - y(high)))}
                rx={3}
                fill={fill}
              >
                {tooltip(at, each, high - low)}
              </rect>
            ));
          }
          const top = path(
            points.map(([, high], at) => [x(at), y(high)]),
            each.curveType,
          );
          return (
            <g key={`${each.type}-${each.dataKey}`}>
              {each.type === "area" && (
                <path
                  d={`${top}${path(points.map(([low], at): [number, number] => [x(at), y(low)]).reverse(), REVERSED[each.curveType ?? ""] ?? each.curveType).replace("M", "L")}Z`}
                  fill={fill}
                  opacity={0.22}
                />
              )}
              <path d={top} fill="none" stroke={fill} stroke-width={2.5} stroke-linecap="round" stroke-linejoin="round" />
              {points.map(([low, high], at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their index
                <circle key={at} class="point" cx={x(at)} cy={y(high)} r={9} fill={fill}>
                  {tooltip(at, each, high - low)}
                </circle>
              ))}
            </g>
          );
        })}
        {!("hide" in axis && axis.hide) &&
          rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their index
            <text key={index} class="tick" x={x(index)} y={height - 6} text-anchor="middle">
              {label(row)}
            </text>
          ))}
      </svg>
      {node.showLegend !== false && series.length > 1 && (
        <ul class="legend" aria-hidden="true">
          {series.map((each, index) => (
            <li key={`${each.type}-${each.dataKey}`}>
              <i style={{ background: paint(each, index) }} />
              {each.label ?? each.dataKey}
            </li>
          ))}
        </ul>
      )}
      <table class="sr">
        <caption>{terms.chartData}</caption>
        <thead>
          <tr>
            <th scope="col">{axis.dataKey}</th>
            {series.map((each) => (
              <th key={`${each.type}-${each.dataKey}`} scope="col">
                {each.label ?? each.dataKey}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their index
            <tr key={index}>
              <th scope="row">{label(row)}</th>
              {series.map((each) => (
                <td key={`${each.type}-${each.dataKey}`}>{text(row[each.dataKey])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

/** For each series, each row's lower and upper value: those of one stack stand on one another. */
function stacks(rows: Row[], series: Series[]): [number, number][][] {
  const heights = new Map<string, number[]>();
  return series.map((each) => {
    const key = each.stack ? `${oneOf(each.type, "bar") ?? "line"} ${each.stack}` : undefined;
    const below = (key ? heights.get(key) : undefined) ?? rows.map(() => 0);
    const points = rows.map((row, index): [number, number] => {
      const low = key ? (below[index] ?? 0) : 0;
      return [low, low + (Number(row[each.dataKey]) || 0)];
    });
    if (key)
      heights.set(
        key,
        points.map(([, high]) => high),
      );
    return points;
  });
}

/** A gap in pixels, or as a share of a category ("10%"). */
function gapOf(value: unknown, step: number, otherwise: number): number {
  const share = typeof value === "string" && /^(\d+(?:\.\d+)?)%$/.exec(value);
  const gap = share ? (Number(share[1]) / 100) * step : Number(value ?? Number.NaN);
  return Number.isFinite(gap) ? Math.min(Math.max(0, gap), step * 0.9) : otherwise;
}

function niceMax(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 8, 10].find((each) => each * power >= value) ?? 10) * power;
}

function path(points: [number, number][], curve: string | undefined): string {
  if (!points.length) return "";
  const [first, ...rest] = points as [[number, number], ...[number, number][]];
  let from = first;
  let out = `M${first[0]} ${first[1]}`;
  for (const to of rest) {
    const middle = (from[0] + to[0]) / 2;
    if (curve?.startsWith("linear")) out += `L${to[0]} ${to[1]}`;
    else if (curve?.startsWith("step")) {
      const at = curve === "stepBefore" ? from[0] : curve === "stepAfter" ? to[0] : middle;
      out += `L${at} ${from[1]}L${at} ${to[1]}L${to[0]} ${to[1]}`;
    } else out += `C${middle} ${from[1]} ${middle} ${to[1]} ${to[0]} ${to[1]}`;
    from = to;
  }
  return curve?.endsWith("Closed") ? `${out}Z` : out;
}

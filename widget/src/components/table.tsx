// Tables, row by row.
import { Children, childrenOf, Node } from "./children.tsx";
import { type ComponentProps, oneOf, useWidget } from "./context.ts";
import { length, spacing } from "./values.ts";

export function Table({ node }: ComponentProps) {
  const rows = childrenOf(node);
  const heads = rows.filter((row) => row.header === true);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard
    <div class="w-table" tabIndex={0} role="region">
      <table>
        {heads.length > 0 && (
          <thead>
            {heads.map((row, index) => (
              <Node key={row.key ?? row.id ?? index} node={row} />
            ))}
          </thead>
        )}
        <tbody>
          {rows
            .filter((row) => row.header !== true)
            .map((row, index) => (
              <Node key={row.key ?? row.id ?? index} node={row} />
            ))}
        </tbody>
      </table>
    </div>
  );
}

export function TableRow({ node }: ComponentProps) {
  return (
    <tr>
      {childrenOf(node).map((cell, index) => (
        <Node key={cell.key ?? cell.id ?? index} node={node.header === true ? { ...cell, header: true } : cell} />
      ))}
    </tr>
  );
}

export function TableCell({ node }: ComponentProps) {
  useWidget();
  const Tag = node.header === true ? "th" : "td";
  const vertical = { start: "top", center: "middle", end: "bottom" }[oneOf(node.vAlign, "start", "center", "end") ?? "center"];
  return (
    <Tag
      colSpan={Number(node.colSpan) || undefined}
      rowSpan={Number(node.rowSpan) || undefined}
      scope={node.header === true ? "col" : undefined}
      style={{
        width: length(node.width),
        textAlign: oneOf(node.align, "start", "center", "end"),
        verticalAlign: vertical,
        ...spacing("padding", node.padding),
      }}
    >
      <Children of={node} />
    </Tag>
  );
}

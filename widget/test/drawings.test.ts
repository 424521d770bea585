// Diagrams as data, in node: what is read, where it goes, and what stays code.
import assert from "node:assert/strict";
import { test } from "node:test";
import { drawingOf } from "../src/diagram/diagram.ts";
import type { Mark } from "../src/diagram/drawing.ts";
import { readFlow } from "../src/diagram/flow.ts";
import { NotADiagram } from "../src/diagram/graph.ts";
import { DIAGRAMS, FLAT, FLOW, PIE, SEQUENCE, STATES } from "./drawings.ts";
import { random } from "./random.ts";

const measure = (line: string) => line.length * 7.5;
const texts = (marks: readonly Mark[]) => marks.flatMap((each) => (each.kind === "text" ? [each.lines.join(" ")] : []));

test("a flowchart has its nodes, shapes, links, labels and groups", () => {
  const graph = readFlow(
    "flowchart TD",
    FLOW.split("\n")
      .slice(1)
      .map((line) => line.trim()),
  );
  const shapes = Object.fromEntries([...graph.nodes.values()].map(({ id, shape }) => [id, shape]));
  assert.deepEqual(shapes, { A: "box", B: "diamond", C: "stadium", D: "double", E: "cylinder", F: "flag", G: "circle", H: "hexagon" });
  assert.deepEqual(
    graph.edges.map(({ from, to, label, line, head }) => [from, to, label, line, head].join(" ")),
    [
      "A B  solid arrow",
      "B C yes solid arrow",
      "B D no solid arrow",
      "D C  dotted arrow",
      "C E  thick arrow",
      "E F  solid arrow",
      "F G  solid arrow",
      "G A  solid arrow",
      "G H  solid arrow",
    ],
  );
  assert.equal(graph.groups.get("shipping")?.label, "Shipping");
  assert.equal(graph.nodes.get("F")?.group, "shipping");
});

test("a diagram is told in words", () => {
  assert.match(drawingOf(FLOW, measure).told, /^Order placed → In stock\?; In stock\? → Reserve items \(yes\); .*Sent → Report$/);
  assert.match(drawingOf(FLAT, measure).told, /Browser widget → Chatdock \(HTTPS\); Chatdock → PostgreSQL "main"/);
  assert.match(drawingOf(STATES, measure).told, /● → Queued; Queued → Running \(worker free\)|● → Queued/);
  assert.match(
    drawingOf(SEQUENCE, measure).told,
    /^User → Browser: 1\. Opens the page; Browser → Server: 2\. POST \/session; .*the secret stays in memory/,
  );
  assert.match(drawingOf(PIE, measure).told, /Markdown: 12\.1 \(28\.1%\)/);
  assert.equal(drawingOf(PIE, measure).title, "Where the bytes go");
});

test("no node lies over another, and all lie within the drawing", () => {
  for (const [name, source] of Object.entries(DIAGRAMS)) {
    const { marks, width, height } = drawingOf(source, measure);
    const boxes = marks.flatMap((each) => (each.kind === "rect" && each.ink === "node" && each.width > 20 ? [each] : []));
    for (const [index, a] of boxes.entries()) {
      assert.ok(
        a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height,
        `${name}: ${JSON.stringify(a)} in ${width} x ${height}`,
      );
      for (const b of boxes.slice(index + 1)) {
        // The two rectangles of a double box are one node.
        if (a.y === b.y && a.height === b.height && Math.abs(a.x + a.width / 2 - b.x - b.width / 2) < 1) continue;
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        assert.ok(apart, `${name}: ${JSON.stringify(a)} over ${JSON.stringify(b)}`);
      }
    }
    assert.ok(texts(marks).length > 3);
    for (const each of marks) assert.doesNotMatch(JSON.stringify(each), /null|NaN/, name);
  }
});

test("what is no diagram of ours, is too large or cannot be read stays code", () => {
  for (const source of [
    "",
    "gantt\n title x",
    "classDiagram\n A <|-- B",
    "flowchart TD",
    "flowchart TD\n A --> ",
    "flowchart TD\n A[open --> B",
    "flowchart TD\n <img src=x onerror=alert(1)> --> B",
    "sequenceDiagram\n nothing here",
    "sequenceDiagram",
    "pie\n a : -1",
    "pie",
    `flowchart TD\n${Array.from({ length: 400 }, (_, n) => `A${n} --> A${n + 1}`).join("\n")}`,
    `flowchart TD\n${"A --> B\n".repeat(400)}`,
    `flowchart TD\n${"subgraph x\n".repeat(40)}A --> B`,
    `sequenceDiagram\n${"A->>B: hello\n".repeat(2_000)}`,
    `flowchart TD\nA[${"x".repeat(30_000)}]`,
  ])
    assert.throws(() => drawingOf(source, measure), NotADiagram, source.slice(0, 60));
});

test("scraps of diagrams in any order are drawn or refused, never anything else", () => {
  const scraps = [
    ...Object.values(DIAGRAMS).flatMap((source) => [...source.split(/(?<=\n)/).slice(1), ...source.split(/(?=[[({|&;>-])/)]),
    "A",
    " --> ",
    "[",
    "]",
    "((",
    "\n",
    '"',
    "%%",
    "end\n",
    "<<",
    ":",
    "__proto__ --> constructor\n",
  ];
  const heads = ["flowchart LR\n", "graph TD\n", "stateDiagram-v2\n", "sequenceDiagram\n", "pie\n"];
  const below = random(17);
  let drawn = 0;
  for (let round = 0; round < 3_000; round++) {
    const source =
      (heads[below(heads.length)] as string) + Array.from({ length: 1 + below(14) }, () => scraps[below(scraps.length)]).join("");
    try {
      const { marks } = drawingOf(source, measure);
      drawn++;
      for (const each of marks) assert.doesNotMatch(JSON.stringify(each), /null|NaN/, source);
    } catch (error) {
      if (!(error instanceof NotADiagram)) throw new Error(source, { cause: error });
    }
  }
  assert.ok(drawn > 40, `${drawn} drawn`);
  assert.equal(({} as Record<string, unknown>).label, undefined);
});

const LARGE: Record<string, (n: number) => string> = {
  "one long line": (n) => `flowchart TD\nA${" --> A".repeat(n / 6)}`,
  "many links": (n) => `flowchart TD\n${Array.from({ length: n / 12 }, (_, i) => `A${i % 90} --> A${(i * 7) % 90}`).join("\n")}`,
  "labels without end": (n) => `flowchart TD\n${"A -- x ".repeat(n / 7)}`,
  "open brackets": (n) => `flowchart TD\nA${"[".repeat(n)}`,
  "one long label": (n) => `flowchart TD\nA[${"x ".repeat(n / 2)}] --> B`,
  arrows: (n) => `sequenceDiagram\nA${"->>".repeat(n / 3)}B`,
  dashes: (n) => `sequenceDiagram\n${"-".repeat(n)}`,
  "a name without end": (n) => `sequenceDiagram\n${"a ".repeat(n / 2)}`,
  "spaces in a message": (n) => `sequenceDiagram\nA->>B${" ".repeat(n)}`,
  "a pie of spaces": (n) => `pie\n"a"${" ".repeat(n)}x`,
  comments: (n) => `flowchart TD\n${"%%".repeat(n / 2)}`,
};

test("pathological sources take no time", () => {
  for (const [name, make] of Object.entries(LARGE)) {
    const start = process.cpuUsage();
    try {
      drawingOf(make(19_000), measure);
    } catch (error) {
      assert.ok(error instanceof NotADiagram, name);
    }
    const { user } = process.cpuUsage(start);
    // A square law over 19,000 characters takes many seconds: this is a generous deadline, not a measure.
    assert.ok(user < 5_000_000, `${name}: ${user / 1_000} ms`);
  }
});

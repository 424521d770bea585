// Diagrams as data, in node: what is read, where it goes, and what stays code.
import assert from "node:assert/strict";
import { test } from "node:test";
import { drawingOf } from "../src/diagram/diagram.ts";
import { readFlow } from "../src/diagram/flow.ts";
import { NotADiagram } from "../src/diagram/graph.ts";
import {
  CLASSES,
  CONTEXT,
  DEPLOY,
  DIAGRAMS,
  ENTITIES,
  FLAT,
  FLOW,
  GANTT,
  JOURNEY,
  MINDMAP,
  measure,
  PIE,
  SEQUENCE,
  STATES,
  TIMELINE,
  texts,
} from "./drawings.ts";
import { random } from "./random.ts";

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

test("a class diagram has its classes, members, relations and how many there are", () => {
  const { marks, told } = drawingOf(CLASSES, measure);
  for (const each of [
    "«abstract»",
    "Vessel",
    "+String name",
    "+isAfloat(): bool",
    "+horn(): Signal",
    "The harbour",
    "Basket<Ticket>",
    "0..*",
  ])
    assert.ok(texts(marks).includes(each), each);
  assert.match(told, /«abstract» Vessel: \+String name, \+int berths, \+isAfloat\(\): bool, \+tow\(Vessel other\)/);
  assert.match(told, /Ferry «extends» Vessel; Barge «extends» Vessel; Barge «implements» Loadable \(carries\)/);
  assert.match(
    told,
    /The harbour 1 ◆ → 0\.\.\* Vessel \(keeps\); The harbour ◇ → Visitor; Visitor → Ticket \(buys\); Basket<Ticket> → Ticket/,
  );
  assert.match(told, /has a bar, has a crew → Ferry/);
});

test("an entity diagram has its tables, keys and how many stand at each end", () => {
  const { marks, told } = drawingOf(ENTITIES, measure);
  for (const each of ["CUSTOMER", "customer_no", "PK", "never reused", "LINE ITEM", "PK,FK", "Delivery address"])
    assert.ok(texts(marks).includes(each), each);
  assert.match(told, /CUSTOMER: name string, customer_no string PK never reused, email string UK/);
  assert.match(told, /CUSTOMER 1 → 0\.\.\* ORDER \(places\); ORDER 1 → 1\.\.\* LINE ITEM \(contains\)/);
  assert.match(told, /PRODUCT 0\.\.1 → 0\.\.\* LINE ITEM \(is ordered in\); CUSTOMER 0\.\.\* → 1 Delivery address \(uses\)/);
});

test("a C4 diagram has its people, systems and boundaries, and who is from outside", () => {
  const { marks, title, told } = drawingOf(CONTEXT, measure);
  assert.equal(title, "The chat and its surroundings");
  for (const each of [
    "The chat and its surroundings",
    "Chatdock",
    "[External System]",
    "The shop [Enterprise]",
    "Chat [System]",
    "[System: Queue]",
    "Opens [HTTPS]",
  ])
    assert.ok(texts(marks).includes(each), each);
  assert.match(
    told,
    /^Visitor \[Person\]: Asks on a page,\s+or on a phone; Partner \[External Person\]; Shop \[System\]: Has the chat in its corner; /,
  );
  assert.match(told, /Visitor → Shop \(Opens \[HTTPS\]\); Shop → Chatdock \(Talks to\); .*Chatdock → Language model \(Asks \[HTTPS\]\)/);
  // Frames of groups lie within those they are in, or beside one another.
  const frames = drawingOf(DEPLOY, measure).marks.flatMap((each) => (each.kind === "rect" && each.ink === "group" ? [each] : []));
  assert.equal(frames.length, 10);
  for (const [n, a] of frames.entries())
    for (const b of frames.slice(n + 1)) {
      const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      const within = a.x <= b.x && a.y <= b.y && a.x + a.width >= b.x + b.width && a.y + a.height >= b.y + b.height;
      assert.ok(apart || within, `${JSON.stringify(a)} ${JSON.stringify(b)}`);
    }
  const told_ = (lines: string) => drawingOf(`C4Dynamic\n Component(a, "A", "Bean")\n ComponentDb_Ext(b, "B")\n ${lines}`, measure).told;
  const boxes = "A [Component: Bean]; B [External Component: Database]; ";
  assert.equal(told_('Rel(a, b, "calls")\n RelIndex(7, b, a, "answers", "JSON")'), `${boxes}A → B (1: calls); B → A (2: answers [JSON])`);
  assert.equal(told_('Rel_U(a, b, "x")\n Rel_Back(a, b, "y")\n Rel_Left(a, b, "z")'), `${boxes}A → B (1: x); B → A (2: y); A → B (3: z)`);
  assert.equal(
    drawingOf('C4Deployment\n Node(a, "Server", "Linux") {\n }\n Deployment_Node(b, "Phone")\n Rel(b, a, "asks")', measure).told,
    "Phone → Server [Linux] (asks)",
  );
});

test("a gantt has its tasks where they are in time, without the days left out", () => {
  const { title, told, marks } = drawingOf(GANTT, measure);
  assert.equal(title, "Moving the shop");
  assert.deepEqual(told.split("; "), [
    "Plan, Choose a server: 2026-03-02 – 2026-03-05, done",
    // Monday to Wednesday, then Thursday, Friday and three days of the week after.
    "Plan, Write the migration: 2026-03-05 – 2026-03-12, active",
    "Move, Copy the data: 2026-03-12 – 2026-03-14, crit",
    "Move, Switch over: 2026-03-14, crit, milestone",
    "Move, Watch it: 2026-03-14 – 2026-03-25",
    "Afterwards, Take the old one away: 2026-03-30 – 2026-04-03",
  ]);
  assert.ok(
    texts(marks).some((each) => /^\d\d\.03\.$/.test(each)),
    "the axis is written as asked",
  );
  const hours = drawingOf(
    "gantt\n dateFormat YYYY-MM-DD HH:mm\n axisFormat %H:%M\n a : 2026-01-01 09:00, 90m\n b : b, 2h\n c : x, after b, 1h",
    measure,
  );
  assert.deepEqual(hours.told.split("; "), [
    "a: 2026-01-01 09:00 – 2026-01-01 10:30",
    "b: 2026-01-01 10:30 – 2026-01-01 12:30",
    "c: 2026-01-01 12:30 – 2026-01-01 13:30",
  ]);
});

test("a mindmap, a timeline and a journey are told in their order", () => {
  assert.equal(
    drawingOf(MINDMAP, measure).told,
    "Chat on a page (Embedding (Script tag, React, Iframe), Server (Sessions, Threads and runs, SQLite or PostgreSQL), Trust (No HTML strings, Strict policies))",
  );
  const timeline = drawingOf(TIMELINE, measure);
  assert.equal(timeline.title, "How chats came to pages");
  assert.match(timeline.told, /^Before 2010: 1996: ICQ; 1997: AIM, the first bots on it; Since: 2011: Widgets/);
  assert.match(timeline.told, /2022: Answers from language models, streamed word by word; 2026: Open widgets$/);
  assert.match(
    drawingOf(JOURNEY, measure).told,
    /^Morning: Open the shop: 5\/5 \(Ada\); Sort the mail: 3\/5 \(Ada\); Answer it: 1\/5 \(Ada, Mara\); Evening: /,
  );
});

test("the title and description for those who do not see are no lines of any diagram", () => {
  for (const [name, source] of Object.entries(DIAGRAMS)) {
    const [, front = "", head, rest] = /^((?:---[\s\S]*?---\n)?(?:%%.*\n)*)([^\n]*\n)([\s\S]*)$/.exec(source) ?? [];
    if (!rest) continue;
    const said = `accTitle: Told\naccDescr: A line, and\naccDescr {\n  several\n  lines\n}\n`;
    assert.equal(drawingOf(`${front}${head}${said}${rest}`, measure).told, drawingOf(source, measure).told, name);
  }
  assert.equal(drawingOf('treemap\naccTitle : Told\n"a": 1', measure).title, "Told");
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
    "zenuml\n A->B: hi",
    "C4Context",
    "C4Context\n Person()",
    'C4Context\n Person(a, "A"',
    'C4Context\n Robot(a, "A")',
    'C4Context\n Person(a, "A")\n Rel(a, nobody, "x")',
    'C4Context\n Boundary(b, "B") {\n Person(a, "A")',
    'C4Context\n Person(a, "A")\n }',
    'C4Context\n Boundary(b, "B") {\n Boundary(b, "B") {\n Person(a, "A")\n }\n }',
    `C4Context\n${Array.from({ length: 20 }, (_, n) => `Boundary(b${n}, "B") {`).join("\n")}\nPerson(a, "A")${"\n}".repeat(20)}`,
    `C4Context\n${Array.from({ length: 200 }, (_, n) => `Person(a${n}, "A")`).join("\n")}`,
    "requirementDiagram",
    "requirementDiagram\n wish a {\n }",
    "requirementDiagram\n requirement a {\n id: 1",
    "requirementDiagram\n requirement a {\n colour: red\n }",
    "requirementDiagram\n requirement a {\n }\n a - likes -> a",
    "requirementDiagram\n requirement a {\n }\n a - refines -> b",
    `requirementDiagram\n requirement a {\n${"id: 1\n".repeat(20)}}`,
    "kanban",
    `kanban\n${Array.from({ length: 20 }, (_, n) => `c${n}[C]`).join("\n")}`,
    `kanban\n a\n${"  b\n".repeat(100)}`,
    "packet",
    "packet\n 0-15: a\n 17: b",
    "packet\n 15-0: a",
    "packet\n 0-99999: a",
    "packet\n +0: a",
    `packet\n${"+1: a\n".repeat(300)}`,
    "radar-beta",
    "radar-beta\n axis A, B\n curve x{1, 2}",
    "radar-beta\n axis A, B, C\n curve x{1, 2}",
    "radar-beta\n axis A, B, C\n curve x{1, 2, many}",
    "radar-beta\n axis A, B, C\n curve x{A: 1, B: 2, D: 3}",
    "radar-beta\n axis A, B, C\n curve x{0, 0, 0}",
    "radar-beta\n axis A, B, C\n curve x{1, 2, 3}\n max 1\n min 2",
    `radar-beta\n axis ${Array.from({ length: 40 }, (_, n) => `A${n}`)}`,
    "sankey-beta",
    "sankey\nmill,bakery",
    "sankey\nmill,bakery,much",
    "sankey\nmill,bakery,-3",
    "sankey\nmill,bakery,0",
    "sankey\nmill,bakery,1e9",
    "sankey\nmill,bakery,1,2",
    "sankey\n,bakery,1",
    'sankey\n"mill,bakery,1',
    "sankey\nmill,mill,1",
    "sankey\nmill,bakery,1\nbakery,shop,1\nshop,mill,1",
    `sankey\n${"mill,bakery,1\n".repeat(300)}`,
    `sankey\n${Array.from({ length: 30 }, (_, n) => `mill ${n},mill ${n + 1},1`).join("\n")}`,
    `sankey\n${Array.from({ length: 120 }, (_, n) => `mill ${n},shop,1`).join("\n")}`,
    `sankey\n${"m".repeat(1_200)},bakery,1`,
    "treemap-beta",
    'treemap\n"Ropes"',
    'treemap\n"Ropes": 0',
    'treemap\n"Ropes": -1',
    'treemap\n"Ropes": much',
    "treemap\nRopes: 3",
    'treemap\n"Ropes: 3',
    `treemap\n${'"Ropes": 1\n'.repeat(300)}`,
    `treemap\n${Array.from({ length: 20 }, (_, n) => `${" ".repeat(n)}"Ropes"`).join("\n")}: 3`,
    "block-beta",
    "block\n columns 2\n space:3",
    "block\n block:a\n b",
    "block\n a\n end",
    "block\n a[open",
    "block\n a --> ",
    "block\n a<[far]>(right",
    `block\n${"block\n".repeat(12)} a\n${"end\n".repeat(12)}`,
    `block\n${"a space ".repeat(300)}`,
    `block\n${Array.from({ length: 200 }, (_, n) => `b${n}`).join(" ")}`,
    "architecture-beta",
    "architecture\n robot a(cloud)[A]",
    "architecture\n service a(cloud)[A] in nowhere",
    "architecture\n service a(cloud)[A]\n service a(disk)[B]",
    "architecture\n service a(cloud)[A]\n a:R -- L:a",
    "architecture\n service a(cloud)[A]\n a:R -- L:b",
    "architecture\n service a[A]\n service b[B]\n a:X -- L:b",
    "architecture\n service a[A]\n service b[B]\n a:R -> L:b",
    "architecture\n group a(cloud)[A] in a\n service b[B] in a",
    `architecture\n${Array.from({ length: 100 }, (_, n) => `service s${n}(server)[S]`).join("\n")}`,
    `architecture\nservice s[S]\n${Array.from({ length: 12 }, (_, n) => `group g${n}[G]${n ? ` in g${n - 1}` : ""}`).join("\n")}`,
    "gitGraph",
    "xychart-beta",
    "xychart sideways\n line [1]",
    "xychart\n line []",
    "xychart\n line [1, two]",
    "xychart\n line [1",
    "xychart\n line [1e400]",
    "xychart\n line [9999999999999999999]",
    "xychart\n y-axis [a, b]\n line [1]",
    "xychart\n x-axis 1 --> 2 --> 3\n line [1]",
    "xychart\n pie [1]",
    `xychart\n line [${"1,".repeat(200)}1]`,
    `xychart\n${"line [1]\n".repeat(20)}`,
    `xychart\n x-axis [${"a,".repeat(200)}]\n line [1]`,
    "quadrantChart",
    "quadrantChart\n quadrant-5 x",
    "quadrantChart\n A: [0.5]",
    "quadrantChart\n A: [0.5, 1.2]",
    "quadrantChart\n A: [0.5, -1]",
    "quadrantChart\n A: [0.5, 0.5, 0.5]",
    "quadrantChart\n A: [0.5, 0.5] fill: url(https://evil.example)",
    "quadrantChart\n A: [0.5, 0.5] color: url(https://evil.example)",
    `quadrantChart\n${"A: [0.5, 0.5]\n".repeat(100)}`,
    "gitGraph RL:\n commit",
    "gitGraph\n branch develop",
    "gitGraph\n commit\n checkout nowhere",
    "gitGraph\n commit\n merge main",
    "gitGraph\n commit\n branch a\n merge main",
    "gitGraph\n commit\n branch a\n branch a",
    "gitGraph\n commit\n branch a order: x",
    "gitGraph\n commit type: LARGE",
    'gitGraph\n commit\n cherry-pick id: "gone"',
    `gitGraph\n${"commit\n".repeat(200)}`,
    `gitGraph\ncommit\n${Array.from({ length: 30 }, (_, n) => `branch b${n}\ncommit`).join("\n")}`,
    `gitGraph\ncommit ${'tag: "a" '.repeat(50)}`,
    "classDiagram",
    "classDiagram\n A <-> B",
    "classDiagram\n class A {\n +x".concat("\n +y".repeat(200)),
    "erDiagram\n A ||--> B : x",
    "erDiagram\n A {\n lonely\n }",
    "gantt\n a : after b, 3d",
    "gantt\n a : 2026-01-02, 2026-01-01",
    "gantt\n a : 2026-01-02, soon",
    `gantt\n excludes monday tuesday wednesday thursday friday weekends\n a : 2026-01-01, 9d`,
    "mindmap",
    "mindmap\n a\n b",
    "timeline\n title x",
    "journey\n Open the shop: good: Me",
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
  const heads = [
    ...["flowchart LR\n", "graph TD\n", "stateDiagram-v2\n", "sequenceDiagram\n", "pie\n", "classDiagram\n", "erDiagram\n"],
    ...["gantt\n", "mindmap\n", "timeline\n", "journey\n", "gitGraph\n", "quadrantChart\n", "xychart-beta\n", "C4Context\n"],
    ...["requirementDiagram\n", "kanban\n", "packet\n", "radar-beta\naxis A, B, C\n", "sankey\n", "treemap\n"],
    ...["architecture\nservice A[B]\nservice B[C]\n", "block\ncolumns 3\n"],
  ];
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
  "a class without end": (n) => `classDiagram\nA ${"-".repeat(n)}`,
  "quotes in a relation": (n) => `classDiagram\nA ${'"'.repeat(n)} --> B`,
  "names of a class": (n) => `classDiagram\n${"a.".repeat(n / 2)}`,
  generics: (n) => `classDiagram\nclass A${"~".repeat(n)}`,
  "spaces in a member": (n) => `classDiagram\nA : x${" ".repeat(n)}`,
  "dashes of an entity": (n) => `erDiagram\nA${"-a".repeat(n / 2)}`,
  "keys of an attribute": (n) => `erDiagram\nA {\nint a PK${", PK".repeat(n / 4)} x`,
  "a format of a date": (n) => `gantt\ndateFormat ${"D".repeat(n)}\na : ${"1".repeat(n)}, 2d`,
  "a date without end": (n) => `gantt\na : ${"1".repeat(n)}, 2d`,
  "a task of years": () => "gantt\nexcludes weekends\na : 2026-01-01, 99999999d",
  "a task of ages": () => "gantt\ndateFormat x\na : 1, 8640000000000000",
  "tasks after all others": (n) => `gantt\na : a, 2026-01-01, 1d\nb : after ${"a ".repeat(n / 2)}, 1d`,
  "brackets of a mindmap": (n) => `mindmap\n a${"(".repeat(n)}`,
  "a deep mindmap": (n) => `mindmap\n${Array.from({ length: Math.floor(Math.sqrt(n)) }, (_, i) => `${" ".repeat(i)}a`).join("\n")}`,
  "colons of a timeline": (n) => `timeline\na${" : ".repeat(n / 3)}`,
  "people of a journey": (n) => `journey\na: 3: ${"b, ".repeat(n / 3)}`,
  "quotes of a commit": (n) => `gitGraph\ncommit ${'"'.repeat(n)}`,
  "tags of a commit": (n) => `gitGraph\ncommit ${"tag:".repeat(n / 4)}`,
  "spaces of a commit": (n) => `gitGraph\ncommit${" ".repeat(n)}x`,
  "a branch without end": (n) => `gitGraph\ncommit\nbranch ${"a ".repeat(n / 2)}`,
  "colons of a point": (n) => `quadrantChart\n${": ".repeat(n / 2)}`,
  "spaces of a point": (n) => `quadrantChart\nA${" ".repeat(n)}:`,
  "styles of a point": (n) => `quadrantChart\nA: [0.5, 0.5] ${"radius: 3,".repeat(n / 10)}`,
  "points at one place": (n) => `quadrantChart\n${"words: [0.5, 0.5]\n".repeat(60)}`.slice(0, n),
  "numbers of a series": (n) => `xychart\nline [${"1".repeat(n)}]`,
  "points of a series": (n) => `xychart\nline [${"1,".repeat(n / 2)}]`,
  "quotes of an axis": (n) => `xychart\nx-axis [${'"'.repeat(n)}]\nline [1]`,
  "arrows of an axis": (n) => `xychart\nx-axis ${"-->".repeat(n / 3)}\nline [1]`,
  "spaces of an axis": (n) => `xychart\nx-axis a${" ".repeat(n)}b\nline [1]`,
  "arguments of a person": (n) => `C4Context\nPerson(${"a,".repeat(n / 2)})`,
  "quotes of a person": (n) => `C4Context\nPerson(a, ${'"'.repeat(n)})`,
  "names of arguments": (n) => `C4Context\nPerson(${"$a".repeat(n / 2)})`,
  "boundaries around nothing": () => `C4Context\n${Array.from({ length: 50 }, (_, i) => `Boundary(b${i}, "B") {\n}`).join("\n")}`,
  "everyone in a boundary": () =>
    `C4Context\n${Array.from({ length: 50 }, (_, i) => `Boundary(b${i}, "B") {\nPerson(p${i}, "P")\nSystem(s${i}, "S")\n}\nRel(p${i}, s${(i * 7) % 50 && i}, "x")`).join("\n")}`,
  "names of requirements": (n) => `requirementDiagram\n${`${"a ".repeat(450)}\n`.repeat(n / 901)}`,
  "dashes of requirements": (n) => `requirementDiagram\n${`${"a - ".repeat(240)}\n`.repeat(n / 961)}`,
  "brackets of a card": (n) => `kanban\n a\n  b${"[".repeat(n / 10)}`,
  "marks of a card": (n) => `kanban\n a\n  b${"@".repeat(n / 10)}@{${"a:".repeat(n / 30)}`,
  "spaces of a field": (n) => `packet\n0${" ".repeat(n)}:`,
  "values of a curve": (n) => `radar-beta\naxis A, B, C\ncurve x{${"1,".repeat(n / 2)}`,
  "axes of a radar": (n) => `radar-beta\naxis ${"a".repeat(n)}[`,
  "quotes of a flow": (n) => `sankey\n${`${'"'.repeat(900)},\n`.repeat(n / 902)}`,
  "spaces of a flow": (n) => `sankey\n${`a${" ".repeat(900)}b\n`.repeat(n / 903)}`,
  "flows in a circle": (n) => `sankey\n${Array.from({ length: n / 12 }, (_, i) => `${i % 90},${(i * 7 + 1) % 90},1`).join("\n")}`,
  "flows over all columns": () =>
    `sankey\n${Array.from({ length: 190 }, (_, i) => `${i % 19},${i < 19 ? (i % 19) + 1 : 19},${i + 1}`).join("\n")}`,
  "spaces of a leaf": (n) => `treemap\n${`"a"${" ".repeat(900)}x\n`.repeat(n / 905)}`,
  "leaves of a treemap": () => `treemap\n${Array.from({ length: 199 }, (_, i) => `"leaf": ${2 ** (i % 45)}`).join("\n")}`,
  "spaces of a service": (n) => `architecture\nservice${" ".repeat(n)}x(`,
  "a name of a service": (n) => `architecture\nservice ${"a".repeat(n)}[`,
  "spaces of a line": (n) => `architecture\nservice a[A]\na${" ".repeat(n)}:`,
  "services side by side": () =>
    `architecture\n${Array.from({ length: 80 }, (_, i) => `service s${i}[S]`).join("\n")}\n${Array.from({ length: 79 }, (_, i) => `s${i}:R -- L:s${i + 1}`).join("\n")}`,
  "services on one side": () =>
    `architecture\n${Array.from({ length: 80 }, (_, i) => `service s${i}[S]`).join("\n")}\n${Array.from({ length: 200 }, (_, i) => `s${i % 7}:R -- L:s${(i * 11) % 79 || 79}`).join("\n")}`,
  "services on the slant": () =>
    `architecture\n${Array.from({ length: 20 }, (_, i) => `service s${i}[S]`).join("\n")}\n${Array.from({ length: 19 }, (_, i) => `s${i}:R -- T:s${i + 1}`).join("\n")}`,
  "one long row of blocks": (n) => `block\n${"a ".repeat(n / 2)}`,
  "arrows of blocks": (n) => `block\na${"<[".repeat(n / 2)}`,
  "lines between blocks": () =>
    `block\ncolumns 12\n${Array.from({ length: 140 }, (_, i) => `b${i}`).join(" ")}\n${Array.from({ length: 290 }, (_, i) => `b${i % 140} --> b${(i * 37 + 1) % 140}`).join("\n")}`,
  "blocks in blocks": () =>
    `block\n${Array.from({ length: 60 }, (_, i) => `block:g${i}\ncolumns ${1 + (i % 5)}\na${i} b${i}:2\nend`).join("\n")}\n${Array.from({ length: 59 }, (_, i) => `g${i} --> b${i + 1}`).join("\n")}`,
  "descriptions without end": (n) => `treemap\n${"accDescr {\n".repeat(n / 11)}`,
  directives: (n) => `${"%%{".repeat(n / 3)}\ngitGraph\ncommit`,
  "settings of nothing": (n) => `%%{${"mainBranchName:".repeat(n / 15)}}%%\ngitGraph\ncommit`,
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

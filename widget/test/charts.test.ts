// Diagrams drawn to a scale of their own, as data, in node: histories, quadrants, charts, boards and packets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { drawingOf } from "../src/diagram/diagram.ts";
import {
  ARCHITECTURE,
  BARS,
  BLOCK,
  CURVE,
  GIT,
  KANBAN,
  LOG,
  measure,
  PACKET,
  QUADRANT,
  RADAR,
  REQUIREMENTS,
  SANKEY,
  TREEMAP,
  texts,
  XY,
} from "./drawings.ts";

test("a git graph has its branches in their order, and tells what happened on them", () => {
  const { marks, told, width, height } = drawingOf(GIT, measure);
  assert.deepEqual(told.split("; "), [
    "main: start, widget [v0.1]",
    "develop: sessions, commit",
    "feature/diagrams: parser for all kinds, drawing [HIGHLIGHT]",
    "main: hotfix [v0.1.1]",
    "develop: cherry-pick hotfix, merge feature/diagrams: reviewed, no such idea [REVERSE]",
    "main: merge develop [v1.0] [latest], commit",
  ]);
  for (const each of ["main", "develop", "feature/diagrams", "parser for all", "v0.1.1", "cherry-pick: hotfix"])
    assert.ok(
      texts(marks).some((text) => text.startsWith(each)),
      each,
    );
  assert.ok(width > height, "from left to right unless told");
  const log = drawingOf(LOG, measure);
  assert.equal(log.title, "Releases");
  assert.equal(
    log.told,
    "trunk: first; release: freeze [rc.1]; trunk: go on with what comes after the release, merge release: back [HIGHLIGHT], commit",
  );
  assert.ok(log.height > log.width, "from top to bottom");
  // Mermaid's own rule: behind the main branch those without a place, then those with one.
  const lanes = (source: string) =>
    texts(drawingOf(source, measure).marks)
      .filter((each) => /^(?:sail|oar|mast|keel|main)$/.test(each))
      .join(" ");
  const placed = "gitGraph\ncommit\nbranch sail order: 7\nbranch oar\nbranch mast\nbranch keel order: 2";
  assert.equal(lanes(placed), "main oar mast keel sail");
  assert.equal(lanes(`%%{init: {"gitGraph": {"mainBranchOrder": 3}} }%%\n${placed}`), "oar mast keel main sail");
  const up = (source: string) => drawingOf(source, measure).marks.flatMap((each) => (each.kind === "circle" ? [each.y] : []));
  const [first = 0, second = 0] = up("gitGraph BT:\n commit\n commit");
  assert.ok(first > second, "from the bottom up");
});

test("a quadrant chart has its points where they are, told with the field they are in", () => {
  const { marks, title, told } = drawingOf(QUADRANT, measure);
  assert.equal(title, "What to mend first");
  assert.match(told, /^Seldom asked → Asked every day; Quick work → Long work; Old invoices \(0\.28, 0\.62\): Say no kindly; Returns/);
  assert.match(
    told,
    /Refunds \(0\.61, 0\.71\): Plan with care; Hours: holidays \(0\.8, 0\.3\): Mend today; Fax \(0\.38, 0\.36\): Fill an hour/,
  );
  const points = marks.flatMap((each) => (each.kind === "circle" ? [each] : []));
  const at = (radius: number) => points.find(({ r }) => r === radius);
  assert.deepEqual([at(12)?.ink, at(9)?.ink], ["slice s3", "slice s0"], "a red is our red");
  assert.ok(
    points.some(({ ink }) => ink === "slice s6"),
    "a grey of a class is our grey",
  );
  const [refunds, returns] = [at(12), at(9)];
  assert.ok(refunds && returns && refunds.x > returns.x && refunds.y < returns.y, "further right and up");
  // No word covers another, or a point.
  const boxes = [
    ...marks.flatMap((each) => {
      if (each.kind !== "text" || each.turned || each.start) return [];
      const [width, height] = [Math.max(...each.lines.map(measure)), each.lines.length * 19];
      return [{ of: each.lines.join(" "), l: each.x - width / 2, r: each.x + width / 2, t: each.y - height / 2, b: each.y + height / 2 }];
    }),
    ...points.map(({ x, y, r }) => ({ of: `point at ${x}, ${y}`, l: x - r, r: x + r, t: y - r, b: y + r })),
  ];
  for (const [n, a] of boxes.entries())
    for (const b of boxes.slice(n + 1))
      if (!a.of.startsWith("point") || !b.of.startsWith("point"))
        assert.ok(a.r <= b.l || b.r <= a.l || a.b <= b.t || b.b <= a.t, `${a.of} over ${b.of}`);
  assert.equal(drawingOf("quadrantChart\n x-axis Urgent\n quadrant-1 Plan\n quadrant-3 Delegate", measure).told, "Urgent; Plan; Delegate");
  const huge = drawingOf("quadrantChart\n A: [0.5, 0.5] radius: 99999\n B: [0, 1] radius: 0", measure).marks;
  assert.deepEqual(
    huge.flatMap((each) => (each.kind === "circle" ? [each.r] : [])),
    [24, 3],
    "what is too large or too small to read is not",
  );
});

test("a chart has its series as bars and lines over names or a range, in both directions", () => {
  const { marks, title, told } = drawingOf(XY, measure);
  assert.equal(title, "Questions in a year");
  assert.match(told, /^Questions \(a day's\); bar: jan 500, feb 540, .*dec 1040; line the year before: jan 450, /);
  const bars = (source: string) =>
    drawingOf(source, measure).marks.flatMap((each) =>
      each.kind === "rect" && each.ink === "slice s0" && each.width !== 12 ? [each] : [],
    );
  const upright = bars(XY);
  assert.equal(upright.length, 12);
  const bottoms = new Set(upright.map(({ y, height }) => Math.round(y + height)));
  assert.equal(bottoms.size, 1, "they stand on one line");
  const heights = upright.map(({ height }) => height);
  assert.ok(Math.abs((heights[6] as number) / (heights[0] as number) - 6.8) < 0.01, "from the beginning of the axis as told");
  assert.equal(marks.filter((each) => each.kind === "circle" && each.ink === "slice s1").length, 12);
  const lying = bars(BARS);
  assert.ok(lying.every(({ width, height }, n) => height === lying[0]?.height && (n === 0 || width < (lying[0]?.width ?? 0))));
  const { marks: more, told: toldBars } = drawingOf(BARS, measure);
  assert.equal(
    toldBars,
    "Door / Tickets; bar this year: Chat on the page 120, Telephone 84.5, E-mail, forms and letters 31; bar last year: Chat on the page 95, Telephone 110, E-mail, forms and letters -6",
  );
  for (const each of ["this year", "last year", "E-mail, forms and letters"]) assert.ok(texts(more).includes(each), each);
  assert.equal(drawingOf(CURVE, measure).told, "Year; line: 1998 2.5, 2002 0.8, 2006 3, 2010 -0.75, 2014 640, 2018 1900, 2022 1750");
  const long = drawingOf(
    `xychart\n x-axis [${Array.from({ length: 30 }, (_, n) => `"category number ${n}"`)}]\n bar [${"1,".repeat(29)}1]`,
    measure,
  );
  assert.ok(
    long.marks.some((each) => each.kind === "text" && each.turned),
    "names without room are turned",
  );
  assert.ok(long.width < 900);
  // A series of nothing but one number, of zeros, of huge and of tiny ones.
  for (const values of ["5", "0", "0, 0", "-3", "900000000000000, 1", "0.000001, 0.000002"])
    for (const kind of ["bar", "line"])
      assert.doesNotMatch(JSON.stringify(drawingOf(`xychart\n${kind} [${values}]`, measure)), /null|NaN|Infinity/, values);
});

test("a requirement diagram has its boxes and what they are to each other", () => {
  const { marks, told } = drawingOf(REQUIREMENTS, measure);
  for (const each of [
    "«functionalRequirement»",
    "keeps threads",
    "verifymethod",
    "inspection",
    "five seconds, day and night.",
    "PostgreSQL",
  ])
    assert.ok(texts(marks).includes(each), each);
  assert.match(
    told,
    /^«requirement» answers: id 1, text Every question is answered within, five seconds, day and night\., risk high, verifymethod test; /,
  );
  assert.match(told, /answers → keeps threads \(contains\); store → keeps threads \(satisfies\); suite → keeps threads \(verifies\)$/);
});

test("a board has its columns with their cards, and marks what is urgent", () => {
  const { marks, title, told } = drawingOf(KANBAN, measure);
  assert.equal(title, "This week");
  assert.deepEqual(told.split("; "), [
    "Next: Name the harbour, Write about the new diagrams (ada)",
    "On the desk: Draw cards so that long texts have room in all cases, and some more (HP-77, Mara, Very High)",
    "Done: Parser (Low), Layout",
  ]);
  const rects = (ink: string) => marks.flatMap((each) => (each.kind === "rect" && each.ink === ink ? [each] : []));
  const columns = rects("section");
  assert.equal(columns.length, 3);
  const within = (card: { x: number; y: number; width: number; height: number }) =>
    columns.findIndex(
      ({ x, y, width, height }) => card.x > x && card.y > y && card.x + card.width < x + width && card.y + card.height < y + height,
    );
  assert.deepEqual(rects("node").map(within), [0, 0, 1, 2, 2]);
  assert.deepEqual([rects("slice s3").map(within), rects("slice s0").map(within)], [[1], [2]]);
});

test("a packet has its fields in rows of bits", () => {
  const fields = (source: string) =>
    drawingOf(source, measure)
      .marks.flatMap((each) => (each.kind === "rect" ? [each] : []))
      .map(({ x, y, width }) => [Math.round(x), y, Math.round(width)]);
  const { told, marks } = drawingOf(PACKET, measure);
  assert.match(told, /^0–15: From buoy; 16–31: To station; 32–63: Tides counted; 64–67: Kind; 68: FOG; /);
  const all = fields(PACKET);
  // The last field goes on in the row after.
  assert.equal(all.length, 10);
  assert.equal(new Set(all.map(([, y]) => y)).size, 4);
  assert.ok(marks.some((each) => each.kind === "text" && each.turned && each.lines[0] === "ICE"));
  const rows = "packet\n+4: a\n+4: b";
  const [left, right] = fields(rows);
  const mirrored = fields(`---\nconfig:\n  packet:\n    bitOrder: descending\n    bitsPerRow: 8\n---\n${rows}`);
  assert.ok((left?.[0] ?? 0) < (right?.[0] ?? 0) && (mirrored[0]?.[0] ?? 0) > (mirrored[1]?.[0] ?? 0));
  assert.ok((mirrored[0]?.[2] ?? 0) > 3 * (left?.[2] ?? 0), "a quarter of the bits in a row are four times as wide");
});

test("a radar has its values on their axes, also where they are told by name", () => {
  const { told, title, marks } = drawingOf(RADAR, measure);
  assert.equal(title, "Two boats");
  assert.equal(
    told,
    "Heron: Speed 82, Room 64, Price 91, Calm 73, Harbours within a day 58, Looks 95; Gull: Speed 61, Room 88, Price 77, Calm 84, Harbours within a day 93, Looks 66",
  );
  for (const each of ["Speed", "Harbours within a day", "Heron", "Gull"]) assert.ok(texts(marks).includes(each), each);
  const [top] = marks.flatMap((each) => (each.kind === "circle" && each.ink === "slice s0" ? [each] : []));
  const [first] = texts(marks).flatMap((each) =>
    each === "Speed" ? marks.filter((mark) => mark.kind === "text" && mark.lines[0] === "Speed") : [],
  );
  assert.ok(top && first?.kind === "text" && Math.abs(top.x - first.x) < 0.1 && top.y > first.y, "the first axis goes up");
  const round = drawingOf("radar-beta\n axis A, B, C\n curve x{1, 2, 3}\n ticks 3\n showLegend false", measure).marks;
  assert.equal(round.filter((each) => each.kind === "circle" && each.ink === "rule").length, 3);
  assert.ok(!texts(round).includes("x"));
});

test("a sankey has its bars in columns by the longest way, as high as what flows, and bands between them", () => {
  const { marks, title, told } = drawingOf(SANKEY, measure);
  assert.equal(title, "Where a year's grain goes");
  assert.match(told, /^Own fields → Granary \(340\.5t\); Neighbours, by cart → Granary \(120t\); .*Harbour → The "old" mill \(40t\); /);
  for (const each of ["Granary", "545.5t", 'The "old" mill', "Bakeries", "328t"]) assert.ok(texts(marks).includes(each), each);
  const bars = (source: string) =>
    drawingOf(source, measure).marks.flatMap((each) => (each.kind === "rect" ? [{ ...each, x: Math.round(each.x) }] : []));
  // In the order of their first lines: fields, granary, neighbours, harbour, old mill, new mill, seed, mice, bakeries, bran.
  const all = bars(SANKEY);
  const columns = [...new Set(all.map(({ x }) => x))].sort((a, b) => a - b);
  assert.deepEqual(
    all.map(({ x }) => columns.indexOf(x)),
    [0, 1, 0, 0, 1, 2, 3, 3, 3, 3],
  );
  const [fields, granary] = all;
  assert.ok(fields && granary && Math.abs(granary.height / fields.height - 545.5 / 340.5) < 1e-6);
  for (const [n, a] of all.entries())
    for (const b of all.slice(n + 1)) assert.ok(a.x !== b.x || a.y + a.height < b.y || b.y + b.height < a.y, `${a.y} ${b.y}`);
  const bands = marks.flatMap((each) => (each.kind === "path" && each.ink.endsWith(" band") ? [each.ink] : []));
  assert.equal(bands.length, 11);
  assert.equal(bands[0], "slice s0 band", "in the colour of where it comes from");
  // Who could stand in several columns stands at the end, unless told.
  const placed = (alignment: string) => {
    const found = bars(`---\nconfig:\n  sankey:\n    nodeAlignment: ${alignment}\n---\nsankey\na,b,2\nb,c,2\nc,d,2\na,e,1\nf,c,1\n`).map(
      ({ x }) => x,
    );
    const order = [...new Set(found)].sort((a, b) => a - b);
    return found.map((x) => order.indexOf(x)).join("");
  };
  assert.deepEqual(["justify", "left", "right", "center"].map(placed), ["012330", "012310", "012331", "012311"]);
  assert.ok(!texts(drawingOf(SANKEY.replace("suffix:", "showValues: false\n    suffix:"), measure).marks).includes("328t"));
});

test("a treemap has rectangles as large as their amounts, each within its section", () => {
  const { marks, title, told } = drawingOf(TREEMAP, measure);
  assert.equal(title, "What fills the warehouse");
  assert.equal(
    told,
    "Ropes and sails 2,875.5 (Hemp 1,240, Nylon 860, Sails 775.5 (Mainsails 420, Jibs, all sizes 310.5, Spinnakers 45)); Engines 1,842 (Outboard 980, Diesel 640, Spare parts in drawers 210, Keys 12); Paint 530",
  );
  for (const each of ["Ropes and sails", "2,875.5", "Hemp", "1,240", "Sails", "Paint"]) assert.ok(texts(marks).includes(each), each);
  const rects = (ink: string) => marks.flatMap((each) => (each.kind === "rect" && each.ink.endsWith(ink) ? [each] : []));
  const [leaves, sections] = [rects(" band"), rects(" area")];
  assert.deepEqual([leaves.length, sections.length], [10, 3]);
  const inside = (a: (typeof leaves)[0], b: (typeof leaves)[0]) =>
    a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;
  assert.deepEqual(
    sections.map((section) => leaves.filter((each) => inside(each, section)).length),
    [5, 3, 4],
  );
  for (const [n, a] of leaves.entries())
    for (const b of leaves.slice(n + 1))
      assert.ok(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y);
  // The gaps between them aside.
  const [hemp, nylon] = leaves.map(({ width, height }) => (width + 2) * (height + 2));
  assert.ok(hemp && nylon && Math.abs(hemp / nylon - 1240 / 860) < 1e-6);
  // What is too small to be seen is told all the same.
  for (const small of [12, 0.5, 0.000001]) {
    const tiny = drawingOf(`treemap\n"Paint": 980\n"Keys"\n  "Brass": ${small}\n  "Iron": ${small}\n"Ropes": 530`, measure);
    assert.doesNotMatch(JSON.stringify(tiny.marks), /null/, String(small));
    assert.match(tiny.told, /Keys .* \(Brass .*, Iron /);
  }
  const share = (format: string) => drawingOf(`---\nconfig:\n  treemap:\n    ${format}\n---\ntreemap\n"Ropes": 0.125`, measure).told;
  assert.deepEqual(["valueFormat: '.1%'", "valueFormat: '$.2f'", "valueFormat: ','", "showValues: false"].map(share), [
    "Ropes 12.5%",
    "Ropes $0.13",
    "Ropes 0.125",
    "Ropes",
  ]);
});

test("an architecture has its services on the sides they are connected at, in the frames of their groups", () => {
  const { marks, title, told } = drawingOf(ARCHITECTURE, measure);
  assert.equal(title, "The ferry's tickets");
  assert.equal(
    told,
    "Kiosk → Ticket desk (buys); Gate → Kiosk; Gate → Prices and timetables; Ticket desk → Prices and timetables; Ticket desk → Book of journeys; Book of journeys → Copy; Ticket desk → ●; ● → Bank; ● → Mail",
  );
  const rects = (ink: string) => marks.flatMap((each) => (each.kind === "rect" && each.ink === ink ? [each] : []));
  const words = marks.flatMap((each) => (each.kind === "text" ? [each] : []));
  const boxes = rects("node").map((box) => {
    const text = words.find(({ x, y }) => x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height);
    return { ...box, name: text?.lines.join(" ") };
  });
  const box = (name: string) => boxes.find((each) => each.name === name) ?? assert.fail(name);
  const [kiosk, desk, gate, prices] = [box("Kiosk"), box("Ticket desk"), box("Gate"), box("Prices and timetables")];
  assert.ok(kiosk.y === desk.y && kiosk.x < desk.x, "right of the kiosk is the desk");
  assert.ok(gate.x === kiosk.x && gate.y > kiosk.y && prices.y === gate.y && prices.x === desk.x, "below them what is below");
  assert.ok(box("Bank").y === box("Mail").y && box("Bank").y < desk.y, "above it what its junction leads to");
  // Each frame goes around its own, and around no other.
  const within = (frame: (typeof boxes)[0] | ReturnType<typeof rects>[0]) =>
    boxes
      .filter(
        ({ x, y, width, height }) => x > frame.x && y > frame.y && x + width < frame.x + frame.width && y + height < frame.y + frame.height,
      )
      .map(({ name }) => name)
      .sort()
      .join(", ");
  assert.deepEqual(rects("group").map(within), [
    "Book of journeys, Copy, Prices and timetables, Ticket desk",
    "Gate, Kiosk",
    "Book of journeys, Copy",
  ]);
});

test("lines of an architecture have right angles, cross no service and tell apart what they connect", () => {
  const names = ["hub", ...Array.from({ length: 8 }, (_, n) => `s${n}`)];
  const lines = names.flatMap((from, a) => names.slice(a + 1).flatMap((to, b) => ((a * 3 + b) % 4 ? [] : [`${from}:R -- L:${to}`])));
  const { marks } = drawingOf(
    `architecture-beta\n${names.map((id) => `service ${id}(server)[${id}]`).join("\n")}\n${lines.join("\n")}`,
    measure,
  );
  const boxes = marks.flatMap((each) => (each.kind === "rect" && each.ink === "node" ? [each] : []));
  const ways = marks.flatMap((each) => (each.kind === "path" && each.ink === "edge" && !/[a-z]/.test(each.d) ? [each.d] : []));
  assert.equal(ways.length, lines.length);
  for (const way of ways) {
    const points = way
      .slice(1)
      .split("L")
      .map((each) => each.split(" ").map(Number) as [number, number]);
    for (const [n, [x2, y2]] of points.entries()) {
      const [x1, y1] = points[n - 1] ?? [x2, y2];
      assert.ok(x1 === x2 || y1 === y2, way);
      for (const { x, y, width, height } of boxes)
        assert.ok(
          Math.max(x1, x2) <= x + 0.1 ||
            Math.min(x1, x2) >= x + width - 0.1 ||
            Math.max(y1, y2) <= y + 0.1 ||
            Math.min(y1, y2) >= y + height - 0.1,
          `${way} through ${JSON.stringify(boxes)}`,
        );
    }
  }
  assert.equal(new Set(ways).size, ways.length);
});

test("blocks stand in their columns, as wide as they are told, and those in a block within its frame", () => {
  const { marks, told } = drawingOf(BLOCK, measure);
  assert.equal(
    told,
    "The quay → Fog? (fog horn); Bridge → Engine room; Fog? → Light; On board → harbour; Hold → Crane; Sky; by water; North; south",
  );
  const rects = (ink: string) => marks.flatMap((each) => (each.kind === "rect" && each.ink === ink ? [each] : []));
  const [boat, harbour] = rects("group");
  const at = (name: string) => {
    const found = marks.find((each) => each.kind === "text" && each.lines.join(" ") === name);
    return found?.kind === "text" ? found : assert.fail(name);
  };
  assert.ok(boat && harbour && boat.x === harbour.x && harbour.y > boat.y + boat.height);
  for (const [frame, names] of [
    [boat, ["On board", "Bridge", "Engine room", "Hold"]],
    [harbour, ["North", "Crane", "south"]],
  ] as const)
    for (const { x, y } of names.map(at)) assert.ok(x > frame.x && x < frame.x + frame.width && y > frame.y && y < frame.y + frame.height);
  assert.ok(at("Light").x > boat.x + boat.width && at("Light").y > boat.y, "a block after one of three columns is in the fourth");
  assert.equal(at("Bridge").y, at("Engine room").y);
  assert.ok(at("Hold").y > at("Bridge").y && Math.abs(at("Hold").x - (at("Bridge").x + at("Engine room").x) / 2) < 1);
  const placed = (source: string) => {
    const drawn = drawingOf(`block\n${source}`, measure).marks.flatMap((each) =>
      each.kind === "rect" && each.ink === "node" ? [each] : [],
    );
    const [left, top] = [Math.min(...drawn.map(({ x }) => x)), Math.min(...drawn.map(({ y }) => y))];
    const unit = Math.min(...drawn.map(({ width }) => width)) + 14;
    return drawn
      .map(({ x, y, width }) => [(x - left) / unit, (y - top) / (drawn[0]?.height ?? 0), (width + 14) / unit].map(Math.round).join())
      .join(" ");
  };
  assert.equal(placed("a b c"), "0,0,1 1,0,1 2,0,1");
  assert.equal(placed("columns 3\na b:2 c:2 d"), "0,0,1 1,0,2 0,1,2 2,1,1");
  assert.equal(placed("columns 3\na space b\nspace:2 c"), "0,0,1 2,0,1 2,1,1");
  assert.equal(placed("columns 2\na:9\nb c"), "0,0,2 0,1,1 1,1,1");
});

test("a block's arrow points where it is told, and a line goes around the blocks between", () => {
  const path = (ways: string) => {
    const [found] = drawingOf(`block\na<["&nbsp;"]>(${ways}) b`, measure).marks.flatMap((each) => (each.kind === "path" ? [each.d] : []));
    const points = (found ?? "")
      .slice(1, -1)
      .split("L")
      .map((each) => each.split(" ").map(Number) as [number, number]);
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    const middle = (values: number[]) => (Math.min(...values) + Math.max(...values)) / 2;
    const tip = (end: number, along: number[], across: number[]) =>
      points.some((_, n) => along[n] === end && Math.abs((across[n] ?? 0) - middle(across)) < 0.2);
    const tips = [tip(Math.min(...xs), xs, ys), tip(Math.max(...xs), xs, ys), tip(Math.min(...ys), ys, xs), tip(Math.max(...ys), ys, xs)];
    return ["left", "right", "up", "down"].filter((_, n) => tips[n]).join();
  };
  for (const way of ["left", "right", "up", "down"]) assert.equal(path(way), way);
  assert.deepEqual(["x", "y", "x, down", "x, y"].map(path), ["left,right", "up,down", "left,right,down", "left,right,up,down"]);
  for (const own of ["a -- again --> a", "block:b\nc\nend\nb -- all --> c", "block:b\nc d\nend\nb -- all --> d"])
    assert.match(drawingOf(`block\na\n${own}`, measure).told, /\((?:again|all)\)/);
  const { marks } = drawingOf("block\na b c\na -- far --> c", measure);
  const boxes = marks.flatMap((each) => (each.kind === "rect" && each.ink === "node" ? [each] : []));
  const [line] = marks.flatMap((each) => (each.kind === "path" && each.ink === "edge" ? [each.d] : []));
  const points = (line ?? "")
    .slice(1)
    .split("L")
    .map((each) => each.split(" ").map(Number) as [number, number]);
  const middle = points.filter(([x]) => x > (boxes[1]?.x ?? 0) && x < (boxes[1]?.x ?? 0) + (boxes[1]?.width ?? 0));
  assert.ok(boxes.length === 3 && points.length === 4 && !middle.length);
  assert.ok(
    points[1]?.[1] === points[2]?.[1] &&
      ((points[1]?.[1] ?? 0) < (boxes[1]?.y ?? 0) || (points[1]?.[1] ?? 0) > (boxes[1]?.y ?? 0) + (boxes[1]?.height ?? 0)),
  );
});

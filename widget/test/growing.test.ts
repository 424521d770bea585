// Text that grows: every way of cutting it ends the same, costs what it brings, and shows no half markers.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { loadNames } from "../src/markdown/entities.ts";
import { HOSTILE, PLAIN } from "./corpus.ts";
import { pieces, random } from "./random.ts";
import { counts, shape } from "./small-dom.ts";
import { newStream, scope, streamed, whole } from "./spec-shape.ts";

before(loadNames);

test("ordinary and hostile texts by characters and in pieces end as parsed at once", () => {
  const below = random(3);
  for (const text of [...PLAIN, ...HOSTILE]) {
    assert.equal(streamed(text), whole(text), text);
    for (let round = 0; round < 10; round++) assert.equal(streamed(pieces(text, 20, below)), whole(text), text);
  }
});

test("citations that come before, with or after their text end as those of the whole text", () => {
  const text =
    "# One 🚀 two\n\nA **bold** claim. Another.\n\n- an item\n- one more\n\n```js\ncode\n```\n\n| a |\n|---|\n| cell |\n\nThe end.";
  const below = random(5);
  for (let round = 0; round < 300; round++) {
    const citations = Array.from({ length: 1 + below(4) }, (_, n) => ({ offset: below([...text].length + 1), n: n + 1 }));
    const { root, stream } = newStream();
    const early = below(2) === 1;
    if (early) stream.cite(citations);
    for (const piece of pieces(text, 10, below)) {
      stream.write(piece);
      if (below(5) === 0) stream.cite(early ? citations : citations.slice(0, below(citations.length + 1)));
    }
    stream.cite(citations);
    stream.finish();
    const once = newStream();
    once.stream.readAll(text, citations);
    assert.equal(shape(root), shape(once.root), JSON.stringify(citations));
    assert.equal(stream.text, text);
  }
});

test("a citation in the last block leaves the ones before it alone", () => {
  const { root, stream } = newStream();
  stream.write("First.\n\nSecond.\n\nThird");
  const [first, second, third] = root.childNodes;
  stream.cite([{ offset: 20, n: 1 }]);
  assert.equal(root.childNodes[0], first);
  assert.equal(root.childNodes[1], second);
  assert.notEqual(root.childNodes[2], third);
});

test("a definition shows the texts again that used its label, and no others", () => {
  const { root, stream } = newStream();
  stream.write("Plain.\n\nSee [it] and [that].\n\nMore.\n\n");
  const kept = [root.childNodes[0]?.firstChild, root.childNodes[2]?.firstChild];
  const replaced = root.childNodes[1]?.firstChild;
  stream.write("[it]: https://a.example\n\n");
  stream.write("x");
  assert.deepEqual([root.childNodes[0]?.firstChild, root.childNodes[2]?.firstChild], kept);
  assert.notEqual(root.childNodes[1]?.firstChild, replaced);
  assert.match(shape(root), /a\(href="https:\/\/a.example\/"/);
});

test("a finished block of code in a named language is handed on once, and so is a formula", () => {
  const seen: string[] = [];
  const extra = {
    codeDone: (code: HTMLElement, language: string) => seen.push(`${language}: ${code.textContent}`),
    math: (source: string, { display }: { display: boolean }) => {
      seen.push(`${display ? "block" : "inline"}: ${source}`);
      return scope.document.createTextNode(source);
    },
  };
  const { stream } = newStream(undefined, extra);
  const text = "It costs $5 or $10, and $x^2$ or \\(y\\).\n\n$$\na\n- b\n$$\n\n```js\nlet a;\n```\n\n```\nplain\n```\n";
  for (const char of text) stream.write(char);
  stream.finish();
  assert.deepEqual(seen, ["inline: x^2", "inline: y", "block: a\n- b", "js: let a;\n"]);
});

test("what comes after sixteen thousand lines and items is shown as it was written, however it came", () => {
  const below = random(11);
  for (const line of ["- a\n", "a\n", "> - b\n", "|c|d|\n"]) {
    const text = `|a|b|\n|-|-|\n${line.repeat(17_000)}`;
    const once = newStream();
    once.stream.readAll(text, []);
    const { root, stream } = newStream();
    const parts = pieces(text, 5_000, below);
    for (const each of parts) stream.write(each);
    stream.finish();
    assert.equal(shape(root), shape(once.root), line);
    assert.equal(stream.text, text);
    assert.ok(root.childNodes.at(-1)?.textContent?.endsWith(line.repeat(900)), "line by line, to the last");
  }
});

test("a table fills up the rows that lack cells, as long as that is no more than two hundred full rows would take", () => {
  const { root, stream } = newStream();
  stream.readAll(`|${"a|".repeat(50)}\n|${"-|".repeat(50)}\n${"b\n".repeat(1_000)}`, []);
  const table = root.firstChild?.firstChild;
  const bodies = [...(table?.childNodes ?? [])].slice(1);
  assert.deepEqual(new Set(bodies.map((body) => body.childNodes.length)), new Set([100]), "a body has a hundred rows");
  const rows = bodies.flatMap((body) => [...body.childNodes]);
  assert.equal(rows.length, 1_000);
  assert.deepEqual(
    [rows[0], rows[203], rows[205], rows[999]].map((row) => row?.childNodes.length),
    [50, 50, 1, 1],
  );
  assert.equal(rows[999]?.textContent, "b");
});

test("more than 256 KiB of one text is shown as it was written, and the text is whole", () => {
  const { root, stream } = newStream();
  const text = "**word** and\n\n".repeat(30_000);
  for (let at = 0; at < text.length; at += 50_000) stream.write(text.slice(at, at + 50_000));
  stream.finish();
  assert.equal(stream.text, text);
  assert.equal(shape(root), whole(text));
  assert.match(root.childNodes.at(-1)?.textContent ?? "", /\*\*word\*\* and/);
  assert.ok(root.childNodes.length < 20_000);
});

const SCRAPS = [
  ..."*_~`[]()!<>&\\|#-+=.:@$\"'\n \t1a文é😀",
  ..."** __ ~~ ``` ~~~ ![ ]( ](https://a.example \n\n \n- \n1. \n> \n#  \n``` \n| a | b |\n|---|---| [x] [x]: [x]:\u0020/u \n  \n     ".split(
    " ",
  ),
  ..."word www.a.example https://b.example/c_d me@c.example &amp; &copy  \\* \u0020\n\\\n [a][x] [a](b) <https://a.example> ![i](j) 'title' \"t\" 中文。 \u00a0".split(
    " ",
  ),
  " ",
  " ",
  "\n",
  "\n\n",
  "    ",
  "- [ ] ",
  "***\n",
  "---\n",
  "===\n",
  "\r\n",
  "\r",
];

test("random scraps of syntax in random pieces end as parsed at once", () => {
  for (let seed = 0; seed < 4_000; seed++) {
    const below = random(seed);
    let text = "";
    for (let count = 3 + below(40); count > 0; count--) text += SCRAPS[below(SCRAPS.length)];
    assert.equal(streamed(pieces(text, 1 + below(12), below)), whole(text), `seed ${seed}: ${JSON.stringify(text)}`);
  }
});

const WORDS = "the quick **brown** fox `jumps` over [a lazy](https://dog.example) dog, *twice* and 中文也行。 ";
const SHAPES: Record<string, string> = {
  "one code block": `\`\`\`js\n${"const answer = 42; // and more\n".repeat(1_200)}\`\`\`\n`,
  "one list": Array.from({ length: 500 }, (_, n) => `- item ${n}: ${WORDS}`).join("\n"),
  "one paragraph": WORDS.repeat(500),
  "one paragraph of many lines": `${WORDS}\n`.repeat(500),
  "one table": `| a | b | c |\n|---|---|---|\n${`| 1 | ${WORDS} | x |\n`.repeat(450)}`,
  "one paragraph without blanks": "中文也行。下一句话，".repeat(4_000),
  quotes: `> ${WORDS}\n`.repeat(450),
  mixed: PLAIN.filter((each) => !each.includes("unclosed"))
    .join("\n\n")
    .repeat(8),
};

for (const [name, text] of Object.entries(SHAPES))
  test(`${name} in deltas of four characters is parsed at most three times over and hardly a node is made twice`, () => {
    const atOnce = made(() => whole(text));
    const { root, stream } = newStream();
    const growing = made(() => {
      for (let at = 0; at < text.length; at += 4) stream.write(text.slice(at, at + 4));
      stream.finish();
    });
    assert.equal(shape(root), whole(text));
    const { lineChars, inlineChars } = stream.work;
    assert.ok(lineChars + inlineChars < 3 * text.length, `${lineChars} + ${inlineChars} of ${text.length} characters`);
    assert.ok(growing.made < 1.02 * atOnce.made, `${growing.made} nodes instead of ${atOnce.made}`);
    assert.ok(growing.removed < 0.04 * atOnce.made, `${growing.removed} of ${atOnce.made} nodes removed`);
    assert.ok(growing.written < 1.3 * atOnce.written, `${growing.written} characters written instead of ${atOnce.written}`);
  });

function made(work: () => void): typeof counts {
  const before = { ...counts };
  work();
  return { made: counts.made - before.made, removed: counts.removed - before.removed, written: counts.written - before.written };
}

const DEEP: Record<string, (n: number) => string> = {
  "open brackets": (n) => "[".repeat(n),
  "nested brackets": (n) => `${"[".repeat(n / 2)}a${"]".repeat(n / 2)}`,
  "links in links": (n) => "[a](b ".repeat(n / 6),
  "half targets": (n) => "[a](<b".repeat(n / 6),
  "half titles": (n) => '[a](b "c '.repeat(n / 9),
  "image openers and links": (n) => `${"![".repeat(n / 6)}${"[a](b)".repeat(n / 9)}`,
  "link openers and links": (n) => `${"[".repeat(n / 3)}${"[a](b)".repeat(n / 9)}`,
  "open emphasis": (n) => "*a **a ".repeat(n / 7),
  "closing emphasis": (n) => "a* a** ".repeat(n / 7),
  "nested emphasis": (n) => `${"*a ".repeat(n / 6)}${"b* ".repeat(n / 6)}`,
  "mixed delimiters": (n) => "a**b_c~d~~e_".repeat(n / 12),
  "one run": (n) => "*".repeat(n),
  "growing backticks": (n) => Array.from({ length: Math.sqrt(n) }, (_, i) => `e${"`".repeat(i)}`).join(""),
  "open backticks": (n) => `${"`".repeat(n / 2)}a`,
  angles: (n) => "<a:".repeat(n / 3),
  entities: (n) => "&a".repeat(n / 2),
  backslashes: (n) => "\\".repeat(n),
  addresses: (n) => "www.a[".repeat(n / 6),
  mails: (n) => "a@b.".repeat(n / 4),
  "names before signs": (n) => `${"a".repeat(n / 2)}${" @".repeat(n / 4)}`,
  parentheses: (n) => `https://a.example/${")".repeat(n)}`,
  quotes: (n) => "> ".repeat(n / 2),
  "quotes on many lines": (n) => `${"> ".repeat(30)}a\n`.repeat(n / 62),
  items: (n) => "- ".repeat(n / 2),
  "items in items": (n) => Array.from({ length: Math.sqrt(n) }, (_, i) => `${"  ".repeat(i)}- a`).join("\n"),
  definitions: (n) => "[a]: b\n".repeat(n / 7),
  "half definitions": (n) => '[a]: b "\n'.repeat(n / 9),
  "definitions after use": (n) => {
    const names = Array.from({ length: n / 20 }, (_, i) => `[a${i}]`);
    return `${names.join(" ")}\n\n${names.map((each) => `${each}: b`).join("\n")}`;
  },
  bars: (n) => "|".repeat(n),
  "a wide table": (n) => `${"|a".repeat(n / 4)}|\n${"|-".repeat(n / 4)}|`,
  "many tables": (n) => "|a|\n|-|\n\n".repeat(n / 9),
  underlines: (n) => "a\n=\n".repeat(n / 4),
  hashes: (n) => `# a ${"# ".repeat(n / 2)}`,
  blanks: (n) => `a${" ".repeat(n)}b`,
  "blank lines": (n) => `- a\n${"\n".repeat(n)}`,
  "half a fence": (n) => `\`\`\`${"a".repeat(n)}`,
  rules: (n) => "- ".repeat(n / 4) + "* ".repeat(n / 4),
  numbers: (n) => "1".repeat(n),
};

for (const [name, make] of Object.entries(DEEP))
  test(`${name}: time grows with the text, whole and streamed`, () => {
    for (const run of [whole, (text: string) => streamed(pieces(text, 4_000, (n) => n - 1))]) {
      // Both are longer than what an inline construct can reach, where the work at an open end has stopped growing. With six times the
      // text a square law needs thirty-six times as long; noise only ever adds, so one quiet look is enough.
      const looks = Array.from({ length: 3 }, () => () => [40_000, 240_000].map((size) => fastest(() => run(make(size)))));
      assert.ok(
        looks.some((look) => {
          const [small, large] = look() as [number, number];
          return large < 20 * Math.max(small, 5);
        }),
      );
    }
  });

function fastest(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1_000);
  }
  return best;
}

// The tokens of code: what each language's look like, that they never overlap, that no code takes long, and that their colours can be read.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Grammar, grammarOf } from "../src/highlight/languages.ts";
import { readTokens, type Token, tokensOf } from "../src/highlight/tokens.ts";
import { random } from "./random.ts";

const NAMES = "js ts tsx py sh sql json yaml toml css html diff md dockerfile c cpp java kotlin csharp go rust php ruby swift".split(" ");
const shown = (code: string, language: string) =>
  tokensOf(code, grammarOf(language) as Grammar).map(({ kind, start, end }) => `${kind} ${code.slice(start, end)}`);

test("each language has its comments, strings, numbers and keywords", () => {
  const expected: Record<string, [code: string, tokens: string[]]> = {
    ts: [
      "const a: Row = f(`x`, 'y', 0.5); // why",
      ["keyword const", "type Row", "function f", "string `x`", "string 'y'", "number 0.5", "comment // why"],
    ],
    js: ["x = /[/]a/g.test(b) / 2", ["string /[/]a/g", "function test", "number 2"]],
    py: [
      "@app.route\ndef f(x=None):\n    '''doc'''\n    return f\"{x}\" # c",
      ["type @app.route", "keyword def", "function f", "number None", "string '''doc'''", "keyword return", 'string f"{x}"', "comment # c"],
    ],
    sh: ["echo \"$HOME\" | grep -v 'a' # c", ["function echo", 'string "$HOME"', "function grep", "type -v", "string 'a'", "comment # c"]],
    sql: ["SELECT count(*) FROM t -- c", ["keyword SELECT", "function count", "keyword FROM", "comment -- c"]],
    json: ['{"a": "b", "c": [1, true]}', ['name "a"', 'string "b"', 'name "c"', "number 1", "keyword true"]],
    yaml: ["# c\nkey: 'v'\n- other: 12", ["comment # c", "name key", "string 'v'", "name other", "number 12"]],
    css: [".a { color: #fff; margin: 2px }", ["type .a", "name color", "number #fff", "type margin", "number 2px"]],
    html: [
      '<!-- c --><a href="x">t &amp; u</a>',
      ["comment <!-- c -->", "keyword <a", "name href", 'string "x"', "keyword >", "number &amp;", "keyword </a", "keyword >"],
    ],
    diff: ["-a\n+b\n c\n@@ 1 @@", ["removed -a", "added +b", "type @@ 1 @@"]],
    go: ["func f() error { return nil }", ["keyword func", "function f", "keyword error", "keyword return", "number nil"]],
    rust: ["let s: &'a str = vec![1];", ["keyword let", "type 'a", "keyword str", "function vec!", "number 1"]],
  };
  for (const [language, [code, tokens]] of Object.entries(expected)) assert.deepEqual(shown(code, language), tokens, language);
  assert.equal(grammarOf("nothing"), undefined);
  assert.equal(grammarOf("constructor"), undefined);
});

const SCRAPS = [
  ..."\"'`/\\*#-<>=(){}[]:;.,@$!&|\n \tab1",
  "/*",
  "*/",
  "//",
  "<!--",
  "-->",
  '"""',
  "'''",
  "${",
  "function ",
  "class ",
  "0x",
  "--",
];

test("code that is read in parts has the tokens it has when read at once", () => {
  const below = random(6);
  for (const name of NAMES) {
    const grammar = grammarOf(name) as Grammar;
    const code = Array.from({ length: 400 }, () => SCRAPS[below(SCRAPS.length)]).join("");
    const tokens: Token[] = [];
    let parts = 0;
    for (let from = 0; from < code.length; parts++) from = readTokens(code, grammar, { from, to: from + 1 + below(40) }, tokens);
    assert.ok(parts > 5, name);
    assert.deepEqual(tokens, tokensOf(code, grammar), name);
  }
});

test("scraps of code in any order have tokens in order that do not overlap", () => {
  const below = random(5);
  for (let round = 0; round < 400; round++) {
    const code = Array.from({ length: below(120) }, () => SCRAPS[below(SCRAPS.length)]).join("");
    for (const name of NAMES) {
      let at = 0;
      for (const { start, end } of tokensOf(code, grammarOf(name) as Grammar)) {
        assert.ok(start >= at && end > start && end <= code.length, `${name}: ${JSON.stringify(code)}`);
        at = end;
      }
    }
  }
});

const PATHOLOGICAL = SCRAPS.map((scrap, index) => [scrap, `${scrap} `, `${scrap}a`, `=${scrap}[`][index % 4] as string);

test("pathological code takes no time in any language", () => {
  for (const [turn, name] of NAMES.entries())
    for (const scrap of PATHOLOGICAL.filter((_, index) => (index + turn) % 5 === 0)) {
      const code = scrap.repeat(40_000 / scrap.length);
      const start = process.cpuUsage();
      tokensOf(code, grammarOf(name) as Grammar);
      const { user } = process.cpuUsage(start);
      // A square law over 40,000 characters takes many seconds: a generous deadline, not a measure.
      assert.ok(user < 5_000_000, `${name}, ${JSON.stringify(scrap)}: ${user / 1_000} ms`);
    }
});

test("every colour of code has a contrast of 4.5 to 1 on its ground, in light and dark", () => {
  const css = readFileSync(`${__ROOT__}src/highlight/highlight.css`, "utf8");
  const [light = "", dark = ""] = css.split('[data-scheme="dark"]');
  for (const [part, ground] of [
    [light, luminance(0.955, 0.002, 260)],
    [dark, luminance(0.25, 0.0024, 260)],
  ] as const) {
    const colours = [...part.matchAll(/--code-(\w+): var\(--ck-code-\w+, oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)\)/g)];
    assert.equal(colours.length, 9);
    for (const [, name, l, c, h] of colours) {
      const own = luminance(Number(l), Number(c), Number(h));
      const contrast = (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05);
      assert.ok(contrast >= 4.5, `${name}: ${contrast.toFixed(2)}`);
    }
  }
});

/** The relative luminance of a colour, as WCAG defines it. */
function luminance(l: number, c: number, h: number): number {
  const [a, b] = [c * Math.cos((h * Math.PI) / 180), c * Math.sin((h * Math.PI) / 180)];
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clamp = (value: number) => Math.min(1, Math.max(0, value));
  return (
    0.2126 * clamp(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short) +
    0.7152 * clamp(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short) +
    0.0722 * clamp(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short)
  );
}

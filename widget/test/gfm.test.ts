// GitHub's extensions, rule by rule as its specification states them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { shape } from "./small-dom.ts";
import { asSpec, expected, streamed, whole } from "./spec-shape.ts";

const link = (href: string, text = href) => `<a href="${href}">${text}</a>`;
const table = (head: string, body = "") => `<table><thead><tr>${head}</tr></thead>${body && `<tbody>${body}</tbody>`}</table>`;

const RULES: Record<string, [markdown: string, html: string][]> = {
  "a table has a head, delimiters and rows": [
    ["| one | two |\n| --- | --- |\n| 1 | 2 |", table("<th>one</th><th>two</th>", "<tr><td>1</td><td>2</td></tr>")],
    ["one | two\n--- | ---", table("<th>one</th><th>two</th>")],
    ["before\n| one |\n| --- |\n| 1 |", `<p>before</p>${table("<th>one</th>", "<tr><td>1</td></tr>")}`],
  ],
  "delimiters align": [
    [
      "| l | c | r | n |\n|:--|:-:|--:|---|\n| 1 | 2 | 3 | 4 |",
      table(
        '<th align="left">l</th><th align="center">c</th><th align="right">r</th><th>n</th>',
        '<tr><td align="left">1</td><td align="center">2</td><td align="right">3</td><td>4</td></tr>',
      ),
    ],
  ],
  "a bar in a cell is escaped, also in code": [
    ["| a\\|b |\n|---|\n| `c\\|d` |", table("<th>a|b</th>", "<tr><td><code>c|d</code></td></tr>")],
    ["| a |\n|---|\n| \\*x\\* \\\\|", table("<th>a</th>", "<tr><td>*x* \\</td></tr>")],
  ],
  "a table ends at a blank line or another block": [
    ["| a |\n|---|\n| 1 |\n> q", `${table("<th>a</th>", "<tr><td>1</td></tr>")}<blockquote><p>q</p></blockquote>`],
    ["| a |\n|---|\n| 1 |\n2\n\n3", `${table("<th>a</th>", "<tr><td>1</td></tr><tr><td>2</td></tr>")}<p>3</p>`],
  ],
  "rows are filled up or cut to the head": [
    [
      "| a | b |\n|---|---|\n| 1 |\n| 1 | 2 | 3 |",
      table("<th>a</th><th>b</th>", "<tr><td>1</td><td></td></tr><tr><td>1</td><td>2</td></tr>"),
    ],
  ],
  "a head with another number of cells is none": [["| a | b |\n| --- |\n| 1 |", "<p>| a | b |\n| --- |\n| 1 |</p>"]],
  "an item may be a task": [
    [
      "- [ ] open\n- [x] done\n- [X]not one",
      '<ul><li><input type="checkbox" disabled="">open</li><li><input type="checkbox" checked="" disabled="">done</li><li>[X]not one</li></ul>',
    ],
  ],
  "one or two tildes strike, three do not": [
    ["~a~ ~~b~~ ~~c~ ~~~d~~~ e~f~g", "<p><del>a</del> <del>b</del> ~~c~ ~~~d~~~ e<del>f</del>g</p>"],
    ["~~over\n\nparagraphs~~", "<p>~~over</p><p>paragraphs~~</p>"],
  ],
  "bare addresses are links, without the sentence's punctuation": [
    ["See www.a.example/b.", `<p>See ${link("http://www.a.example/b", "www.a.example/b")}.</p>`],
    ["(https://a.example/x_(y))!", `<p>(${link("https://a.example/x_(y)")})!</p>`],
    ["http://a.example?q=1&hl; http://a.example/x<y", `<p>${link("http://a.example?q=1")}&amp;hl; ${link("http://a.example/x")}&lt;y</p>`],
    [
      "https://a.example/__init__.py and **https://b.example**",
      `<p>${link("https://a.example/__init__.py")} and <strong>${link("https://b.example")}</strong></p>`,
    ],
    ["见https://a.example/路径。然后", `<p>见${link("https://a.example/%E8%B7%AF%E5%BE%84", "https://a.example/路径")}。然后</p>`],
    ["xhttps://a.example ://x www. http:// https://", "<p>xhttps://a.example ://x www. http:// https://</p>"],
    ["[https://a.example](https://b.example)", `<p>${link("https://b.example", "https://a.example")}</p>`],
  ],
  "so are e-mail addresses": [
    ["me@a.example. a+b_c@d-e.example-", `<p>${link("mailto:me@a.example", "me@a.example")}. a+b_c@d-e.example-</p>`],
    ["mailto:me@a.example", `<p>${link("mailto:me@a.example")}</p>`],
  ],
};

for (const [rule, examples] of Object.entries(RULES))
  test(rule, () => {
    for (const [markdown, html] of examples) {
      assert.equal(shape(asSpec(markdown)), shape(expected(html)), markdown);
      assert.equal(streamed(markdown), whole(markdown), markdown);
    }
  });

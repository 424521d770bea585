// Answers that would freeze a page that is not careful, and widgets whose keys would change every object of it.
const many = (n: number, text: (n: number) => string) => Array.from({ length: n }, (_, each) => text(each)).join("");

export const HEAVY: Record<string, () => string> = {
  "one line": () => "a".repeat(1_000_000),
  "one line of words": () => "word ".repeat(200_000),
  quotes: () => `${">".repeat(100_000)} deep`,
  lists: () => `${"* ".repeat(100_000)}deep`,
  brackets: () => "[".repeat(100_000),
  "brackets that close": () => `${"[".repeat(50_000)}a${"](b)".repeat(50_000)}`,
  stars: () => "*a **b ".repeat(50_000),
  links: () => many(10_000, (n) => `[link ${n}](https://example.com/${n}) `),
  table: () => `|${"a|".repeat(300)}\n|${"-|".repeat(300)}\n${`|${"b|".repeat(300)}\n`.repeat(700)}`,
  "a table's missing cells": () => `|${"a|".repeat(50)}\n|${"-|".repeat(50)}\n${"b\n".repeat(8_000)}`,
  "short items": () => "- a\n".repeat(60_000),
  "items in items": () => `${"- ".repeat(20)}a\n`.repeat(6_000),
  code: () => `\`\`\`js\n${"/*".repeat(100_000)}\n\`\`\`\n`,
  formula: () => `$$\n${"{".repeat(60_000)}\n$$\n`,
  entities: () => "&amp;".repeat(100_000),
};

/** As text, for a literal's `__proto__` is no key. */
export const POLLUTED = JSON.parse(`{
  "type": "Card",
  "__proto__": {"polluted": "card"},
  "constructor": {"prototype": {"polluted": "constructor"}},
  "asForm": true,
  "confirm": {"label": "Send", "action": {"type": "gallery.echo", "payload": {"__proto__": {"polluted": "payload"}}}},
  "children": [
    {"type": "Text", "value": "An ordinary card", "__proto__": {"polluted": "child"}},
    {"type": "Input", "name": "__proto__", "defaultValue": "polluted"},
    {"type": "Input", "name": "__proto__.polluted", "defaultValue": "polluted"},
    {"type": "Input", "name": "constructor.prototype.polluted", "defaultValue": "polluted"},
    {"type": "__proto__", "value": "none"},
    {"type": "constructor", "value": "none"},
    {"type": "Box", "background": "red;background:url(//evil.example/css)", "children": [{"type": "Icon", "name": "__proto__"}]},
    {"type": "Box", "background": "\\\\75rl(//evil.example/escaped)", "color": "\\\\75 rl(//evil.example/blank)", "children": []},
    {"type": "Box", "padding": "1px}*{background:url(//evil.example/star)}", "border": {"size": "url(//evil.example/border)"}, "children": []},
    {"type": "Button", "label": "Go", "style": "\\\\75rl(//evil.example/style)", "onClickAction": {"type": "__proto__"}}
  ]
}`) as object;

/** Images a model may have chosen the addresses of, in a widget. */
export const PICTURES = {
  type: "Card",
  status: { text: "From the shop", favicon: "https://elsewhere.example/icon.png" },
  children: [
    { type: "Image", src: "https://images.example/shoes.png", alt: "Shoes", size: 40 },
    { type: "Image", src: "https://elsewhere.example/seen.png?by=you", alt: "A hat", size: 40 },
    { type: "Image", src: "https://images.example.evil.example/seen.png", size: 40 },
    { type: "Image", src: "https:", alt: "None" },
    { type: "Image", src: "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==", alt: "A dot", size: 40 },
  ],
};

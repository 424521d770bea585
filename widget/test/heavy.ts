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
    {"type": "Box", "padding": "1px}*{background:url(//evil.example/star)}", "border": {"size": "url(//evil.example/border)"}, "children": []},
    {"type": "Button", "label": "Go", "style": "\\\\75rl(//evil.example/style)", "onClickAction": {"type": "__proto__"}}
  ]
}`) as object;

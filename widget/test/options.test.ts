import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOptions, sameOptions } from "../src/core/options.ts";
import { themeOf } from "../src/theme/theme.ts";

test("unknown options warn and never throw", () => {
  const warned: string[] = [];
  const given = { api: { url: "/chatkit", domainKey: "x", surprise: 1 }, nonsense: true, history: "yes", theme: "dark", composer: null };
  const options = checkOptions(given, (path) => warned.push(path));
  assert.deepEqual(warned, ["api.surprise", "nonsense", "history"]);
  assert.deepEqual(Object.keys(options), ["api", "theme"]);
  for (const odd of [null, 1, "x", [], () => 0]) checkOptions(odd, () => undefined);
});

test("a new-thread view asked for by null is not the same as nothing asked", () => {
  assert.equal(checkOptions({ initialThread: null }, assert.fail).initialThread, null);
  assert.equal(checkOptions({}, assert.fail).initialThread, undefined);
});

test("equal data with new functions is the same", () => {
  const make = () => ({
    api: { url: "/x", fetch: () => Promise.resolve(new Response()) },
    startScreen: { prompts: [{ label: "a", prompt: "b" }] },
  });
  assert.ok(sameOptions(make(), make()));
  assert.ok(!sameOptions(make(), { ...make(), locale: "de" }));
  assert.ok(!sameOptions(make(), { ...make(), onClientTool: () => null }));
});

test("a theme cannot smuggle rules or requests into the style sheet", () => {
  const { css } = themeOf({
    color: {
      accent: { primary: "red;}*{display:none", level: 1 },
      surface: { background: "url(https://evil.example)", foreground: "#222" },
    },
  });
  assert.ok(!css.includes("display:none") && !css.includes("evil"));
  assert.ok(css.includes("--ck-on-surface:#222"));
});

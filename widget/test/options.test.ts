import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../src/core/check.ts";
import { sameOptions, usable } from "../src/core/options.ts";
import { themeOf } from "../src/theme/theme.ts";

test("unknown options warn and never throw", () => {
  const given = { api: { url: "/chatkit", domainKey: "x", surprise: 1 }, nonsense: true, history: "yes", theme: "dark", composer: null };
  assert.deepEqual(check(given), ["api.surprise", "nonsense", "history"]);
  assert.deepEqual(usable({ headingLevel: 3 }), { headingLevel: 3 });
  assert.deepEqual(usable(given), { api: given.api, theme: "dark" });
  for (const odd of [null, 1, "x", [], () => 0]) {
    usable(odd);
    assert.deepEqual(check(odd).slice(1), []);
  }
});

test("what is wrong is named by its place, however deep", () => {
  const places = check({
    headingLevel: 7,
    theme: { radius: "circular", color: { accent: { primary: "red", level: 9 }, bright: true }, typography: { baseSize: 40 } },
    composer: {
      tools: [
        { id: "a", label: "A" },
        { id: "b", colour: 1 },
      ],
      models: "all",
    },
    startScreen: { prompts: [{ label: 7 }] },
    onClientTool: "later",
  });
  assert.deepEqual(places, [
    "headingLevel",
    "theme.radius",
    "theme.color.accent.level",
    "theme.color.bright",
    "theme.typography.baseSize",
    "composer.tools.1.colour",
    "composer.models",
    "startScreen.prompts.0.label",
    "onClientTool",
  ]);
  assert.deepEqual(check({ theme: "blue" }), ["theme"]);
});

test("a new-thread view asked for by null is not the same as nothing asked", () => {
  assert.equal(usable({ initialThread: null }).initialThread, null);
  assert.equal(usable({}).initialThread, undefined);
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

// What docs/theming.md promises is there, and what is there is in docs/theming.md.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const SRC = `${__ROOT__}src/`;
const page = readFileSync(`${__ROOT__}../docs/theming.md`, "utf8");
const sources = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.(css|tsx?)$/.test(name))
  .map((name) => readFileSync(SRC + name, "utf8"))
  .join("\n");
const words = (text: string | undefined) => [...(text ?? "").matchAll(/`([\w-]+)`/g)].map((each) => each[1] as string);
const INTERNAL = new Set(["--ck-auto-on-accent", "--ck-accent-level"]);

test("every custom property is documented, and every documented one is used", () => {
  const used = new Set([...sources.matchAll(/var\((--ck-[\w-]+)/g)].map((each) => each[1] as string).filter((name) => !INTERNAL.has(name)));
  const told = new Set([...page.matchAll(/--ck-[\w-]+/g)].map((each) => each[0]));
  assert.deepEqual(
    [...used].filter((name) => !told.has(name)),
    [],
    "not documented",
  );
  assert.deepEqual(
    [...told].filter((name) => !used.has(name)),
    [],
    "documented, and of no effect",
  );
});

test("every part is documented, and every documented one is there", () => {
  const section = page.slice(page.indexOf("## 3."), page.indexOf("Slots take"));
  const told = new Set(
    section
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .flatMap((line) => words(line.split("|")[1])),
  );
  for (const name of ["launcher", "badge", "window", "preview", "frame"]) told.add(name);
  const there = new Set(
    [...sources.matchAll(/(?:\bpart=|"part", |part: )\{?(?:"([\w -]+)"|`([^`]+)`)/g)].flatMap((each) =>
      (each[1] ?? each[2] ?? "").split(/\s+/),
    ),
  );
  assert.deepEqual(
    [...there].filter((name) => name && !told.has(name)),
    [],
    "not documented",
  );
  assert.deepEqual(
    [...told].filter((name) => !new RegExp(`["\\s]${name}["\\s]`).test(sources)),
    [],
    "documented, and not there",
  );
});

test("every slot that is documented is there", () => {
  for (const name of ["header", "start", "footer"]) assert.ok(sources.includes(`<slot name="${name}"`), name);
});

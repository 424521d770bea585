import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PATHS } from "../src/components/icon-paths.ts";

const TYPES = readFileSync(`${__ROOT__}node_modules/@openai/chatkit/types/index.d.ts`, "utf8");

function union(name: string): string[] {
  const found = new RegExp(`type ${name} =([^;]+);`).exec(TYPES)?.[1] ?? "";
  return [...found.matchAll(/'([\w-]+)'/g)].map((each) => each[1] as string);
}

for (const [name, least] of [
  ["HeaderIcon", 46],
  ["ChatKitIcon", 60],
] as const)
  test(`every ${name} has a drawing`, () => {
    const names = union(name);
    assert.ok(names.length >= least, `${names.length} names`);
    assert.deepEqual(
      names.filter((each) => !Object.hasOwn(PATHS, each)),
      [],
    );
  });

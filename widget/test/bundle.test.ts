// The built files: no way from a string to code or markup, no foreign address, and no more bytes than promised.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { before, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { buildWidget } from "../scripts/build.mjs";
import { languages } from "../scripts/bundle.mjs";

const OUT = `${__ROOT__}.cache/bundle/`;
type File = { sri: string; gzip_bytes: number; bytes: number };
let manifest: { version: string; conversation: string[]; conversation_gzip_bytes: number; files: Record<string, File> };

before(async () => {
  await buildWidget({ outdir: OUT });
  manifest = JSON.parse(readFileSync(`${OUT}manifest.json`, "utf8"));
});

const SINKS =
  /innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|createContextualFragment|parseFromString|setHTML|(?<!\\)\beval\b|new Function|\bFunction\(|setTimeout\(["'`]|javascript:/;

test("no script holds a sink", () => {
  for (const name of Object.keys(manifest.files)) {
    const found = SINKS.exec(readFileSync(OUT + name, "utf8"));
    assert.equal(found, null, `${name}: ${found?.[0]}`);
  }
});

test("no script names another host", () => {
  for (const name of Object.keys(manifest.files)) {
    const hosts = [...readFileSync(OUT + name, "utf8").matchAll(/https?:\/\/([\w.-]+)/g)].map((each) => each[1]);
    assert.deepEqual(
      hosts.filter((each) => each !== "www.w3.org"),
      [],
      name,
    );
  }
});

test("the manifest describes every file, with its compressed twins", () => {
  const scripts = readdirSync(OUT).filter((name) => name.endsWith(".js"));
  assert.deepEqual(scripts.sort(), Object.keys(manifest.files).sort());
  for (const [name, file] of Object.entries(manifest.files)) {
    const bytes = readFileSync(OUT + name);
    assert.equal(file.bytes, bytes.length);
    assert.equal(file.sri, `sha384-${createHash("sha384").update(bytes).digest("base64")}`);
    assert.deepEqual(gunzipSync(readFileSync(`${OUT}${name}.gz`)), bytes);
    assert.deepEqual(brotliDecompressSync(readFileSync(`${OUT}${name}.br`)), bytes);
  }
  assert.equal(manifest.version, __VERSION__);
});

test("a link that tells much has no preview where a long press would fetch one", () => {
  const texts = Object.keys(manifest.files).map((name) => readFileSync(OUT + name, "utf8"));
  assert.ok(texts.some((text) => /\[data-tells\]\s*\{\s*-webkit-touch-callout:\s*none/.test(text)));
});

// KB are 1,000 bytes here as in everything we say of them.
const LOADER_BUDGET_BYTES = 3_000;
const CONVERSATION_BUDGET_BYTES = 45_000;

test("the loader and a plain conversation stay within their budgets", () => {
  assert.ok((manifest.files["chatdock.js"]?.gzip_bytes ?? Infinity) <= LOADER_BUDGET_BYTES);
  assert.ok(manifest.conversation_gzip_bytes <= CONVERSATION_BUDGET_BYTES, `${manifest.conversation_gzip_bytes} bytes`);
});

const LANGUAGE_BUDGET_BYTES = 5_120;

test("each language is one small file, and a conversation carries none but English", async () => {
  const codes = await languages();
  const hash = Object.keys(manifest.files).flatMap((name) => /^de-([A-Z\d]{5})\.js$/.exec(name)?.[1] ?? []);
  assert.equal(hash.length, 1);
  for (const code of codes) {
    const bytes = manifest.files[`${code}-${hash[0]}.js`]?.gzip_bytes ?? Infinity;
    assert.ok(bytes <= LANGUAGE_BUDGET_BYTES, `${code}: ${bytes} bytes`);
  }
  const carried = manifest.conversation.map((name) => readFileSync(OUT + name, "utf8")).join("\n");
  const german = readFileSync(`${OUT}de-${hash[0]}.js`, "utf8");
  for (const phrase of ["Nachricht senden", "Unterhaltung"]) {
    assert.ok(german.includes(phrase));
    assert.ok(!carried.includes(phrase), phrase);
  }
});

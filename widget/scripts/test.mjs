// Runs the unit tests on node: bundles each test file (with the same cuts as the product) and hands them to node:test.
// `--browser` runs the tests named *.browser.test.ts, which drive a real Chromium, instead. Words choose files; `--name=WORDS` chooses tests.
// `--pictures` runs those of them that hold pictures against test/references, `--update` takes the references anew.
import { readdir, readFile, rm } from "node:fs/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { build } from "esbuild";
import { plugins } from "./bundle.mjs";
import { sourceOf, summary } from "./failures.mjs";

const root = new URL("../", import.meta.url).pathname;
// Two runs at once do not take each other's files away.
const out = `${root}.cache/test/${process.pid}`;
const FAILED = `${root}.cache/failed`;
const pictures = process.argv.includes("--pictures");
const browser = pictures || process.argv.includes("--browser");
const named = process.argv.find((each) => each.startsWith("--name="))?.slice("--name=".length);
const only = process.argv.slice(2).filter((each) => !each.startsWith("--"));
let files = (await readdir(`${root}test`))
  .filter((name) => /\.test\.tsx?$/.test(name) && name.includes(".browser.") === browser)
  .filter((name) => only.length === 0 || only.some((each) => name.includes(each)));
// What takes longest begins first, so that at the end nothing waits for one file.
const LONG = ["states", "languages", "shots", "trust"];
const isLong = (name) => LONG.some((each) => name.startsWith(`${each}.`));
files.sort((a, b) => isLong(b) - isLong(a));
if (pictures) {
  const texts = await Promise.all(files.map((name) => readFile(`${root}test/${name}`, "utf8")));
  files = files.filter((_, index) => texts[index].includes('from "./pictures.ts"'));
}
if (process.argv.includes("--update")) {
  process.env.UPDATE_REFERENCES = "1";
  // One whose test is gone goes too.
  if (!only.length && !named) await rm(`${root}test/references`, { recursive: true, force: true });
}
await rm(out, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: files.map((name) => `test/${name}`),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "inline",
  packages: "external",

  plugins: [
    {
      name: "test-paths",
      setup(b) {
        b.onResolve({ filter: /^preact$/ }, ({ path }) => ({ path: `${root}node_modules/${path}/dist/${path}.mjs` }));
        // The scripts find the widget's folder from their own address, so they stay where they are.
        b.onResolve({ filter: /^\.\.\/scripts\// }, ({ path }) => ({ path: new URL(path, `file://${root}test/`).href, external: true }));
      },
    },
    ...plugins,
  ],
  define: { __WORDS__: '"test"', __VERSION__: '"0.1.0"', __ROOT__: JSON.stringify(root) },
  logLevel: "warning",
});
await rm(FAILED, { recursive: true, force: true });
// What a test file prints in an error refers to its source.
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --enable-source-maps`;

async function failing(names, concurrency) {
  const failures = [];
  const tests = run({
    files: names.map((name) => `${out}/${name.replace(/\.tsx?$/, ".mjs")}`),
    concurrency,
    ...(named && { testNamePatterns: [named] }),
  });
  tests.on("test:fail", (event) => failures.push(event));
  for await (const line of tests.compose(new spec())) process.stdout.write(line);
  return failures;
}

// Browsers wait more than they work: two files at a time keep two cores busy.
let failures = await failing(files, browser ? 2 : true);
if (browser && failures.length > 0) {
  // A browser on a machine that others use may lose a race that no user would. Whoever fails alone as well, fails.
  const where = failures.map(sourceOf);
  // A failure that names no file of ours may be in any.
  const again = where.every((name) => files.includes(name)) ? files.filter((name) => where.includes(name)) : files;
  process.stdout.write(await summary(failures, FAILED));
  process.stdout.write(`\nA second try, one after the other: ${again.join(", ")}\n`);
  failures = await failing(again, 1);
}
process.stdout.write(await summary(failures, FAILED));
await rm(out, { recursive: true, force: true });
process.exitCode = failures.length ? 1 : 0;

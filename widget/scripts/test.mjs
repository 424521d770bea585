// Runs the unit tests on node: bundles each test file (with the same cuts as the product) and hands them to node:test.
// `--browser` runs the tests named *.browser.test.ts, which drive a real Chromium, instead.
import { spawnSync } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import { build } from "esbuild";
import { plugins } from "./bundle.mjs";

const root = new URL("../", import.meta.url).pathname;
const out = `${root}.cache/test`;
const browser = process.argv.includes("--browser");
const only = process.argv.slice(2).filter((each) => !each.startsWith("--"));
const files = (await readdir(`${root}test`))
  .filter((name) => /\.test\.tsx?$/.test(name) && name.includes(".browser.") === browser)
  .filter((name) => only.length === 0 || only.some((each) => name.includes(each)));
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
const result = spawnSync(
  process.execPath,
  ["--test", "--test-reporter=spec", "--enable-source-maps", ...files.map((name) => `${out}/${name.replace(/\.tsx?$/, ".mjs")}`)],
  {
    stdio: "inherit",
  },
);
process.exit(result.status ?? 1);

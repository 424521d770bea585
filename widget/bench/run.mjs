// Streams 20,000 deltas into a page in Chromium and prints what the main thread spent, beside an oracle that knows the final elements.
//   npm run bench                    every text, three pairs, over ten seconds each
//   npm run bench -- --quick         one pair, over three seconds each
//   npm run bench -- "one table"     one text
//   npm run bench -- widgets         whole widgets beside each other: ours, deep-chat, nlux and assistant-ui (--only NAME: one of them)
//   npm run bench -- --streaming     no widgets; --pairs=N pairs
//   npm run bench -- --save          keeps the tables in bench/results
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { build, transform } from "esbuild";
import { chromium } from "playwright-core";
import { plugins } from "../scripts/bundle.mjs";

const root = new URL("../", import.meta.url).pathname;
const quick = process.argv.includes("--quick");
const named = process.argv.indexOf("--only") + 1;
const only = process.argv.slice(2).filter((each, index) => !each.startsWith("--") && index + 2 !== named);
const streaming = only[0] !== "widgets";
const whole = !streaming || (!only.length && !process.argv.includes("--streaming"));
const lines = [];
const print = (line) => {
  lines.push(line);
  console.log(line);
};
const PAIRS = quick ? 1 : Number(/--pairs=(\d+)/.exec(process.argv.join(" "))?.[1] ?? 3);
const SECONDS = quick ? 3 : 10;
const TARGETS = { mixed: 1.15, others: 1.3 };

async function bundle(entry, format) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format,
    plugins,
    minify: format === "iife",
  });
  return outputFiles[0].text;
}

const { TEXTS, deltasOf } = await import(
  `data:text/javascript;base64,${Buffer.from(await bundle("bench/texts.ts", "esm")).toString("base64")}`
);
const script = (await bundle("bench/page.ts", "iife")).replaceAll("</script", "<\\/script");
const css = await Promise.all(
  ["elements/base", "elements/prose", "highlight/highlight"].map((name) => readFile(`${root}src/${name}.css`, "utf8")),
);
const { code: style } = await transform(css.join("\n").replaceAll(":host", ":root"), { loader: "css" });
const html = `<!doctype html><meta charset="utf-8"><style>${style}
body{margin:0}.scroller{height:760px;width:680px;overflow:auto;overflow-anchor:none}</style><body><script>${script}</script>`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});

/** One answer in a page of its own: what it cost, from after the first layout to the end. */
async function once(way, text) {
  const page = await browser.newPage({ viewport: { width: 700, height: 780 } });
  await page.setContent(html);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const read = async () =>
    Object.fromEntries((await session.send("Performance.getMetrics")).metrics.map(({ name, value }) => [name, value]));
  let before;
  await page.exposeFunction("begin", async () => {
    before = await read();
  });
  const deltas = deltasOf(text);
  const outcome = await page.evaluate(
    ([each, source, pieces, rate]) => window.bench.run(each, source, pieces, rate),
    [way, text, deltas, deltas.length / SECONDS],
  );
  const after = await read();
  await page.close();
  const spent = (name) => after[name] - before[name];
  return {
    ...outcome,
    cpu: spent("ThreadTime"),
    task: spent("TaskDuration"),
    layout: spent("LayoutDuration") + spent("RecalcStyleDuration"),
    script: spent("ScriptDuration"),
  };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const seconds = (value) => value.toFixed(2).padStart(7);
if (streaming)
  print(
    `${"".padEnd(16)}   CPU s  oracle   ratio  target  script (oracle)  layout (oracle)  frames (oracle)  longest ms (oracle)  frames lost (oracle)`,
  );
let missed = 0;
for (const [name, text] of streaming ? Object.entries(TEXTS) : []) {
  if (only.length && !only.includes(name)) continue;
  const runs = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const order = pair % 2 ? ["oracle", "engine"] : ["engine", "oracle"];
    const run = {};
    for (const way of order) run[way] = await once(way, text);
    runs.push(run);
  }
  const of = (way, field) => median(runs.map((each) => each[way][field]));
  const ratio = median(runs.map(({ engine, oracle }) => engine.cpu / oracle.cpu));
  const target = TARGETS[name] ?? TARGETS.others;
  const longest = of("engine", "longestTaskMs");
  const lost = of("engine", "lost");
  if (ratio > target || longest > 50) missed++;
  print(
    `${name.padEnd(16)} ${seconds(of("engine", "cpu"))} ${seconds(of("oracle", "cpu"))} ${seconds(ratio)} ${seconds(target)} ${seconds(of("engine", "script"))}  ${seconds(of("oracle", "script"))} ${seconds(of("engine", "layout"))}  ${seconds(of("oracle", "layout"))} ${String(of("engine", "frames")).padStart(7)}  ${String(of("oracle", "frames")).padStart(7)} ${longest.toFixed(0).padStart(11)} ${of("oracle", "longestTaskMs").toFixed(0).padStart(8)} ${(100 * lost).toFixed(1).padStart(11)}%  ${(100 * of("oracle", "lost")).toFixed(1).padStart(6)}%`,
  );
}
if (whole) {
  const { widgets } = await import("./widgets.mjs");
  print("");
  missed += await widgets({ browser, texts: TEXTS, deltasOf, print, only: named ? process.argv[named] : undefined });
}
if (process.argv.includes("--save")) {
  const { cpus, totalmem } = await import("node:os");
  const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB of memory, ${process.platform}, Chromium ${browser.version()}, Node ${process.version}`;
  const at = new URL(
    `results/${new Date().toISOString().slice(0, 10)}${whole ? (streaming ? "" : "-widgets") : "-streaming"}.md`,
    import.meta.url,
  );
  await mkdir(new URL(".", at), { recursive: true });
  await writeFile(
    at,
    `# The widget's bench\n\n${machine}; pairs of ${SECONDS} s: ${PAIRS}.\n\n${lines.map((each) => (each.startsWith("|") ? each : each && `    ${each}`)).join("\n")}\n`,
  );
}
await browser.close();
process.exit(missed ? 1 : 0);

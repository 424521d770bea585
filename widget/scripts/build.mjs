// Builds the widget into the server's static folder: two classic scripts, their lazily loaded chunks, precompressed twins and a manifest.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, relative } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";
import { classicJsx, languages, oneConversation, plugins } from "./bundle.mjs";
import { gzip } from "./gzip.mjs";

const root = new URL("../", import.meta.url).pathname;
const { version } = JSON.parse(await readFile(`${root}package.json`, "utf8"));

/** The same script in fewer bytes: esbuild looks at one expression at a time. */
async function smaller(script) {
  const { code } = await minify(script, {
    module: true,
    ecma: 2022,
    compress: { passes: 3, unsafe_arrows: true, unsafe_methods: true, keep_fargs: false },
    mangle: true,
  });
  return code;
}

/** What the server's own pages say, in every language. */
async function shareWords(codes) {
  const { outputFiles } = await build({
    stdin: {
      contents: ["more", ...codes].map((name, n) => `export { ${n ? "terms" : "more"} as l${n} } from "./${name}.ts";`).join("\n"),
      resolveDir: `${root}src/i18n`,
    },
    bundle: true,
    format: "esm",
    write: false,
  });
  const found = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
  return ["en", ...codes].map((code, n) => {
    const { dir = "ltr", sharedReadOnly, shareLost, shareLostWhy } = found[`l${n}`];
    return { code, dir, shared: sharedReadOnly, lost: shareLost, why: shareLostWhy };
  });
}

/** Every language, and the launcher's words in all of them, each a file of its own whose name ends in one hash over all of them. */
async function buildWords(shared) {
  const codes = await languages();
  const { outputFiles } = await build({
    ...shared,
    entryPoints: Object.fromEntries([
      ...["labels", "nearest"].map((name) => [name, `src/i18n/${name}.ts`]),
      ...codes.map((code) => [code, `src/i18n/${code}.ts`]),
    ]),
    format: "esm",
    write: false,
  });
  const digest = createHash("sha256");
  for (const file of outputFiles) digest.update(file.contents);
  const hash = digest.digest("hex").slice(0, 8).toUpperCase();
  await writeFile(`${shared.outdir}/share-words.json`, `${JSON.stringify(await shareWords(codes))}\n`);
  const named = outputFiles.map((file) => [file.path.replace(/\.js$/, `-${hash}.js`), file.contents]);
  await Promise.all(named.map(([path, contents]) => writeFile(path, contents)));
  return { names: named.map(([path]) => relative(root, path)), hash };
}
// What the scripts ask for by name, when it is needed.
const LAZY = {
  app: "src/elements/mount.tsx",
  panel: "src/launcher/panel.ts",
  frame: "src/launcher/frame.ts",
};

export async function buildWidget({ outdir = `${root}../server/chatdock/web/static/widget/` } = {}) {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  const shared = {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    outdir,
    plugins,
    tsconfigRaw: {
      compilerOptions: { target: "es2022", jsx: "react", jsxFactory: "h", jsxFragmentFactory: "Fragment", verbatimModuleSyntax: true },
    },
    target: ["chrome120", "firefox121", "safari17.2"],
    define: { __VERSION__: JSON.stringify(version) },
    legalComments: "none",
    charset: "utf8",
    logLevel: "warning",
    metafile: true,
  };
  const { names: words, hash } = await buildWords(shared);
  shared.define.__WORDS__ = JSON.stringify(hash);
  const chunks = await build({
    ...shared,
    plugins: [oneConversation(`${root}src/elements/mount.tsx`), classicJsx, ...plugins],
    entryPoints: LAZY,
    format: "esm",
    splitting: true,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
  });
  const outputs = Object.entries(chunks.metafile.outputs);
  const built = (source) => outputs.find(([, output]) => output.entryPoint === source);
  const name = (source) => JSON.stringify(basename(built(source)[0]));
  const [appPath, app] = built(LAZY.app);
  const preload = app.imports.filter((each) => each.kind === "import-statement").map((each) => basename(each.path));
  const scripts = await build({
    ...shared,
    entryPoints: { chatdock: "src/launcher/chatdock.ts", chatkit: "src/compat.ts", embed: "src/embed/page.ts", share: "src/share/page.ts" },
    format: "iife",
    define: {
      ...shared.define,
      __APP__: name(LAZY.app),
      __PANEL__: name(LAZY.panel),
      __FRAME__: name(LAZY.frame),
      __PRELOAD__: JSON.stringify(preload),
    },
  });

  const files = {};
  for (const path of [...outputs.map(([each]) => each), ...words, ...Object.keys(scripts.metafile.outputs)].sort()) {
    const bytes = Buffer.from(await smaller(await readFile(`${root}${path}`, "utf8")));
    await writeFile(`${root}${path}`, bytes);
    const zipped = await gzip(bytes);
    const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
    await Promise.all([writeFile(`${root}${path}.gz`, zipped), writeFile(`${root}${path}.br`, brotli)]);
    const sri = `sha384-${createHash("sha384").update(bytes).digest("base64")}`;
    files[basename(path)] = { sri, gzip_bytes: zipped.length, bytes: bytes.length };
  }
  const needed = ["chatdock.js", basename(appPath), ...preload];
  const conversation_gzip_bytes = needed.reduce((sum, name) => sum + files[name].gzip_bytes, 0);
  const manifest = { version, entry: basename(appPath), conversation: needed, conversation_gzip_bytes, files };
  await writeFile(`${outdir}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  return { manifest, metafile: chunks.metafile };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { manifest, metafile } = await buildWidget();
  for (const [name, file] of Object.entries(manifest.files))
    console.log(`${String(file.gzip_bytes).padStart(7)} gzip  ${String(file.bytes).padStart(7)} raw  ${name}`);
  console.log(`${String(manifest.conversation_gzip_bytes).padStart(7)} gzip  a plain conversation: ${manifest.conversation.join(" + ")}`);
  if (process.argv.includes("--analyze")) {
    for (const [path, output] of Object.entries(metafile.outputs)) {
      console.log(`\n${basename(path)}`);
      const inputs = Object.entries(output.inputs).sort((a, b) => b[1].bytesInOutput - a[1].bytesInOutput);
      for (const [input, { bytesInOutput }] of inputs.slice(0, 40)) console.log(`${String(bytesInOutput).padStart(8)}  ${input}`);
    }
  }
}

// Builds the widget into the server's static folder: two classic scripts, their lazily loaded chunks, precompressed twins and a manifest.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, relative } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import { classicJsx, languages, oneConversation, plugins } from "./bundle.mjs";
import { gzip } from "./gzip.mjs";
import { ownNames } from "./own-names.mjs";
import { smaller, smallerModules } from "./smaller.mjs";

const root = new URL("../", import.meta.url).pathname;
const { version } = JSON.parse(await readFile(`${root}package.json`, "utf8"));

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
  const hash = hashOf(outputFiles.map((file) => file.contents));
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

/** The conversation after its first part, `LAZY.app`. */
const TALK = "src/elements/talk.ts";

/** The conversation's first part under a name that a page can know, to have it loaded beside the script that asks for it. */
const APP = "app.js";

// A hash's characters are what no gzip makes shorter; of five there are 60 million.
const HASH_CHARS = 5;

/** The end of a name, which changes when one of these does. */
function hashOf(contents) {
  const digest = createHash("sha256");
  for (const each of contents) digest.update(each);
  return Number.parseInt(digest.digest("hex").slice(0, 12), 16).toString(36).toUpperCase().padStart(HASH_CHARS, "0").slice(-HASH_CHARS);
}

const stem = (name) => name.replace(/-[A-Z0-9]+\.js$/, "");

/**
 * The names that chunks get, by those that esbuild gave them: its hashes stand for what is asked for, ours for the bytes that are sent. What is
 * named together has one hash, which costs its own bytes once: whatever builds on the conversation changes with it anyway, and the launcher's
 * two parts are small.
 */
function shortNames(modules, together, facades) {
  const hashes = (group) => hashOf([...group].sort().map((name) => modules.get(name)));
  const shared = new Map(together.flatMap((group) => group.map((name) => [name, hashes(group)])));
  const called = new Map([...facades].map(([facade, file]) => [file, stem(facade)]));
  const named = (name, called) => `${called}-${(called !== "chunk" && shared.get(name)) || hashes([name])}.js`;
  const names = [...modules.keys()];
  const short = new Map(names.map((name) => [name, named(name, called.get(name) ?? stem(name))]));
  if (new Set(short.values()).size < names.length) throw new Error("two chunks have the same name: let HASH_CHARS be more");
  return short;
}

/** The chunks that import this one, straight or by way of others. */
function importers(outputs, of, instead) {
  const found = new Set([of]);
  const has = (path) => found.has(instead.get(basename(path)) ?? basename(path));
  const asks = ([path, { imports }]) => !has(path) && imports.some((each) => each.kind === "import-statement" && has(each.path));
  for (let next = outputs.find(asks); next; next = outputs.find(asks)) found.add(basename(next[0]));
  return [...found];
}

/** Gives chunks other names, in all that ask for them. */
async function rename(dir, modules, names) {
  for (const [from, text] of modules) {
    await rm(`${dir}/${from}`);
    await writeFile(
      `${dir}/${names.get(from)}`,
      text.replace(/"\.\/([^"]+)"/g, (whole, each) => (names.has(each) ? `"./${names.get(each)}"` : whole)),
    );
  }
}

/**
 * A file that only hands on what another exports under other names costs a request, and one after the other: the other takes those names too.
 * Answers the files to ask for in place of such ones.
 */
async function withoutFacades(paths, dir) {
  const texts = new Map(await Promise.all(paths.map(async (path) => [basename(path), await readFile(path, "utf8")])));
  const instead = new Map();
  const pairs = (list) => list.split(",").map((each) => each.split(" as "));
  for (const [facade, text] of texts) {
    const [, imports, , exports] = /^((?:import(\{[^}]*\}from)?"[^"]*";)+)export\{([^}]*)\};\s*$/.exec(text) ?? [];
    const found = [...(imports ?? "").matchAll(/import\{([^}]*)\}from"\.\/([^"]*)";/g)];
    if (found.length !== 1) continue;
    const [[, taken, file]] = found;
    const meant = new Map(pairs(taken).map(([name, local = name]) => [local, name]));
    const [whole, known] = /export\{([^}]*)\};\s*$/.exec(texts.get(file));
    const inner = new Map(pairs(known).map(([local, name = local]) => [name, local]));
    const more = pairs(exports).map(([local, name = local]) => `${inner.get(meant.get(local))} as ${name}`);
    texts.set(
      file,
      texts.get(file).replace(whole, () => `export{${[known, ...more].join()}};\n`),
    );
    instead.set(facade, file);
  }
  await Promise.all(
    [...texts].map(([name, text]) => {
      if (instead.has(name)) return rm(`${dir}/${name}`);
      return writeFile(
        `${dir}/${name}`,
        text.replace(/"\.\/([^"]+)"/g, (whole, each) => (instead.has(each) ? `"./${instead.get(each)}"` : whole)),
      );
    }),
  );
  return instead;
}

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
      // Fields that are only declared say nothing to a browser, and nobody inherits a setter from which a field would have to be kept.
      compilerOptions: {
        target: "es2022",
        useDefineForClassFields: false,
        jsx: "react",
        jsxFactory: "h",
        jsxFragmentFactory: "Fragment",
        verbatimModuleSyntax: true,
      },
    },
    target: ["chrome120", "firefox121", "safari17.2"],
    define: { __VERSION__: JSON.stringify(version), "Number.parseFloat": "parseFloat", "Number.parseInt": "parseInt" },
    legalComments: "none",
    charset: "utf8",
    logLevel: "warning",
    metafile: true,
  };
  const { names: words, hash } = await buildWords(shared);
  shared.define.__WORDS__ = JSON.stringify(hash);
  const chunks = await build({
    ...shared,
    plugins: [oneConversation([LAZY.app, TALK].map((each) => root + each)), classicJsx, ...plugins],
    entryPoints: LAZY,
    mangleProps: await ownNames(),
    format: "esm",
    splitting: true,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
  });
  // Hashes are made of these too: with the folder's name in one, two machines would build two widgets of the same sources.
  const placed = Object.keys(chunks.metafile.inputs).find((each) => each.includes(root));
  if (placed) throw new Error(`${placed} is named by its place on this machine`);
  const instead = await withoutFacades(
    Object.keys(chunks.metafile.outputs).map((each) => root + each),
    outdir,
  );
  const outputs = Object.entries(chunks.metafile.outputs).filter(([path]) => !instead.has(basename(path)));
  const built = (source) => {
    const [path] = Object.entries(chunks.metafile.outputs).find(([, output]) => output.entryPoint?.endsWith(source));
    return instead.get(basename(path)) ?? basename(path);
  };
  const chunkNames = outputs.map(([path]) => basename(path)).sort();
  const texts = new Map(await Promise.all(chunkNames.map(async (each) => [each, await readFile(`${outdir}/${each}`, "utf8")])));
  const order = new Map([
    [built(LAZY.app), {}],
    [built(TALK), { functionsLast: true }],
  ]);
  const modules = await smallerModules(texts, order);
  const together = [importers(outputs, built(LAZY.app), instead), [built(LAZY.panel), built(LAZY.frame)]];
  const names = shortNames(modules, together, instead).set(built(LAZY.app), APP);
  const name = (source) => JSON.stringify(names.get(built(source)));
  const [, first] = outputs.find(([path]) => basename(path) === built(LAZY.app));
  if (first.imports.some((each) => each.kind === "import-statement"))
    throw new Error(`${APP} imports: have the launcher ask for that beside it`);
  await rename(outdir, modules, names);
  const scripts = await build({
    ...shared,
    entryPoints: { chatdock: "src/launcher/chatdock.ts", chatkit: "src/compat.ts", embed: "src/embed/page.ts", share: "src/share/page.ts" },
    format: "iife",
    define: {
      ...shared.define,
      __APP__: JSON.stringify(APP),
      __PANEL__: name(LAZY.panel),
      __FRAME__: name(LAZY.frame),
    },
  });

  const files = {};
  const done = chunkNames.map((each) => names.get(each));
  const scriptPaths = Object.keys(scripts.metafile.outputs).map((path) => basename(path));
  for (const name of [...done, ...words.map((path) => basename(path)), ...scriptPaths].sort()) {
    const path = `${outdir}/${name}`;
    const text = await readFile(path, "utf8");
    const bytes = Buffer.from(done.includes(name) ? text : await smaller(text));
    await writeFile(path, bytes);
    const zipped = await gzip(bytes);
    const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
    await Promise.all([writeFile(`${path}.gz`, zipped), writeFile(`${path}.br`, brotli)]);
    const sri = `sha384-${createHash("sha384").update(bytes).digest("base64")}`;
    files[name] = { sri, gzip_bytes: zipped.length, bytes: bytes.length };
  }
  const needed = ["chatdock.js", APP, names.get(built(TALK))];
  const conversation_gzip_bytes = needed.reduce((sum, name) => sum + files[name].gzip_bytes, 0);
  const manifest = { version, entry: APP, conversation: needed, conversation_gzip_bytes, files };
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

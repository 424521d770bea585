// Writes the folder that is published as the npm package `chatdock`: ESM whose parts are imports that bundlers follow, declarations, and the
// classic scripts as build.mjs makes them.
import { execFile } from "node:child_process";
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { buildWidget } from "./build.mjs";
import { classicJsx, languages, oneConversation, plugins } from "./bundle.mjs";
import { cut, cutOut } from "./cut.mjs";

const root = new URL("../", import.meta.url).pathname;
const run = promisify(execFile);
const BESIDE = `${root}src/npm/beside.ts`;

// The classic scripts ask for their parts by name, beside their own address. A bundler follows imports only.
const byImport = {
  name: "by-import",
  setup(build) {
    const edit = (file, change) =>
      build.onLoad({ filter: new RegExp(`[\\\\/]src[\\\\/]${file.replace("/", "[\\\\/]").replace(".", "\\.")}$`) }, async ({ path }) => ({
        contents: change(await readFile(path, "utf8")),
        loader: "ts",
      }));
    edit("launcher/shell.ts", (source) =>
      cut(
        'import { Base, load, serverBase } from "../npm/beside.ts";\nexport { chunk, load, ownScript, serverBase } from "../npm/beside.ts";\n' +
          cutOut(source, "const script = document", "export const METHODS", "shell.ts"),
        "class ChatDockElement extends HTMLElement",
        "class ChatDockElement extends Base",
        "shell.ts",
      ),
    );
    edit("launcher/launcher.ts", (source) =>
      cut(cut(source, `\`labels-\${__WORDS__}.js\``, '"labels"', "launcher.ts"), "__PANEL__", '"panel"', "launcher.ts"),
    );
    // What the script does for its tag and for window.ChatDock; an import has neither.
    edit("launcher/chatdock.ts", (source) =>
      cutOut(cutOut(`${source}//end`, "type Face", "// By name", "chatdock.ts"), "function run()", "//end", "chatdock.ts"),
    );
    edit(
      "i18n/locale.ts",
      (source) => `import { load } from "chatdock:files";${cutOut(source, "// One name for all", "/** The language with", "locale.ts")}`,
    );
    build.onResolve({ filter: /^chatdock:files$/ }, ({ path }) => ({ path, namespace: "files" }));
    build.onLoad({ filter: /.*/, namespace: "files" }, async () => {
      const entries = ["nearest", ...(await languages())].map((name) => `${JSON.stringify(name)}: () => import("./${name}.ts")`);
      return { contents: `const files = {${entries}}; export const load = (name) => files[name]();`, resolveDir: `${root}src/i18n` };
    });
    // These are no parts of the conversation, or all of it: unlike other imports they bring nothing along.
    build.onResolve({ filter: /^\./ }, ({ path, kind, importer, namespace, resolveDir }) =>
      kind === "dynamic-import" && (namespace === "files" || importer === BESIDE) ? { path: resolve(resolveDir, path) } : undefined,
    );
  },
};

function settings(version, outdir) {
  return {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    outdir,
    format: "esm",
    target: "es2022",
    tsconfigRaw: {
      compilerOptions: { target: "es2022", jsx: "react", jsxFactory: "h", jsxFragmentFactory: "Fragment", verbatimModuleSyntax: true },
    },
    define: { __VERSION__: JSON.stringify(version) },
    legalComments: "none",
    charset: "utf8",
    logLevel: "warning",
  };
}

async function scripts(version, outdir) {
  const shared = settings(version, outdir);
  const { metafile } = await build({
    ...shared,
    metafile: true,
    plugins: [byImport, oneConversation(["mount.tsx", "talk.ts"].map((each) => `${root}src/elements/${each}`)), classicJsx, ...plugins],
    entryPoints: { index: "src/npm/index.ts", compat: "src/npm/compat.ts" },
    splitting: true,
    chunkNames: "parts/[name]-[hash]",
  });
  const others = Object.keys(metafile.inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  const unnamed = others.find((name) => !BUNDLED.includes(name));
  if (unnamed) throw new Error(`${unnamed} is in the package and its licence is not: name it in BUNDLED`);
  // React's server components import it too, and have to be told that it is for the browser.
  await build({ ...shared, entryPoints: { react: "src/react/index.ts" }, external: ["react"], banner: { js: '"use client";' } });
}

// Whose code and drawings are in the package, with the licence that has to go with them.
const BUNDLED = ["preact", "@preact/signals", "@preact/signals-core", "temml"];
const LUCIDE = `## Lucide (icons)

ISC License

Copyright (c) 2020, Lucide Contributors

Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the above
copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR
IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
`;

const DECLARED = ["npm/index", "npm/compat", "react/index"];
const TAGS = `
declare global {
  interface HTMLElementTagNameMap {
    "chat-dock": Face;
  }
}
`;

/** What tsc says of the entries, and of every file that their declarations name. */
async function declarations(outdir) {
  const scratch = `${root}.cache/declarations`;
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  const config = {
    extends: "../../tsconfig.json",
    compilerOptions: { noEmit: false, declaration: true, emitDeclarationOnly: true, outDir: "out", rootDir: "../../src" },
    files: [...DECLARED.map((name) => `../../src/${name}.ts`), "../../src/globals.d.ts"],
    include: [],
  };
  await writeFile(`${scratch}/tsconfig.json`, JSON.stringify(config));
  await run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "--project", scratch]).catch((error) => {
    throw new Error(`the declarations could not be made:\n${error.stdout ?? error}`);
  });
  const wanted = DECLARED.map((name) => `${name}.ts`);
  for (const name of wanted) {
    const text = await readFile(`${scratch}/out/${name.replace(/\.tsx?$/, ".d.ts")}`, "utf8");
    for (const [, path] of text.matchAll(/["'](\.[^"']+\.tsx?)["']/g)) {
      const found = join(dirname(name), path);
      if (!wanted.includes(found)) wanted.push(found);
    }
    const to = `${outdir}/types/${name.replace(/\.tsx?$/, ".d.ts")}`;
    await mkdir(dirname(to), { recursive: true });
    const named = text.replace(/(["']\.[^"']+)\.tsx?(["'])/g, "$1.js$2");
    await writeFile(to, name === "npm/index.ts" ? named + TAGS : named);
  }
}

async function licences(outdir) {
  await copyFile(`${root}../LICENSE`, `${outdir}/LICENSE`);
  const texts = await Promise.all(
    BUNDLED.map(async (name) => {
      const text = await readFile(`${root}node_modules/${name}/LICENSE`, "utf8");
      return `## ${name}\n\n${text.trim()}\n`;
    }),
  );
  await writeFile(`${outdir}/THIRD-PARTY.md`, ["# What others wrote of this package\n", ...texts, LUCIDE].join("\n"));
}

function manifest({ version, description, license }) {
  const entry = (name, types) => ({ types: `./types/${types}.d.ts`, default: `./${name}.js` });
  return {
    name: "chatdock",
    version,
    description,
    keywords: ["chat", "chatkit", "widget", "web-component", "react"],
    license,
    type: "module",
    // The element registers itself, and parts of it set up what others use. Only the binding may be left out.
    sideEffects: ["./index.js", "./compat.js", "./parts/*.js", "./classic/*.js"],
    exports: {
      ".": entry("index", "npm/index"),
      "./compat": entry("compat", "npm/compat"),
      "./react": entry("react", "react/index"),
      "./classic/*": "./classic/*",
      "./package.json": "./package.json",
    },
    types: "./types/npm/index.d.ts",
    unpkg: "./classic/chatdock.js",
    jsdelivr: "./classic/chatdock.js",
    peerDependencies: { "@types/react": ">=18", react: ">=18" },
    peerDependenciesMeta: { "@types/react": { optional: true }, react: { optional: true } },
  };
}

/** `classic` is a folder that holds the built widget already; without one it is built. */
export async function buildPackage({ outdir = `${root}dist/npm`, classic } = {}) {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  const own = JSON.parse(await readFile(`${root}package.json`, "utf8"));
  await scripts(own.version, outdir);
  await declarations(outdir);
  if (classic) await cp(classic, `${outdir}/classic`, { recursive: true });
  else await buildWidget({ outdir: `${outdir}/classic` });
  // The compressed twins and the words of the server's own pages are for the server.
  for (const name of await readdir(`${outdir}/classic`)) if (/\.(?:gz|br)$|^share-words/.test(name)) await rm(`${outdir}/classic/${name}`);
  await licences(outdir);
  await copyFile(`${root}scripts/npm-readme.md`, `${outdir}/README.md`);
  await writeFile(`${outdir}/package.json`, `${JSON.stringify(manifest(own), null, 2)}\n`);
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  await buildPackage();
  console.log(`${relative(process.cwd(), `${root}dist/npm`)}: ready for npm publish`);
}
